"""Raw webhook deliveries and the state of the number."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class WebhookDelivery(models.Model):
    """One POST as it came, byte for byte; pruned after 30 days.

    It is stored together with what became of it: processed, partial (something quarantined) or
    rejected (not taken at all). Only a replay, by the code of that day, may say otherwise.
    """

    class State(models.TextChoices):
        """What became of it."""

        PROCESSED = "processed", _("Processed")
        PARTIAL = "partial", _("Processed in part")
        REJECTED = "rejected", _("Not understood")

    provider = models.CharField(_("provider"), max_length=20, default="whatsapp")
    body = models.BinaryField()
    state = models.CharField(_("state"), max_length=10, choices=State)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    problems = models.JSONField(_("problems"), default=list, blank=True)
    received_at = models.DateTimeField(_("received at"))
    replayed_at = models.DateTimeField(_("replayed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="delivery_recent"),
            models.Index(fields=["state", "-received_at", "-id"], name="delivery_state_recent"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ChannelState(models.Model):
    """Whether our number may send now; one row per channel.

    What left is paid for until `paid_until`, and the last of those in line comes back at
    `line_until` (services/pacing); `has_room` says whether the last who asked found any. Of the
    templates, `asked_at` tells when the list that we hold was asked for.
    """

    channel = models.CharField(_("channel"), max_length=20, primary_key=True)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    error_code = models.IntegerField(_("error code"), null=True, blank=True)
    failures = models.IntegerField(_("failures"), default=0)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)
    paid_until = models.DateTimeField(null=True, blank=True, editable=False)
    line_until = models.DateTimeField(null=True, blank=True, editable=False)
    has_room = models.BooleanField(default=True, db_default=True, editable=False)
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("channel state")
        verbose_name_plural = _("channel states")

    def __str__(self) -> str:
        return self.channel
