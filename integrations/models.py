"""Raw webhook deliveries, the state of the number, and the simulator's own rows."""

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


class SimulatedPhone(models.Model):
    """A person's phone in the simulator. `wa_id` is what they would share: null means hidden.

    `revision` counts the changes of its chat; a page asks for what is newer than it has. Whoever
    changes the chat holds this row's lock, so that revisions are seen in order.
    """

    name = models.CharField(max_length=80)
    wa_id = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001
    user_id = models.CharField(max_length=140)
    username = models.CharField(max_length=40, blank=True)
    adopted = models.BooleanField(default=False)
    revision = models.BigIntegerField(default=0)
    typing_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("simulated phone")
        verbose_name_plural = _("simulated phones")
        constraints = [
            models.UniqueConstraint("wa_id", name="simulated_phone_wa_id"),
            models.UniqueConstraint("user_id", name="simulated_phone_user_id"),
        ]

    def __str__(self) -> str:
        return self.name


class SimulatedMessage(models.Model):
    """One message of the simulated network, in the words of the wire.

    From a phone      sent → delivered (the webhook took it) → read; failed when it never did
    From the business sent → delivered → read; failed; dropped (a BSUID in `to`)
    """

    class Status(models.TextChoices):
        """How far it came."""

        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Dropped")

    wamid = models.CharField(max_length=120)
    phone = models.ForeignKey(
        SimulatedPhone, models.CASCADE, null=True, related_name="messages", db_index=False
    )
    from_business = models.BooleanField()
    type = models.CharField(max_length=20)
    content = models.JSONField(default=dict)
    context_wamid = models.CharField(max_length=120, blank=True)
    referral = models.JSONField(default=dict, blank=True)
    callback_data = models.CharField(max_length=512, blank=True)
    addressed_to = models.CharField(max_length=140, blank=True)
    client_id = models.UUIDField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.SENT)
    revision = models.BigIntegerField(default=0)
    occurred_at = models.DateTimeField()

    class Meta:
        verbose_name = _("simulated message")
        verbose_name_plural = _("simulated messages")
        constraints = [
            models.UniqueConstraint("wamid", name="simulated_message_wamid"),
            models.UniqueConstraint("client_id", name="simulated_message_client_id"),
        ]
        indexes = [
            models.Index("phone", "revision", name="simulated_message_feed"),
            models.Index("callback_data", name="simulated_message_callback"),
        ]

    def __str__(self) -> str:
        return self.wamid


class SimulatedMedia(models.Model):
    """A file that the simulated provider holds."""

    id = models.BigIntegerField(primary_key=True)
    body = models.BinaryField()
    mime_type = models.CharField(max_length=120)
    filename = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("simulated file")
        verbose_name_plural = _("simulated files")

    def __str__(self) -> str:
        return str(self.id)


class SimulatedWebhook(models.Model):
    """A webhook POST that the business has not taken yet; deleted once it answered 200.

    pending → leased → deleted | pending (another answer) | gave_up_at set (tried too often)
    """

    lane = models.CharField(max_length=40)
    body = models.BinaryField()
    message = models.ForeignKey(SimulatedMessage, models.CASCADE, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_answer = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("simulated webhook")
        verbose_name_plural = _("simulated webhooks")
        indexes = [
            models.Index(
                "due_at",
                "id",
                name="simulated_webhook_due",
                condition=models.Q(gave_up_at__isnull=True),
            ),
            models.Index("lane", "id", name="simulated_webhook_lane"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SimulatedChaos(models.Model):
    """How the simulated provider misbehaves: one row, shared by all web processes."""

    name = models.CharField(max_length=20, primary_key=True)
    settings = models.JSONField(default=dict)
    draws = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("simulated trouble")
        verbose_name_plural = _("simulated troubles")

    def __str__(self) -> str:
        return self.name


class SimulatedMailbox(models.Model):
    """A mailbox that the simulated Microsoft Graph knows; any other is a 404 there.

    `free_busy_error` makes getSchedule answer with that code for it. While `faults_left` counts
    down, calls answer `fault_status` instead of working, or after the work with `fault_after`.
    """

    address = models.EmailField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    free_busy_error = models.CharField(max_length=80, blank=True)
    fault_status = models.PositiveSmallIntegerField(default=503)
    fault_after = models.BooleanField(default=False)
    fault_retry_after = models.PositiveIntegerField(null=True, blank=True)
    faults_left = models.PositiveIntegerField(default=0)
    join_url_reads = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("simulated mailbox")
        verbose_name_plural = _("simulated mailboxes")

    def __str__(self) -> str:
        return self.address


class SimulatedMailboxEvent(models.Model):
    """An event in a simulated mailbox. A deleted one stays: its transaction id is still taken.

    `content` holds what was posted and has no column; `posted` tells a replay from a clash.
    `reads_until_join_url` counts down to the moment when the meeting link is there.
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
    version = models.PositiveIntegerField(default=1)
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
