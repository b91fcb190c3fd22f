"""The lead's stage follows the lead's meetings, and staff's word stands above both."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.models import Conversation, Lead, Meeting, MeetingState, Salesperson, Stage
from conversations.services import leads, meetings
from tests.conversations.meeting_rows import (
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
AFTER = TOMORROW_TEN + timedelta(hours=1)


@pytest.fixture
def host() -> Salesperson:
    return make_host()


@pytest.fixture
def booker(host: Salesperson) -> Booker:
    return Booker(make_conversation(stage=Stage.QUALIFIED), FakeCalendar())


def book(booker: Booker, host: Salesperson) -> Meeting:
    booker.book(make_offer(booker.conversation, host))
    assert stage_of(booker.conversation) == Stage.MEETING
    return Meeting.objects.get(state=MeetingState.CONFIRMED)


def stage_of(conversation: Conversation) -> str:
    return Lead.objects.get(conversation=conversation).stage


def call_off(meeting: Meeting) -> None:
    meetings.cancel(calendar=FakeCalendar(), now=NOW, by="staff", meeting_id=meeting.pk)


@pytest.mark.parametrize("before", [Stage.NEW, Stage.QUALIFYING, Stage.QUALIFIED])
def test_a_cancellation_takes_the_stage_back(
    booker: Booker, host: Salesperson, before: Stage
) -> None:
    Lead.objects.update(stage=before)
    book(booker, host)
    booker.cancel()
    assert stage_of(booker.conversation) == before
    call_off(book(booker, host))
    assert stage_of(booker.conversation) == before


def test_a_move_leaves_it_and_the_last_cancellation_takes_it_back(
    booker: Booker, host: Salesperson
) -> None:
    book(booker, host)
    booker.reschedule(make_offer(booker.conversation, host, TOMORROW_TEN + timedelta(hours=2)))
    assert stage_of(booker.conversation) == Stage.MEETING
    booker.cancel()
    assert stage_of(booker.conversation) == Stage.QUALIFIED


@pytest.mark.parametrize("by_hand", [Stage.MEETING, Stage.WON, Stage.LOST])
def test_what_staff_set_meanwhile_stands(booker: Booker, host: Salesperson, by_hand: Stage) -> None:
    meeting = book(booker, host)
    leads.set_stage(lead_id=meeting.lead_id, stage=by_hand)
    call_off(meeting)
    assert stage_of(booker.conversation) == by_hand


def test_what_the_lead_answered_meanwhile_counts(booker: Booker, host: Salesperson) -> None:
    Lead.objects.update(stage=Stage.QUALIFYING)
    meeting = book(booker, host)
    leads.advance(lead_id=meeting.lead_id, stage=Stage.QUALIFIED)
    assert stage_of(booker.conversation) == Stage.MEETING
    leads.advance(lead_id=meeting.lead_id, stage=Stage.QUALIFYING)
    call_off(meeting)
    assert stage_of(booker.conversation) == Stage.QUALIFIED


def test_an_earlier_meeting_that_was_held_keeps_it(booker: Booker, host: Salesperson) -> None:
    held = book(booker, host)
    meetings.note_outcome(meeting_id=held.pk, outcome=MeetingState.COMPLETED, now=AFTER)
    assert stage_of(booker.conversation) == Stage.MEETING
    booker.now = AFTER
    booker.book(make_offer(booker.conversation, host, AFTER + timedelta(hours=2)))
    booker.cancel()
    assert stage_of(booker.conversation) == Stage.MEETING


def test_a_no_show_takes_it_back_and_its_correction_forward(
    booker: Booker, host: Salesperson
) -> None:
    meeting = book(booker, host)
    for outcome, stage in (
        (MeetingState.NO_SHOW, Stage.QUALIFIED),
        (MeetingState.COMPLETED, Stage.MEETING),
        (MeetingState.NO_SHOW, Stage.QUALIFIED),
    ):
        meetings.note_outcome(meeting_id=meeting.pk, outcome=outcome, now=AFTER)
        assert stage_of(booker.conversation) == stage
