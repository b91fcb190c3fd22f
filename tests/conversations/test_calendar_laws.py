"""Whatever happens in a calendar and however it is told: in the end the row is as the event."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.range import Range

from conversations.models import CalendarWatch, Conflict, Meeting, MeetingState, Salesperson
from conversations.services import calendar_news, meeting_checks, meetings
from integrations.scheduling import BookedEvent, CalendarError, CalendarNews
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
    make_offer,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
# Another lead of the same salesperson has this one.
TAKEN = 3
PLACES = st.integers(0, 5)
# A few every time; by hand thousands, with LAWS=1000.
FEW = settings(
    max_examples=int(os.environ.get("LAWS", "3")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

Act = tuple[str, int]


def at(place: int) -> datetime:
    return TOMORROW_TEN + place * HOUR


class Interrupted(FakeCalendar):
    """Something happens while an answer is under way."""

    meanwhile: Callable[[], None] | None = None

    def read(self, *, mailbox: str, event_id: str) -> BookedEvent | None:
        answer = super().read(mailbox=mailbox, event_id=event_id)
        if (act := self.meanwhile) is not None:
            self.meanwhile = None
            act()
        return answer


@dataclass
class World:
    """A lead's meeting, its event, and both sides that change it."""

    calendar: Interrupted = field(default_factory=Interrupted)
    host: Salesperson = field(default_factory=make_host)
    now: datetime = NOW + HOUR
    told: list[Meeting] = field(default_factory=list)

    def __post_init__(self) -> None:
        CalendarWatch.objects.create(
            salesperson=self.host,
            mailbox=self.host.mailbox,
            watch_id="sub-1",
            secret_hash=calendar_news.hash_of("secret"),
            renew_due_at=NOW,
            created_at=NOW,
        )
        self.booker = Booker(make_conversation(), self.calendar)
        other = Booker(make_conversation(), self.calendar)
        for booker, place in ((self.booker, 0), (other, TAKEN)):
            booker.book(make_offer(booker.conversation, self.host, at(place)))

    @property
    def row(self) -> Meeting | None:
        own = Meeting.objects.filter(lead=self.booker.conversation.lead)
        return own.filter(state=MeetingState.CONFIRMED).first()

    def play(self, act: Act) -> None:
        self.now += timedelta(seconds=40)
        self.booker.now = self.now
        what, number = act
        getattr(self, what)(number)

    def host_moves(self, place: int) -> None:
        event = next(iter(self.calendar.events.values()))
        event.starts_at, event.ends_at = at(place), at(place) + HALF_HOUR

    def host_cancels(self, _number: int) -> None:
        next(iter(self.calendar.events.values())).cancelled = True

    def lead_moves(self, place: int) -> None:
        self.booker.reschedule(make_offer(self.booker.conversation, self.host, at(place)))

    def lead_moves_unheard(self, place: int) -> None:
        lost = CalendarError("lost", ambiguous=True)
        self.calendar.fail("move", lost, after=bool(place % 2))
        self.lead_moves(place)
        self.calendar.heal()

    def lead_cancels(self, _number: int) -> None:
        self.booker.cancel()

    def news(self, times: int) -> None:
        row = self.row
        changed = CalendarNews("sub-1", "secret", "changed", row.event_id if row else "event-1")
        missed = CalendarNews("sub-1", "secret", "missed")
        calendar_news.receive([changed] * times or [missed], now=self.now)
        self.check(0)

    def timer(self, _number: int) -> None:
        self.now += HOUR / 2
        meetings.finish_pending(calendar=self.calendar, now=self.now)
        self.check(0)

    def check(self, _number: int) -> None:
        meeting_checks.check_due(
            calendar=self.calendar,
            clock=lambda: self.now,
            tell=self.told.append,
            prepare=lambda _meeting: self.told.append,
        )

    def settle(self) -> None:
        """Nothing happens any more, and the timer does all there is to do."""
        self.calendar.meanwhile = None
        for _round in range(4):
            self.timer(0)


host_acts = st.one_of(
    st.tuples(st.just("host_moves"), PLACES), st.tuples(st.just("host_cancels"), st.just(0))
)
lead_acts = st.one_of(
    st.tuples(st.sampled_from(["lead_moves", "lead_moves_unheard"]), PLACES),
    st.tuples(st.just("lead_cancels"), st.just(0)),
)
hearing = st.one_of(
    st.tuples(st.just("news"), st.integers(0, 2)), st.tuples(st.just("timer"), st.just(0))
)


def agree(world: World) -> None:
    """The law."""
    event = next(iter(world.calendar.events.values()))
    row = world.row
    standing = [each for each in world.calendar.standing if each.starts_at != at(TAKEN)]
    others = [each for each in standing if each is not event]
    if row is None:
        assert not others
        assert event.cancelled
        return
    mine = world.calendar.events[row.event_id]
    assert not mine.cancelled
    assert [each for each in others if each is not mine] == []
    stands = Range(mine.starts_at, mine.ends_at)
    if row.conflict == Conflict.CANNOT_FOLLOW:
        assert row.conflict_during == stands == Range(at(TAKEN), at(TAKEN) + HALF_HOUR)
    else:
        assert row.during == stands
    told = [meeting.pk for meeting in world.told]
    assert len(told) == len(set(told))


@FEW
@given(acts=st.lists(st.one_of(host_acts, lead_acts, hearing), min_size=2, max_size=9))
def test_any_history_ends_with_the_row_as_the_event(acts: Sequence[Act]) -> None:
    with transaction.atomic():
        world = World()
        for act in acts:
            world.play(act)
        world.settle()
        agree(world)
        transaction.set_rollback(True)


@FEW
@given(acts=st.lists(host_acts, min_size=1, max_size=4), draw=st.data())
def test_how_often_and_when_it_is_told_changes_nothing(
    acts: Sequence[Act], draw: st.DataObject
) -> None:
    def lived(heard: Sequence[Sequence[Act]]) -> tuple[str, object]:
        with transaction.atomic():
            world = World()
            for act, told in zip(acts, heard, strict=True):
                for each in (act, *told):
                    world.play(each)
            world.settle()
            agree(world)
            last = Meeting.objects.filter(lead=world.booker.conversation.lead).latest("created_at")
            transaction.set_rollback(True)
            return last.state, last.conflict_during or last.during

    heard = [draw.draw(st.lists(hearing, max_size=3)) for _act in acts]
    # A cancelled event stays so: what it was moved to before need not have been heard of.
    state, during = lived(heard)
    silent_state, silent_during = lived([()] * len(acts))
    assert state == silent_state
    if state == MeetingState.CONFIRMED:
        assert during == silent_during


@FEW
@given(
    first=host_acts,
    meanwhile=st.one_of(host_acts, lead_acts),
    later=st.lists(st.one_of(host_acts, hearing), max_size=3),
)
def test_what_happens_while_an_event_is_read(
    first: Act, meanwhile: Act, later: Sequence[Act]
) -> None:
    with transaction.atomic():
        world = World()
        world.play(first)
        world.calendar.meanwhile = lambda: world.play(meanwhile)
        for act in [("news", 1), *later]:
            world.play(act)
        world.settle()
        agree(world)
        transaction.set_rollback(True)
