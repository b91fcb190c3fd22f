"""What a lead hears when a salesperson moves or cancels their meeting in the calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from agent import follow_ups, host_news, runner
from agent.engines.guided.engine import GuidedEngine
from agent.runner import Tools
from conversations.models import Conversation, Lead, Meeting, Message, SlotOffer
from conversations.services import handoff
from integrations.messaging import MessageKind
from tests.agent.silent_leads import HOUR, MINUTE, NOW, Office, answered, publish
from tests.conversations.meeting_rows import Booker, make_host, make_offer
from tests.conversations.rows import make_staff, write
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
HALF_HOUR = timedelta(minutes=30)
THURSDAY_TEN = NOW + timedelta(days=3)  # 10:00 in Mexico City
LATER = THURSDAY_TEN + 2 * HOUR


@dataclass
class World:
    """A lead with a meeting in a salesperson's calendar."""

    office: Office
    calendar: FakeCalendar

    @property
    def event_id(self) -> str:
        return Meeting.objects.latest("created_at").event_id

    def move(self, starts_at: datetime, length: timedelta = HALF_HOUR) -> None:
        event = self.calendar.events[self.event_id]
        event.starts_at, event.ends_at = starts_at, starts_at + length

    def cancel(self) -> None:
        self.calendar.events[self.event_id].cancelled = True

    def pass_round(self, at: datetime) -> list[Message]:
        """A round of checks and one of the outbox; what was queued by it."""
        before = set(Message.objects.values_list("pk", flat=True))
        host_news.check(calendar=self.calendar, clock=lambda: at)
        made = list(Message.objects.exclude(pk__in=before).order_by("number"))
        self.office.deliver(at)
        for message in made:
            message.refresh_from_db()
        return made

    def hears(self, text: str, at: datetime, *, tapped: str = "") -> list[str]:
        """They write, and the guided engine answers."""
        before = set(Message.objects.values_list("pk", flat=True))
        kind = MessageKind.LIST_REPLY if tapped else MessageKind.TEXT
        write(text, now=at, kind=kind, reply_id=tapped)
        engine = GuidedEngine()
        tools = Tools(
            primary=lambda _run, _claim: engine,
            guided=engine,
            calendar=self.calendar,
            channel=self.office.channel,
            clock=lambda: at + timedelta(seconds=5),
        )
        runner.answer(conversation_id=self.conversation.pk, tools=tools)
        said = Message.objects.filter(direction="outbound").exclude(pk__in=before)
        return list(said.order_by("number").values_list("text", flat=True))

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.get()


@pytest.fixture
def world() -> World:
    publish(nudges=(), reminders=[60])
    host = make_host("marta")
    office, calendar = answered(name="Ana López"), FakeCalendar()
    offer = make_offer(office.conversation, host, THURSDAY_TEN)
    Booker(office.conversation, calendar, now=NOW).book(offer)
    assert Meeting.objects.get().state == "confirmed"
    return World(office, calendar)


def test_a_move_is_told_with_day_hour_and_zone_and_the_reminder_follows(world: World) -> None:
    follow_ups.run(clock=lambda: NOW)
    world.move(LATER)
    [message] = world.pass_round(NOW + HOUR)
    assert (message.author, message.state) == ("system", "sent")
    assert message.text.startswith("¡Hola, Ana! Tuvimos que cambiar tu cita. Ahora es:")
    assert "jueves 26 de noviembre a las 12:00 (hora de Ciudad de México)" in message.text
    assert "Marta" in message.text
    assert "https://meet.example.com/event-1" in message.text
    assert "buscamos otra hora" in message.text
    assert world.pass_round(NOW + 2 * HOUR) == []
    assert world.office.heard == [message.text]
    follow_ups.look_back(now=NOW + 2 * HOUR)
    follow_ups.run(clock=lambda: NOW + 2 * HOUR)
    planned = [row for row in world.office.rows if row[0] == "planned"]
    assert [due for _state, _why, due in planned] == [LATER - HOUR]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Hi, Ana! We had to move your appointment.", "Thursday, November 26 at 12:00 PM")),
        (
            "pt",
            ("Oi, Ana! Precisamos mudar a sua reunião.", "quinta-feira, 26 de novembro às 12:00"),
        ),
    ],
)
def test_in_the_leads_language(world: World, language: str, words: tuple[str, str]) -> None:
    Conversation.objects.update(language=language)
    world.move(LATER)
    [message] = world.pass_round(NOW + HOUR)
    assert all(each in message.text.replace("\u202f", " ") for each in words)


def test_on_the_leads_own_clock(world: World) -> None:
    Lead.objects.update(time_zone="America/Tijuana")
    world.move(LATER)
    [message] = world.pass_round(NOW + HOUR)
    assert "a las 10:00 (hora de Tijuana)" in message.text


def test_longer_or_shorter_is_no_news(world: World) -> None:
    world.move(THURSDAY_TEN, HOUR)
    assert world.pass_round(NOW + HOUR) == []
    assert Meeting.objects.get(state="confirmed").during.upper == THURSDAY_TEN + HOUR


def test_a_lead_who_cannot_come_then_is_offered_other_times(world: World) -> None:
    world.move(LATER)
    world.pass_round(NOW + HOUR)
    [said] = world.hears("No puedo a esa hora", NOW + 2 * HOUR)
    assert "la cambiamos. Tengo estas horas libres" in said


def test_a_cancellation_comes_with_new_times_that_can_be_tapped(world: World) -> None:
    world.cancel()
    [message] = world.pass_round(NOW + HOUR)
    assert (message.author, message.kind, message.state) == ("system", "list", "sent")
    assert message.text.startswith(
        "¡Hola, Ana! Una disculpa: tuvimos que cancelar tu cita del jueves 26 de noviembre a las "
        "10:00. Te propongo estas horas."
    )
    options = message.content["options"]
    assert {option["id"] for option in options} == {
        str(pk)
        for pk in SlotOffer.objects.filter(created_at=NOW + HOUR).values_list("pk", flat=True)
    }
    assert len(options) >= 3
    assert Meeting.objects.get().state == "cancelled"
    said = world.hears(options[1]["title"], NOW + 2 * HOUR, tapped=options[1]["id"])
    assert "confirmada" in said[0]
    booked = Meeting.objects.get(state="confirmed")
    assert booked.during.lower == SlotOffer.objects.get(pk=options[1]["id"]).during.lower
    assert world.pass_round(NOW + 3 * HOUR) == []


def test_words_choose_among_them_too(world: World) -> None:
    world.cancel()
    [message] = world.pass_round(NOW + HOUR)
    said = world.hears("la segunda", NOW + 2 * HOUR)
    assert "confirmada" in said[0]
    second = message.content["options"][1]["id"]
    assert (
        Meeting.objects.get(state="confirmed").during.lower
        == SlotOffer.objects.get(pk=second).during.lower
    )


def test_without_times_a_person_writes(world: World) -> None:
    world.cancel()
    world.calendar.broken_mailboxes["marta@example.com"] = "ErrorAccessDenied"
    [message] = world.pass_round(NOW + HOUR)
    assert (message.kind, message.state) == ("text", "sent")
    assert message.text.endswith("Un asesor te escribe por aquí para buscar otra hora.")
    conversation = world.conversation
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "provider_down")


def test_a_colleague_who_answers_is_not_talked_over(world: World) -> None:
    handoff.take_over(
        conversation_id=world.conversation.pk, staff=make_staff(), now=NOW + 30 * MINUTE
    )
    world.cancel()
    [message] = world.pass_round(NOW + HOUR)
    assert (message.author, message.kind) == ("system", "text")
    assert message.text.endswith("Un asesor te escribe por aquí para buscar otra hora.")
    conversation = world.conversation
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "takeover")
    assert SlotOffer.objects.count() == 1


@pytest.mark.parametrize("act", ["move", "cancel"])
def test_who_said_stop_hears_nothing_and_a_colleague_knows(world: World, act: str) -> None:
    Lead.objects.update(opted_out_at=NOW)
    world.move(LATER) if act == "move" else world.cancel()
    assert world.pass_round(NOW + HOUR) == []
    conversation = world.conversation
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "send_failed")
    assert SlotOffer.objects.count() == 1


@pytest.mark.parametrize("act", ["move", "cancel"])
def test_with_the_window_closed_a_colleague_gets_the_words(world: World, act: str) -> None:
    world.move(LATER) if act == "move" else world.cancel()
    [message] = world.pass_round(NOW + timedelta(hours=25))
    assert message.state == "failed"
    assert world.office.heard == []
    conversation = world.conversation
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "window_closed")


def test_who_would_not_be_offered_a_meeting_is_left_to_a_person(world: World) -> None:
    version = publish()
    version.content = {**version.content, "meeting_from": 100}
    version.save(update_fields=["content"])
    world.cancel()
    [said] = world.pass_round(NOW + HOUR)
    assert said.kind == "text"
    assert said.text.endswith("Un asesor te escribe por aquí para buscar otra hora.")
    assert not SlotOffer.objects.filter(created_at=NOW + HOUR).exists()
    assert world.conversation.mode == "staff"
