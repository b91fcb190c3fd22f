"""The simulated Microsoft Graph: mailboxes, events and who is told of their changes."""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _


class SimulatedMailbox(models.Model):
    """A mailbox that the simulated Microsoft Graph knows; any other is a 404 there.

    `free_busy_error` makes getSchedule answer with that code for it. While `faults_left` counts
    down, calls answer `fault_status` instead of working, or after the work with `fault_after`.
    `revision` counts the changes of its events. Whoever changes one holds this row's lock, so that
    revisions are seen in order.
    """

    address = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    free_busy_error = models.CharField(max_length=80, blank=True)
    fault_status = models.PositiveSmallIntegerField(default=503)
    fault_after = models.BooleanField(default=False)
    fault_retry_after = models.PositiveIntegerField(null=True, blank=True)
    faults_left = models.PositiveIntegerField(default=0)
    join_url_reads = models.PositiveSmallIntegerField(default=0)
    revision = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("simulated mailbox")
        verbose_name_plural = _("simulated mailboxes")

    def __str__(self) -> str:
        return self.address


class SimulatedMailboxEvent(models.Model):
    """An event in a simulated mailbox. A deleted one stays: its transaction id is still taken.

    `content` holds what was posted and has no column; `posted` tells a replay from a clash.
    `reads_until_join_url` counts down to the moment when the meeting link is there.

    A series is one row that has a `recurrence`, at the time of its first occurrence. Occurrences
    have no rows until they are changed or deleted; such a row has its `series`, and in
    `original_start` the time that the series gives it.
    """

    id = models.CharField(primary_key=True, max_length=200, editable=False)
    mailbox = models.ForeignKey(SimulatedMailbox, models.CASCADE, related_name="events")
    transaction_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    is_all_day = models.BooleanField(default=False)
    show_as = models.CharField(max_length=20, default="busy")
    content = models.JSONField(default=dict)
    posted = models.JSONField(default=dict)
    join_url = models.CharField(max_length=500, blank=True)
    reads_until_join_url = models.PositiveSmallIntegerField(default=0)
    recurrence = models.JSONField(null=True, blank=True)
    series = models.ForeignKey("self", models.CASCADE, null=True, related_name="exceptions")
    original_start = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    revision = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("simulated event")
        verbose_name_plural = _("simulated events")
        constraints = [
            models.UniqueConstraint(
                "mailbox", "transaction_id", name="simulated_event_transaction"
            ),
        ]
        indexes = [models.Index("mailbox", "starts_at", name="simulated_event_when")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC"


class SimulatedSubscription(models.Model):
    """Somebody who is told of changes in one mailbox, until it expires or is deleted."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    mailbox = models.ForeignKey(SimulatedMailbox, models.CASCADE, related_name="subscriptions")
    tenant_id = models.CharField(max_length=80)
    application_id = models.CharField(max_length=80)
    resource = models.CharField(max_length=500)
    change_types = models.JSONField(default=list)
    notification_url = models.CharField(max_length=2000)
    lifecycle_url = models.CharField(max_length=2000, blank=True)
    client_state = models.CharField(max_length=128, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("simulated subscription")
        verbose_name_plural = _("simulated subscriptions")

    def __str__(self) -> str:
        return str(self.id)
