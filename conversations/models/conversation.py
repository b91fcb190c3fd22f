"""A conversation: who holds it, and the two lanes that work on it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7
from conversations.models.lead import Lead


class Mode(models.TextChoices):
    """Who answers."""

    BOT = "bot", _("Agent")
    STAFF = "staff", _("Staff")


class HandoffReason(models.TextChoices):
    """Why staff holds a conversation."""

    ASKED = "asked", _("Asked for a person")
    FRUSTRATED = "frustrated", _("Frustrated")
    STUCK = "stuck", _("Agent is stuck")
    POLICY = "policy", _("Policy")
    OFF_TOPIC = "off_topic", _("Not about our business")
    PROVIDER_DOWN = "provider_down", _("Provider down")
    SEND_FAILED = "send_failed", _("Message could not be sent")
    TAKEOVER = "takeover", _("Taken over by staff")
    ECHO = "echo", _("Answered from the WhatsApp app")
    WROTE_AFTER_STOP = "wrote_after_stop", _("Wrote after saying stop")
    WINDOW_CLOSED = "window_closed", _("Wrote while the window was closed")
    UNHEARD = "unheard", _("A voice note could not be heard")


# A colleague chose to answer: nobody waits for one.
BY_CHOICE = (HandoffReason.TAKEOVER, HandoffReason.ECHO)


class Conversation(models.Model):
    """Everything said with one lead on one channel.

    Mode: bot ⇄ staff. To staff by hand-off, takeover, a staff reply or an echo; back by release.
    `epoch` grows whenever a human speaks up and on release; a bot message carries the epoch it
    was written under and is not sent under a later one.

    Lanes: `answer` decides, `deliver` sends. A lane is held by a lease with a fencing number
    that every write of the holder checks. `answer_due_at` is set while inbound messages wait.

    `awaits_original_until`: an edit or a deletion came before what it speaks of, which may still
    come until then.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lead = models.OneToOneField(Lead, models.CASCADE, related_name="conversation")
    mode = models.CharField(_("answered by"), max_length=5, choices=Mode, default=Mode.BOT)
    epoch = models.BigIntegerField(default=0)
    language = models.CharField(_("language"), max_length=5, blank=True)
    handoff_reason = models.CharField(
        _("handed over because"), max_length=20, choices=HandoffReason, blank=True
    )
    handoff_at = models.DateTimeField(_("handed over at"), null=True, blank=True)
    agent_state = models.JSONField(default=dict, blank=True)
    # The agent reads nothing up to this number: what staff settled stays with staff.
    history_from = models.BigIntegerField(default=0, db_default=0)
    last_inbound_at = models.DateTimeField(_("last inbound at"), null=True, blank=True)
    window_expires_at = models.DateTimeField(_("window closes at"), null=True, blank=True)
    free_entry_until = models.DateTimeField(_("free of charge until"), null=True, blank=True)
    last_message_at = models.DateTimeField(_("last message at"))
    last_message_text = models.CharField(_("last message"), max_length=200, blank=True)
    unread_count = models.IntegerField(_("unread"), default=0)
    answer_pending_since = models.DateTimeField(null=True, blank=True, editable=False)
    answer_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    answer_fence = models.BigIntegerField(default=0, editable=False)
    answer_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    answer_failures = models.IntegerField(default=0, editable=False)
    deliver_fence = models.BigIntegerField(default=0, editable=False)
    deliver_lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    deliver_after = models.DateTimeField(null=True, blank=True, editable=False)
    awaits_original_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["-last_message_at", "-id"], name="conversation_recent"),
            models.Index(
                fields=["mode", "-last_message_at", "-id"], name="conversation_mode_recent"
            ),
            models.Index(
                fields=["answer_due_at"],
                name="conversation_answer_due",
                condition=models.Q(answer_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.lead)
