"""Who did not change a meeting hears of it: the lead by message, its salesperson by notice.

What leads read lies above us, so the agent hands it down. All need the transaction of the change.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from conversations.models import Meeting, MeetingState, Notice
from conversations.services import notices
from conversations.services.meeting_claims import Who

Kind = Notice.Kind


class Teller(Protocol):
    """Whoever knows the words."""

    def __call__(self, meeting: Meeting, *, now: datetime) -> None:
        """Queue what the lead is to hear of a meeting that staff booked, moved or cancelled."""


def _no_words(meeting: Meeting, *, now: datetime) -> None:
    """Say nothing."""


_tellers: list[Teller] = [_no_words]


def provide(teller: Teller) -> None:
    """Ask this one from now on."""
    _tellers[0] = teller


def tell_put(meeting: Meeting, *, by: Who, now: datetime) -> None:
    """A booking or a move has its answer; one that came to nothing is nobody's news but theirs."""
    if meeting.state != MeetingState.CONFIRMED:
        return
    if by != "lead":
        _tellers[0](meeting, now=now)
    tell_host(meeting, by=by, now=now)


def tell_host(meeting: Meeting, *, by: Who | None, now: datetime) -> None:
    """A confirmed meeting is new or has moved; who had it before has it no more."""
    old = meeting.replaces
    if old is None or old.salesperson_id == meeting.salesperson_id:
        kind = Kind.BOOKED if old is None else Kind.MOVED
        notices.make_for_host(meeting, kind, by=by, now=now)
        return
    notices.make_for_host(meeting, Kind.BOOKED, by=by, now=now)
    notices.make_for_host(old, Kind.CANCELLED, by=by, now=now)


def tell_cancelled(meeting: Meeting, *, by: Who, now: datetime) -> None:
    """Nobody needs to come."""
    if by != "lead":
        _tellers[0](meeting, now=now)
    if meeting.confirmed_at is not None:
        notices.make_for_host(meeting, Kind.CANCELLED, by=by, now=now)
