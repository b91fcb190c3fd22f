"""Who did not come to a meeting hears of it once, and is offered other times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from agent import follow_ups
from conversations.models import (
    Conversation,
    FollowUp,
    Lead,
    Meeting,
    MeetingState,
    Message,
    SlotOffer,
    Stage,
)
from conversations.services import handoff, meetings
from integrations.scheduling import CalendarError
from tests.agent.silent_leads import HOUR, MINUTE, answered, publish
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import make_staff, write
from tests.conversations.template_rows import make_template
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 11, 26, 16, tzinfo=UTC)  # Thursday, 10:00 in Mexico City
ENDED = TEN + 30 * MINUTE
DUE = ENDED + 30 * MINUTE
NIGHT = datetime(2026, 11, 27, 4, tzinfo=UTC)  # 22:00
MORNING = datetime(2026, 11, 27, 15, tzinfo=UTC)  # 09:00


class World:
    """A lead who did not come."""

    def __init__(self) -> None:
        publish(nudges=(), reminders=())
        self.host, self.calendar = make_host("marta"), FakeCalendar()
        self.office = answered(name="Ana López")
        Conversation.objects.update(window_expires_at=TEN + timedelta(days=2))
        self.meeting = Meeting.objects.create(
            lead=self.office.conversation.lead,
            salesperson=self.host,
            during=(TEN, ENDED),
            state=MeetingState.OVER,
            time_zone="America/Mexico_City",
            created_at=TEN - timedelta(days=1),
        )

    def note(self, outcome: MeetingState, at: datetime = ENDED) -> None:
        meetings.note_outcome(meeting_id=self.meeting.pk, outcome=outcome, now=at)

    def round(self, at: datetime) -> list[Message]:
        before = set(Message.objects.values_list("pk", flat=True))
        follow_ups.run(clock=lambda: at, calendar=self.calendar)
        return list(Message.objects.exclude(pk__in=before))


@pytest.fixture
def world() -> World:
    return World()


def only() -> FollowUp:
    return FollowUp.objects.get(kind=FollowUp.Kind.NO_SHOW)


def test_half_an_hour_after_the_end_they_choose_from_a_list(world: World) -> None:
    assert world.round(ENDED) == []
    assert not FollowUp.objects.exists()
    world.note(MeetingState.NO_SHOW)
    assert world.round(ENDED + MINUTE) == []
    assert only().due_at == DUE
    (message,) = world.round(DUE)
    assert message.text.startswith("No pudimos vernos en la cita, no pasa nada.")
    assert {row["id"] for row in message.content["options"]} == {
        str(offer.pk) for offer in SlotOffer.objects.all()
    }
    assert Conversation.objects.get().agent_state["phase"] == "slots"
    assert world.round(DUE + MINUTE) == []
    assert only().state == FollowUp.State.QUEUED


def test_at_night_it_waits_for_the_morning(world: World) -> None:
    world.note(MeetingState.NO_SHOW, NIGHT)
    assert world.round(NIGHT) == []
    assert only().due_at == MORNING
    assert len(world.round(MORNING)) == 1


@pytest.mark.parametrize("down", [True, False])
def test_without_times_the_words_alone_go(world: World, down: bool) -> None:
    world.note(MeetingState.NO_SHOW)
    world.round(ENDED)
    if down:
        world.calendar.fail("busy", CalendarError("503"))
    else:
        type(world.host).objects.update(takes_meetings=False)
    (message,) = world.round(DUE)
    assert message.text.endswith("¿Buscamos otra hora?")
    assert not SlotOffer.objects.exists()


def test_a_corrected_outcome_calls_it_off(world: World) -> None:
    world.note(MeetingState.NO_SHOW)
    world.round(ENDED)
    world.note(MeetingState.COMPLETED)
    assert world.round(DUE) == []
    assert (only().state, only().reason) == ("cancelled", "meeting_changed")


def answers(world: World) -> None:
    write("perdón, no pude", now=ENDED + MINUTE)


def books(world: World) -> None:
    later = (TEN + timedelta(days=1), ENDED + timedelta(days=1))
    Meeting.objects.create(
        lead=world.meeting.lead,
        salesperson=world.host,
        during=later,
        state=MeetingState.CONFIRMED,
        created_at=ENDED,
    )


def says_stop(world: World) -> None:
    Lead.objects.update(opted_out_at=ENDED)


def is_taken_over(world: World) -> None:
    handoff.take_over(
        conversation_id=world.office.conversation.pk, staff=make_staff("luis"), now=ENDED
    )


def is_lost(world: World) -> None:
    Lead.objects.update(stage=Stage.LOST)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (answers, "answered"),
        (books, "booked"),
        (says_stop, "opted_out"),
        (is_taken_over, "handed_over"),
        (is_lost, "closed"),
    ],
)
def test_it_stops_when_there_is_no_need_for_it(world: World, happens, reason: str) -> None:  # type: ignore[no-untyped-def]
    world.note(MeetingState.NO_SHOW)
    world.round(ENDED)
    happens(world)
    assert world.round(DUE) == []
    assert (only().state, only().reason) == ("cancelled", reason)


def test_with_the_window_closed_a_template_goes_or_nothing(world: World) -> None:
    Conversation.objects.update(window_expires_at=ENDED)
    world.note(MeetingState.NO_SHOW)
    world.round(ENDED)
    assert world.round(DUE) == []
    assert (only().state, only().reason) == ("skipped", "window_closed")
    FollowUp.objects.all().delete()
    make_template("Hola {{1}}, ¿buscamos otra hora?", name="no_llego")
    publish(nudges=(), reminders=(), no_show_template="no_llego")
    world.round(ENDED)
    (message,) = world.round(DUE)
    assert message.kind == "template"


def test_days_later_nothing_is_said(world: World) -> None:
    late = DUE + follow_ups.LONG_AGO
    world.note(MeetingState.NO_SHOW, late)
    world.round(late)
    assert not FollowUp.objects.exists()


def test_a_business_may_say_nothing(world: World) -> None:
    publish(nudges=(), reminders=(), no_show_text={})
    world.note(MeetingState.NO_SHOW)
    world.round(ENDED)
    assert world.round(DUE + HOUR) == []
