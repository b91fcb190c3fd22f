"""What we will say unasked: a nudge to a silent lead, a reminder of a meeting."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models.conversation import Conversation
from conversations.models.ids import uuid7
from conversations.models.meeting import Meeting
from conversations.models.message import Message


class FollowUp(models.Model):
    """One planned message. Plans are rows that staff see and may cancel.

    planned → queued | cancelled | skipped

    Queued: its message is in the outbox. Cancelled: the lead answered, booked, was handed over,
    said stop, or staff did not want it; `reason` says which. Skipped: its moment passed while
    nothing could be sent. `anchor` is what it follows, the id of the last message before the lead
    went silent, theirs, or of the meeting; `step` counts from 0 within it. So there are never more
    nudges in one silence than the playbook has.
    """

    class Kind(models.TextChoices):
        """What it is for."""

        NUDGE = "nudge", _("Nudge")
        REMINDER = "reminder", _("Reminder of the meeting")
        NO_SHOW = "no_show", _("New times after a no-show")

    class State(models.TextChoices):
        """See FollowUp."""

        PLANNED = "planned", _("Planned")
        QUEUED = "queued", _("Sent to WhatsApp")
        CANCELLED = "cancelled", _("Cancelled")
        SKIPPED = "skipped", _("Skipped")

    class Reason(models.TextChoices):
        """Why it was not sent."""

        ANSWERED = "answered", _("The lead wrote")
        BOOKED = "booked", _("A meeting was booked")
        MEETING_CHANGED = "meeting_changed", _("The meeting was moved or cancelled")
        HANDED_OVER = "handed_over", _("A colleague answers")
        OPTED_OUT = "opted_out", _("The lead said stop")
        STAFF = "staff", _("Cancelled by a colleague")
        WINDOW_CLOSED = "window_closed", _("The window is closed and no template is set")
        TOO_LATE = "too_late", _("Its moment has passed")
        RULES_CHANGED = "rules_changed", _("The playbook changed")
        CLOSED = "closed", _("The lead is won or lost")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="follow_ups")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    anchor = models.UUIDField()
    step = models.PositiveSmallIntegerField(_("step"))
    meeting = models.ForeignKey(
        Meeting, models.CASCADE, null=True, blank=True, related_name="follow_ups"
    )
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("planned at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [
            models.UniqueConstraint(fields=["kind", "anchor", "step"], name="follow_up_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], name="follow_up_due", condition=Q(state="planned"))
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.due_at:%Y-%m-%d %H:%M}"
