"""Telling colleagues outside of the admin that a lead waits for a person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.ids import uuid7
from conversations.models.meeting import Meeting
from conversations.models.user import User


class Notice(models.Model):
    """One e-mail or one call of the business's webhook about one hand-off.

    waiting → sent | failed | dropped

    Dropped: somebody answered or took over before it left, or the meeting is another one by now.
    `happened_at` is when the hand-off, or the change of the meeting, took place; together with
    what it tells of and the way it is unique, so that a retry tells nobody twice.
    """

    class Kind(models.TextChoices):
        """What it tells of."""

        HANDOFF = "handoff", _("A lead waits for a person")
        BOOKED = "booked", _("A meeting was booked")
        MOVED = "moved", _("A meeting was moved")
        CANCELLED = "cancelled", _("A meeting was cancelled")

    class Way(models.TextChoices):
        """How it is told."""

        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Webhook")

    class State(models.TextChoices):
        """See Notice."""

        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("Dropped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.HANDOFF)
    meeting = models.ForeignKey(
        Meeting, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("meeting")
    )
    way = models.CharField(_("way"), max_length=10, choices=Way)
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("colleague")
    )
    happened_at = models.DateTimeField(_("happened at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("due at"))
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("made at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "kind", "meeting", "happened_at", "way", "user"],
                name="notice_once",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], name="notice_due", condition=models.Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.way} {self.happened_at:%Y-%m-%d %H:%M}"
