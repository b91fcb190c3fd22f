"""The simulated network: phones, messages, files, webhooks and trouble."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


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
    """A webhook POST that nobody has taken yet; deleted once it was.

    Without a `url` it is Meta's, for the business; with one it is Microsoft's, for who subscribed.

    pending → leased → deleted | pending (another answer) | gave_up_at set (tried too often)
    """

    lane = models.CharField(max_length=80)
    url = models.CharField(max_length=2000, blank=True, default="", db_default="")
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
