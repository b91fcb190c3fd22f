"""What a salesperson does in their own calendar reaches the row, whenever and however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from psycopg.types.range import Range

from conversations.models import ChangedBy, Conflict, Lead, Meeting, MeetingState, Stage
from conversations.services.meeting_changes import Followed, follow
from integrations.scheduling import BookedEvent
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    make_conversation,
    make_host,
)

pytestmark = pytest.mark.django_db
LATER = TOMORROW_TEN + timedelta(hours=2)
EVENT = BookedEvent("event-1", "https://meet.example.com/1", '"2"', LATER, LATER + HALF_HOUR)


def make_meeting(**changes: object) -> Meeting:
    host = make_host() if "salesperson" not in changes else None
    values: dict[str, object] = {
        "lead": make_conversation().lead,
        "salesperson": host,
        "during": Range(TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR),
        "state": MeetingState.CONFIRMED,
        "time_zone": "America/Mexico_City",
        "event_id": "event-1",
        "join_url": "https://meet.example.com/1",
        "created_at": NOW,
    }
    return Meeting.objects.create(**values | changes)


class Told:
    """What leads would hear."""

    def __init__(self) -> None:
        self.rows: list[Meeting] = []

    def __call__(self, meeting: Meeting) -> None:
        self.rows.append(meeting)


def test_a_move_is_a_new_row_that_takes_over_the_event() -> None:
    old, told = make_meeting(), Told()
    assert follow(meeting_id=old.pk, event=EVENT, now=NOW, tell=told) is Followed.MOVED
    old.refresh_from_db()
    new = Meeting.objects.get(replaces=old)
    assert old.state == MeetingState.RESCHEDULED
    assert new.state == MeetingState.CONFIRMED
    assert (new.during.lower, new.event_id, new.etag) == (LATER, "event-1", '"2"')
    assert new.moved_by == ChangedBy.HOST
    assert told.rows == [new]
    # News of the same move that comes again, of the old row or the new one.
    for row in (old, new):
        assert follow(meeting_id=row.pk, event=EVENT, now=NOW, tell=told) is Followed.SAME
    assert Meeting.objects.count() == 2
    assert told.rows == [new]


def test_what_the_calendar_does_not_say_is_kept() -> None:
    old = make_meeting(brief_digest="d")
    follow(meeting_id=old.pk, event=replace(EVENT, join_url=""), now=NOW, tell=Told())
    new = Meeting.objects.get(replaces=old)
    assert (new.join_url, new.brief_digest) == (old.join_url, "d")


def test_a_lead_whose_meeting_went_is_back_where_they_were() -> None:
    meeting = make_meeting()
    Lead.objects.update(stage=Stage.MEETING, stage_before_meeting=Stage.QUALIFIED)
    follow(meeting_id=meeting.pk, event=None, now=NOW, tell=Told())
    assert Lead.objects.get().stage == Stage.QUALIFIED


def test_a_lead_hears_in_the_transaction_or_nothing_happened() -> None:
    old = make_meeting()

    def fails(_meeting: Meeting) -> None:
        raise RuntimeError

    for event in (EVENT, None):
        with pytest.raises(RuntimeError):
            follow(meeting_id=old.pk, event=event, now=NOW, tell=fails)
    assert list(Meeting.objects.values_list("state", flat=True)) == [MeetingState.CONFIRMED]


def test_a_move_onto_another_meeting_is_a_conflict_until_it_goes_back() -> None:
    old, told = make_meeting(), Told()
    other = make_meeting(salesperson=old.salesperson, during=Range(LATER, LATER + HALF_HOUR))
    assert follow(meeting_id=old.pk, event=EVENT, now=NOW, tell=told) is Followed.IN_THE_WAY
    later = NOW + timedelta(minutes=5)
    follow(meeting_id=old.pk, event=EVENT, now=later, tell=told)
    old.refresh_from_db()
    assert (old.state, old.during.lower) == (MeetingState.CONFIRMED, TOMORROW_TEN)
    assert (old.conflict, old.conflict_at) == (Conflict.CANNOT_FOLLOW, NOW)
    assert old.conflict_during == Range(LATER, LATER + HALF_HOUR)
    back = replace(EVENT, starts_at=TOMORROW_TEN, ends_at=TOMORROW_TEN + HALF_HOUR)
    assert follow(meeting_id=old.pk, event=back, now=later, tell=told) is Followed.SAME
    old.refresh_from_db()
    assert (old.conflict, old.conflict_at, old.conflict_during) == ("", None, None)
    assert Meeting.objects.count() == 2
    assert not told.rows
    assert other.state == MeetingState.CONFIRMED


def test_an_event_that_is_gone_cancels_once() -> None:
    meeting, told = make_meeting(), Told()
    assert follow(meeting_id=meeting.pk, event=None, now=NOW, tell=told) is Followed.CANCELLED
    assert follow(meeting_id=meeting.pk, event=None, now=NOW, tell=told) is Followed.SAME
    meeting.refresh_from_db()
    assert (meeting.state, meeting.cancelled_by) == (MeetingState.CANCELLED, ChangedBy.HOST)
    assert meeting.ended_at == NOW
    assert len(told.rows) == 1


@pytest.mark.parametrize("event", [EVENT, None])
def test_while_the_lead_is_moving_it_the_calendar_is_ours(event: BookedEvent | None) -> None:
    old, told = make_meeting(), Told()
    make_meeting(
        lead=old.lead,
        salesperson=old.salesperson,
        during=Range(LATER, LATER + HALF_HOUR),
        state=MeetingState.BOOKING,
        replaces=old,
    )
    assert follow(meeting_id=old.pk, event=event, now=NOW, tell=told) is Followed.LATER
    old.refresh_from_db()
    assert old.state == MeetingState.CONFIRMED
    assert not told.rows
