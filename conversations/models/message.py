"""Messages, their files, and the receipts that tell how far they came."""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q, Value
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.ids import uuid7
from conversations.models.user import User


class Direction(models.TextChoices):
    """Seen from us."""

    INBOUND = "inbound", _("Inbound")
    OUTBOUND = "outbound", _("Outbound")


class Author(models.TextChoices):
    """Who wrote it."""

    LEAD = "lead", _("Lead")
    BOT = "bot", _("Agent")
    STAFF = "staff", _("Staff")
    SYSTEM = "system", _("System")


class State(models.TextChoices):
    """See Message."""

    RECEIVED = "received", _("Received")
    HANDLED = "handled", _("Handled")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    UNKNOWN = "unknown", _("Unknown: may have arrived")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


# What has to leave, or may have left.
OUTBOX = [State.QUEUED, State.SENDING, State.UNKNOWN]


class Message(models.Model):
    """One message, inbound or outbound.

    received → handled
    handled → received
    queued → sending | sent | delivered | read | failed | cancelled
    sending → sent | delivered | read | queued | unknown | failed
    unknown → sent | delivered | read | queued | failed | cancelled
    sent → delivered | read | failed
    delivered → read
    failed → queued | sent | delivered | read | cancelled
    cancelled → sent | delivered | read | failed

    Inbound is received while it waits for an answer of the agent, and again when staff give the
    conversation back without an answer, or a merge is undone. Outbound is sending from before
    the call: "not now", or no byte sent, queues it again; "never", or five attempts, fails it;
    unknown may have arrived, which a receipt settles or the grace time, after which it is queued
    again. A closed window fails what waits; takeover, opt-out and discarding cancel it, and with
    `unknown_at` it may have arrived. Staff queue again or discard what failed. Receipts lift
    everything that has not come so far, and only forward; failed by receipt ends only what was
    not delivered.

    `number` orders messages within a conversation. `kind` is integrations.messaging.MessageKind.
    `send_token` is random and rides along as callback data, `<token>#<attempt>`.
    `epoch` is empty on what no takeover may stop: messages of staff and system. It is
    optout.STOPPED on what was on its way when the lead said stop.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(
        editable=False, db_default=Func(Value("leadbot_message_number"), function="nextval")
    )
    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages", db_index=False
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    author = models.CharField(_("author"), max_length=6, choices=Author)
    kind = models.CharField(_("kind"), max_length=20, default="text")
    text = models.TextField(_("text"), blank=True)
    content = models.JSONField(_("content"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State)
    provider_message_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    in_reply_to = models.CharField(max_length=255, blank=True)
    staff = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("staff")
    )
    turn_id = models.UUIDField(null=True, blank=True, editable=False)
    turn_index = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    epoch = models.BigIntegerField(null=True, blank=True, editable=False)
    send_token = models.UUIDField(null=True, blank=True, editable=False)
    attempt = models.PositiveSmallIntegerField(default=0, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    attempted_at = models.DateTimeField(null=True, blank=True, editable=False)
    unknown_at = models.DateTimeField(null=True, blank=True, editable=False)
    error_code = models.IntegerField(_("error code"), null=True, blank=True)
    error_text = models.CharField(_("error"), max_length=500, blank=True)
    duplicate_ids = models.JSONField(default=list, blank=True, editable=False)
    occurred_at = models.DateTimeField(_("written at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed at"), null=True, blank=True)
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    pricing = models.JSONField(default=dict, blank=True)
    price_category = models.CharField(
        _("price category"), max_length=40, blank=True, default="", db_default=""
    )
    cost = models.DecimalField(_("cost"), max_digits=10, decimal_places=6, null=True, blank=True)
    created_at = models.DateTimeField(_("stored at"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["provider_message_id"], name="message_provider_id"),
            models.UniqueConstraint(fields=["turn_id", "turn_index"], name="message_turn_index"),
            models.UniqueConstraint(fields=["send_token"], name="message_send_token"),
        ]
        indexes = [
            models.Index(fields=["conversation", "-number"], name="message_thread"),
            models.Index(
                fields=["conversation", "number"],
                name="message_waiting",
                condition=Q(state="received"),
            ),
            models.Index(
                fields=["conversation", "number"],
                name="message_outbox",
                condition=Q(state__in=["queued", "sending", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80] or self.kind


class Attachment(models.Model):
    """A file of a message, which the worker fetches from the provider.

    `file` gets a random name before the first byte is written, so that no file is ever without a
    row: it is there once the state is stored. `fetch_after` is empty at first; while somebody
    fetches it is the end of their lease, later the time of the next try. `attempt` fences.
    `mime_type` is the provider's word until the file is stored, then what its bytes are.
    """

    class State(models.TextChoices):
        """pending → stored | failed."""

        PENDING = "pending", _("Pending")
        STORED = "stored", _("Stored")
        FAILED = "failed", _("Failed")

    class Problem(models.TextChoices):
        """Mirrors integrations.messaging.MediaProblem."""

        UNREACHABLE = "unreachable", _("WhatsApp did not give it")
        GONE = "gone", _("WhatsApp no longer has it")
        TOO_LARGE = "too_large", _("Too large")
        REFUSED = "refused", _("Not from a WhatsApp address")
        DAMAGED = "damaged", _("Damaged on the way")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    provider_media_id = models.CharField(max_length=100, blank=True)
    mime_type = models.CharField(max_length=120, blank=True)
    filename = models.CharField(max_length=255, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(null=True, blank=True)
    file = models.FileField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    problem = models.CharField(max_length=11, choices=Problem, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0, editable=False)
    fetch_after = models.DateTimeField(null=True, blank=True, editable=False)
    transcript = models.TextField(_("transcript"), blank=True, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [
            models.Index(
                fields=["created_at"], name="attachment_pending", condition=Q(state="pending")
            )
        ]

    def __str__(self) -> str:
        return self.filename or self.mime_type


class StoredReceipt(models.Model):
    """Every status a provider sent, also for messages that we do not know yet."""

    provider_message_id = models.CharField(max_length=255)
    status = models.CharField(max_length=10)
    send_token = models.UUIDField(null=True, blank=True)
    attempt = models.PositiveSmallIntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    error_code = models.IntegerField(null=True, blank=True)
    error_text = models.CharField(max_length=500, blank=True)
    pricing = models.JSONField(default=dict, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(fields=["provider_message_id", "status"], name="receipt_once")
        ]
        indexes = [
            models.Index(
                fields=["send_token"], name="receipt_token", condition=Q(send_token__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.provider_message_id}"
