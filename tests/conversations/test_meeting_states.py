"""The meeting's machine: every state and every step, legal or not, against the drawing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from psycopg.types.range import Range

from conversations.models import (
    NEXT_STATES,
    TAKES_TIME,
    Conversation,
    Meeting,
    MeetingState,
    Salesperson,
)
from conversations.services import meetings
from conversations.services.meeting_calendar import put, release
from conversations.services.meeting_states import MeetingStateError, advance, close_past
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db

S = MeetingState
PAST = (S.CONFIRMED, S.OVER, S.COMPLETED, S.NO_SHOW)
AHEAD, BEHIND = timedelta(days=1), -timedelta(days=1)


def make_meeting(
    state: MeetingState, starts_in: timedelta, lead: Conversation | None = None
) -> Meeting:
    host = Salesperson.objects.filter(user__username="ana").first() or make_host("ana")
    return Meeting.objects.create(
        lead=(lead or make_conversation()).lead,
        salesperson=host,
        during=Range(NOW + starts_in, NOW + starts_in + HALF_HOUR),
        state=state,
        time_zone="America/Mexico_City",
        hold_expires_at=NOW + timedelta(hours=1) if state == S.BOOKING else None,
        created_at=NOW - timedelta(days=2),
    )


def contents(meeting: Meeting) -> dict[str, object]:
    return dict(Meeting.objects.filter(pk=meeting.pk).values().get())


def test_the_drawing_is_the_machine() -> None:
    drawn: dict[str, set[str]] = {}
    for line in (Meeting.__doc__ or "").splitlines():
        if match := re.fullmatch(r"\s*(\w+) → ([\w| ]+)", line):
            drawn.setdefault(match[1], set()).update(match[2].split(" | "))
    assert drawn == {
        str(state): {str(to) for to in following}
        for state, following in NEXT_STATES.items()
        if following
    }
    assert set(NEXT_STATES) == set(S)


@pytest.mark.parametrize("state", S)
def test_every_pair_of_states(state: MeetingState) -> None:
    for to in S:
        check_pair(make_meeting(state, AHEAD), state, to)
        Meeting.objects.all().delete()


def check_pair(meeting: Meeting, state: MeetingState, to: MeetingState) -> None:
    before = contents(meeting)
    if to in NEXT_STATES[state]:
        advance(meeting, to, ended_at=NOW)
        assert contents(meeting) == before | {"state": to, "ended_at": NOW}
    else:
        with pytest.raises(MeetingStateError, match=f"that is {state} does not become {to}"):
            advance(meeting, to, ended_at=NOW)
        assert contents(meeting) == before


# Every service that changes a meeting's state, on a meeting ahead and on one behind.


def confirm(meeting: Meeting) -> None:
    put(meeting, calendar=FakeCalendar(), resumed=False, now=NOW)


def give_back(meeting: Meeting) -> None:
    release(meeting, problem="", may_stand=False, now=NOW)


def call_off(meeting: Meeting) -> None:
    meetings.cancel(meeting_id=meeting.pk, by="staff", calendar=FakeCalendar(), now=NOW)


def move(meeting: Meeting) -> None:
    conversation = meeting.lead.conversation
    slot = make_offer(conversation, meeting.salesperson, NOW + timedelta(days=2))
    Booker(conversation, FakeCalendar()).reschedule(slot)


def close(_meeting: Meeting) -> None:
    close_past(now=NOW)


def say(outcome: MeetingState) -> Callable[[Meeting], None]:
    def note(meeting: Meeting) -> None:
        meetings.note_outcome(meeting_id=meeting.pk, outcome=outcome, now=NOW)

    return note


STEPS: dict[str, tuple[Callable[[Meeting], None], timedelta, dict[MeetingState, MeetingState]]] = {
    "confirm": (confirm, AHEAD, {S.BOOKING: S.CONFIRMED}),
    "release": (give_back, AHEAD, {S.BOOKING: S.RELEASED}),
    "cancel": (call_off, AHEAD, {S.BOOKING: S.CANCELLED, S.CONFIRMED: S.CANCELLED}),
    "cancel a past one": (call_off, BEHIND, {}),
    "move": (move, AHEAD, {S.CONFIRMED: S.RESCHEDULED}),
    # Whoever wants another one: what lies behind makes way.
    "move a past one": (move, BEHIND, {S.CONFIRMED: S.OVER, S.BOOKING: S.RELEASED}),
    "close": (close, AHEAD, {}),
    "close a past one": (close, BEHIND, {S.CONFIRMED: S.OVER}),
    "took place": (say(S.COMPLETED), BEHIND, dict.fromkeys(PAST, S.COMPLETED)),
    "no-show": (say(S.NO_SHOW), BEHIND, dict.fromkeys(PAST, S.NO_SHOW)),
    "took place, too soon": (say(S.COMPLETED), AHEAD, {S.COMPLETED: S.COMPLETED}),
    "no-show, too soon": (say(S.NO_SHOW), AHEAD, {S.NO_SHOW: S.NO_SHOW}),
}
REFUSED_ALOUD = ("took place", "no-show", "took place, too soon", "no-show, too soon")
# An answer that comes too late is kept all the same: its event has to go again.
NOTED_LATE = {"confirm": {"event_id", "sync_due_at"}}


@pytest.mark.parametrize("step", STEPS)
def test_every_state_by_every_service(step: str) -> None:
    for state in S:
        check_step(step, state)
        Meeting.objects.all().delete()


def check_step(step: str, state: MeetingState) -> None:
    act, starts_in, legal = STEPS[step]
    meeting = make_meeting(state, starts_in)
    before = contents(meeting)
    if state in legal:
        assert legal[state] in {state, *NEXT_STATES[state]}
        act(meeting)
        assert contents(meeting)["state"] == legal[state], state
        return
    if step in REFUSED_ALOUD:
        with pytest.raises(MeetingStateError):
            act(meeting)
    else:
        act(meeting)
    changed = dict(contents(meeting).items() - before.items()).keys()
    assert changed <= NOTED_LATE.get(step, set()), state


@pytest.mark.parametrize("state", [state for state in S if state not in TAKES_TIME])
def test_an_answer_that_comes_too_late_only_takes_its_event_away(state: MeetingState) -> None:
    meeting = make_meeting(state, AHEAD)
    before = contents(meeting)
    confirm(meeting)
    assert contents(meeting) == before | {"event_id": "event-1", "sync_due_at": NOW}


def test_only_these_outcomes_are_for_people_to_say() -> None:
    for state in set(S) - {S.COMPLETED, S.NO_SHOW}:
        meeting = make_meeting(S.CONFIRMED, BEHIND)
        with pytest.raises(MeetingStateError):
            say(state)(meeting)
        meeting.delete()


# Past meetings


def test_a_past_meeting_is_over_and_nobody_guesses_how_it_went() -> None:
    meeting = make_meeting(S.CONFIRMED, BEHIND)
    ahead = make_meeting(S.CONFIRMED, AHEAD)
    assert close_past(now=NOW) == 1
    assert contents(meeting)["state"] == S.OVER
    assert contents(meeting)["ended_at"] == meeting.during.upper
    assert contents(ahead)["state"] == S.CONFIRMED
    assert close_past(now=NOW) == 0


def test_one_round_closes_a_fixed_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.services.meeting_states.AT_ONCE", 2)
    for hours in range(1, 6):
        make_meeting(S.CONFIRMED, -timedelta(hours=hours))
    assert [close_past(now=NOW) for _round in range(4)] == [2, 2, 1, 0]


def test_one_that_is_being_moved_waits_for_the_calendar() -> None:
    conversation = make_conversation()
    old = make_meeting(S.CONFIRMED, BEHIND, conversation)
    new = make_meeting(S.BOOKING, AHEAD, conversation)
    Meeting.objects.filter(pk=new.pk).update(replaces=old)
    assert close_past(now=NOW) == 0
    new.refresh_from_db()
    confirm(new)
    assert contents(old)["state"] == S.RESCHEDULED


@pytest.mark.parametrize("state", PAST)
def test_no_past_meeting_bars_the_next(state: MeetingState) -> None:
    conversation = make_conversation()
    make_meeting(state, BEHIND, conversation)
    host = Salesperson.objects.get()
    booked = Booker(conversation, FakeCalendar()).book(make_offer(conversation, host))
    assert booked.status == "confirmed"


@pytest.mark.parametrize(
    ("now", "possible"),
    [
        (NOW - timedelta(seconds=1), ()),
        (NOW, (S.COMPLETED, S.NO_SHOW)),  # who waits in vain need not wait for the end
        (NOW + timedelta(days=400), (S.COMPLETED, S.NO_SHOW)),
    ],
)
def test_an_outcome_needs_a_beginning(now: datetime, possible: tuple[MeetingState, ...]) -> None:
    meeting = make_meeting(S.CONFIRMED, timedelta())
    assert meetings.possible_outcomes(meeting, now=now) == possible
