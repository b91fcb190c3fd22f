"""Whether a planned message is still wanted: one rule for its row, and for its words in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When

from conversations.models import (
    TAKES_TIME,
    Direction,
    FollowUp,
    Meeting,
    MeetingState,
    Message,
    Mode,
    Stage,
)
from integrations.messaging import MessageKind

States, Reasons, Kinds = FollowUp.State, FollowUp.Reason, FollowUp.Kind
# In a message's content: when it is not worth sending any more. Only planned messages have it.
LEAVE_BY = "leave_by"
# Why one that is queued does not leave.
OBSTACLES: Mapping[str, str] = {
    Reasons.ANSWERED: "The lead wrote first.",
    Reasons.MEETING_CHANGED: "The meeting was moved or cancelled.",
    Reasons.BOOKED: "A meeting was booked.",
    Reasons.CLOSED: "The lead is won or lost.",
    Reasons.HANDED_OVER: "A colleague answers.",
    Reasons.OPTED_OUT: "The lead said stop.",
}


def planned() -> QuerySet[Any]:
    """What is planned, judged."""
    return judged().filter(state=States.PLANNED)


def judged() -> QuerySet[Any]:
    """All rows with `fallen`: why a planned one is not wanted any more, or nothing.

    Rows learn of it late: where nothing was said lately, in minutes.
    """
    reminder, no_show = Q(kind=Kinds.REMINDER), Q(kind=Kinds.NO_SHOW)
    stage = "conversation__lead__stage"
    ahead = Meeting.objects.filter(lead=OuterRef("conversation__lead"), state__in=TAKES_TIME)
    return FollowUp.objects.annotate(
        fallen=Case(
            _when(Reasons.OPTED_OUT, conversation__lead__opted_out_at__isnull=False),
            _when(Reasons.MEETING_CHANGED, reminder, ~Q(meeting__state=MeetingState.CONFIRMED)),
            _when("", reminder),
            # Corrected: they came after all.
            _when(Reasons.MEETING_CHANGED, no_show, ~Q(meeting__state=MeetingState.NO_SHOW)),
            _when(Reasons.HANDED_OVER, conversation__mode=Mode.STAFF),
            _when(Reasons.CLOSED, **{f"{stage}__in": [Stage.WON, Stage.LOST]}),
            _when(Reasons.BOOKED, Q(Exists(ahead)) | (~no_show & Q(**{stage: Stage.MEETING}))),
            _when("", no_show, ~Q(Exists(_signs_since()))),
            _when("", anchor=Subquery(_signs_of_life())),
            default=Value(Reasons.ANSWERED.value),
        )
    )


def _when(reason: str, *conditions: Q, **others: object) -> When:
    return When(Q(*conditions, **others), then=Value(str(reason)))


def _signs_of_life() -> QuerySet[Message, Any]:
    """Anything that the lead did, be it a reaction; what the provider tells of a number is none."""
    theirs = Message.objects.filter(
        conversation=OuterRef("conversation"), direction=Direction.INBOUND
    ).exclude(kind=MessageKind.SYSTEM)
    return theirs.order_by("-number").values("pk")[:1]


def _signs_since() -> QuerySet[Message, Any]:
    """The same, after the meeting that they did not come to."""
    theirs = Message.objects.filter(
        conversation=OuterRef("conversation"),
        direction=Direction.INBOUND,
        occurred_at__gt=OuterRef("meeting__during__endswith"),
    )
    return theirs.exclude(kind=MessageKind.SYSTEM)


def standing(row: Any) -> tuple[FollowUp.State, str]:
    """State and reason of a judged row: a plan that has fallen is as good as cancelled."""
    if row.state == States.PLANNED and row.fallen:
        return States.CANCELLED, row.fallen
    return States(row.state), row.reason


def obstacle(message: Message, *, now: datetime) -> str:
    """Why a queued one should not leave any more; "" also for all other messages.

    A colleague who queues it again has decided.
    """
    leave_by = message.content.get(LEAVE_BY)
    if not isinstance(leave_by, str) or message.staff_id is not None:
        return ""
    if datetime.fromisoformat(leave_by) <= now:
        return "Its moment has passed."
    row = judged().filter(message=message).first()
    return OBSTACLES.get(row.fallen, "") if row is not None else ""
