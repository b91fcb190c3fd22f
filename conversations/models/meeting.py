"""Meetings and the times that were offered for them."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conversations.models.conversation import Conversation
from conversations.models.ids import uuid7
from conversations.models.lead import Lead
from conversations.models.user import Salesperson


class MeetingState(models.TextChoices):
    """See Meeting."""

    BOOKING = "booking", _("Being booked")
    CONFIRMED = "confirmed", _("Confirmed")
    OVER = "over", _("Outcome missing")
    RELEASED = "released", _("Released")
    CANCELLED = "cancelled", pgettext_lazy("meeting", "Cancelled")
    RESCHEDULED = "rescheduled", _("Moved to another time")
    COMPLETED = "completed", _("Took place")
    NO_SHOW = "no_show", _("No-show")


TAKES_TIME = [MeetingState.BOOKING, MeetingState.CONFIRMED]

# The drawing in Meeting, for the services: conversations.services.meeting_states enforces it.
NEXT_STATES: Mapping[MeetingState, frozenset[MeetingState]] = {
    MeetingState.BOOKING: frozenset(
        {MeetingState.CONFIRMED, MeetingState.RELEASED, MeetingState.CANCELLED}
    ),
    MeetingState.CONFIRMED: frozenset(
        {
            MeetingState.OVER,
            MeetingState.COMPLETED,
            MeetingState.NO_SHOW,
            MeetingState.CANCELLED,
            MeetingState.RESCHEDULED,
        }
    ),
    MeetingState.OVER: frozenset(
        {MeetingState.COMPLETED, MeetingState.NO_SHOW, MeetingState.RESCHEDULED}
    ),
    MeetingState.COMPLETED: frozenset({MeetingState.NO_SHOW}),
    MeetingState.NO_SHOW: frozenset({MeetingState.COMPLETED}),
    MeetingState.RELEASED: frozenset(),
    MeetingState.CANCELLED: frozenset(),
    MeetingState.RESCHEDULED: frozenset(),
}


class ChangedBy(models.TextChoices):
    """Who moved a meeting or called it off. HOST: the salesperson, in their own calendar."""

    LEAD = "lead", _("Lead")
    STAFF = "staff", _("Staff")
    HOST = "host", _("Salesperson, in the calendar")


class Conflict(models.TextChoices):
    """Why a confirmed meeting needs a colleague's eye: the calendar holds something else."""

    OVERLAP = "overlap", _("Something else is in the calendar at this time")
    CANNOT_FOLLOW = "follow", _("Moved in the calendar to a time that it cannot have")


class Meeting(models.Model):
    """A meeting with a lead, from the hold to its outcome.

    booking → confirmed | released | cancelled
    confirmed → over | completed | no_show | cancelled | rescheduled
    over → completed | no_show | rescheduled
    completed → no_show
    no_show → completed

    Booking is the hold: the time is the lead's from the tap until the calendar answers, and is
    given back (released) when it says no or has not answered by `hold_expires_at`. Over: the time
    has passed and nobody said yet how it went; only staff know that, and they may correct it.

    `during` is half-open. While a row takes time (booking, confirmed) the database refuses an
    overlapping one of the same salesperson. A rescheduled meeting is a new row that names the
    old one and takes over its event. `transaction_id` is stored before the calendar is called.

    `etag` and `brief_digest` say what stands in the calendar. `check_due_at` is when a confirmed
    meeting's event is read again, because news came or on the timer: the salesperson may have moved
    or cancelled it. `conflict` stays until a colleague has seen to it, with the time of what is in
    the way in `conflict_during`.

    `sync_due_at` is set while the calendar must still be asked: a booking without an answer, or
    an ended meeting whose event may still stand in the calendar and has to go.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="meetings", verbose_name=_("lead"))
    salesperson = models.ForeignKey(
        Salesperson, models.PROTECT, related_name="meetings", verbose_name=_("salesperson")
    )
    during = DateTimeRangeField(_("when"))
    state = models.CharField(_("state"), max_length=12, choices=MeetingState)
    time_zone = models.CharField(_("lead's time zone"), max_length=64)
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    transaction_id = models.UUIDField(default=uuid7, editable=False)
    turn_id = models.UUIDField(null=True, blank=True, editable=False)
    turn_index = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    event_id = models.CharField(max_length=300, blank=True, editable=False)
    join_url = models.CharField(_("link"), max_length=2000, blank=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    sync_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_by = models.CharField(_("cancelled by"), max_length=5, choices=ChangedBy, blank=True)
    cancel_comment = models.CharField(_("reason"), max_length=300, blank=True)
    cancel_turn_id = models.UUIDField(null=True, blank=True, editable=False)
    cancel_turn_index = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    moved_by = models.CharField(_("moved by"), max_length=5, choices=ChangedBy, blank=True)
    etag = models.CharField(max_length=200, blank=True, editable=False)
    brief_digest = models.CharField(max_length=64, blank=True, editable=False)
    check_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    conflict = models.CharField(_("conflict"), max_length=10, choices=Conflict, blank=True)
    conflict_at = models.DateTimeField(null=True, blank=True, editable=False)
    conflict_during = DateTimeRangeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        constraints = [
            ExclusionConstraint(
                name="meeting_no_overlap",
                expressions=[
                    (
                        Func(
                            F("salesperson_id"),
                            F("salesperson_id"),
                            Value("[]"),
                            function="int8range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=TAKES_TIME),
            ),
            models.UniqueConstraint(
                fields=["lead"], name="meeting_one_confirmed", condition=Q(state="confirmed")
            ),
            models.UniqueConstraint(
                fields=["lead"], name="meeting_one_booking", condition=Q(state="booking")
            ),
            models.UniqueConstraint(fields=["turn_id", "turn_index"], name="meeting_turn_index"),
            models.UniqueConstraint(
                fields=["cancel_turn_id", "cancel_turn_index"], name="meeting_cancel_turn_index"
            ),
            models.CheckConstraint(
                name="meeting_during_not_empty", condition=Q(during__isempty=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["sync_due_at"],
                name="meeting_sync_due",
                condition=Q(sync_due_at__isnull=False),
            ),
            models.Index(
                fields=["check_due_at"],
                name="meeting_check_due",
                condition=Q(check_due_at__isnull=False),
            ),
            models.Index(
                fields=["conflict_at"],
                name="meeting_conflict",
                condition=Q(conflict_at__isnull=False),
            ),
            models.Index(fields=["event_id"], name="meeting_event", condition=~Q(event_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.during.lower:%Y-%m-%d %H:%M} UTC"


class SlotOffer(models.Model):
    """A time that we offered to a lead: the only thing a lead or a model can book."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="slot_offers")
    salesperson = models.ForeignKey(Salesperson, models.CASCADE, related_name="+")
    during = DateTimeRangeField()
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("offered slot")
        verbose_name_plural = _("offered slots")
        indexes = [models.Index(fields=["conversation", "-created_at"], name="slot_offer_recent")]

    def __str__(self) -> str:
        return f"{self.during.lower:%Y-%m-%d %H:%M} UTC"
