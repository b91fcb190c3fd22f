"""What a lead hears when staff book, move or call off their meeting."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from agent import meeting_news
from conversations.models import Conversation, HandoffReason, Lead, Meeting, Message, Mode
from conversations.services import meetings
from conversations.services.meetings import BookingStatus
from integrations.scheduling import CalendarError
from tests.agent.silent_leads import HOUR, NOW, answered, publish
from tests.conversations.meeting_rows import make_host, make_offer
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
THURSDAY_TEN = NOW + timedelta(days=3)  # 10:00 in Mexico City


class Desk:
    """A colleague who changes the lead's meeting."""

    def __init__(self) -> None:
        publish(nudges=(), reminders=[60])
        self.host, self.calendar = make_host("marta"), FakeCalendar()
        self.conversation = answered(name="Ana López").conversation

    def act(self, move: bool, starts_at: datetime = THURSDAY_TEN) -> BookingStatus:
        service = meetings.reschedule if move else meetings.book
        return service(
            conversation_id=self.conversation.pk,
            slot_id=make_offer(self.conversation, self.host, starts_at),
            calendar=self.calendar,
            turn_id=None,
            turn_index=None,
            now=NOW,
            by="staff",
        ).status

    def cancel(self) -> None:
        meetings.cancel(
            meeting_id=Meeting.objects.get(state="confirmed").pk,
            by="staff",
            calendar=self.calendar,
            now=NOW,
        )


@pytest.fixture
def desk() -> Desk:
    return Desk()


def heard() -> list[str]:
    """What was queued for the lead since they were answered, first lines."""
    rows = Message.objects.filter(author="system").order_by("number")
    return [text.splitlines()[0] for text in rows.values_list("text", flat=True)]


def test_the_lead_hears_of_each_change(desk: Desk) -> None:
    desk.act(move=False)
    desk.act(move=True, starts_at=THURSDAY_TEN + 2 * HOUR)
    desk.cancel()
    assert heard() == [
        "¡Listo, Ana! Tu cita quedó confirmada:",
        "¡Hola, Ana! Tuvimos que cambiar tu cita. Ahora es:",
        "¡Hola, Ana! Una disculpa: tuvimos que cancelar tu cita del jueves 26 de noviembre a las "
        "12:00. Si quieres otra hora, escríbeme y la buscamos.",
    ]
    conversation = Conversation.objects.get()
    assert conversation.mode == Mode.BOT


def test_a_portuguese_lead_hears_it_in_portuguese(desk: Desk) -> None:
    Conversation.objects.update(language="pt")
    desk.act(move=False)
    desk.cancel()
    assert heard()[1].startswith("Oi, Ana! Desculpa: tivemos que cancelar a sua reunião")


def test_who_gets_no_invitation_gets_a_link_for_their_calendar(
    desk: Desk, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://crm.example.com"
    desk.act(move=False)
    desk.act(move=True, starts_at=THURSDAY_TEN + 2 * HOUR)
    texts = list(Message.objects.filter(author="system").values_list("text", flat=True))
    assert len(texts) == 2
    for text in texts:
        assert "📲 Agrégala a tu calendario: https://crm.example.com/m/" in text


def test_who_said_stop_hears_nothing_and_a_colleague_knows(desk: Desk) -> None:
    desk.act(move=False)
    Message.objects.filter(author="system").delete()
    Lead.objects.update(opted_out_at=NOW)
    desk.cancel()
    assert heard() == []
    assert Conversation.objects.get().mode == Mode.STAFF


def test_a_move_that_the_calendar_answers_late_is_told_then(desk: Desk) -> None:
    desk.act(move=False)
    desk.calendar.fail("busy", CalendarError("503"))
    assert desk.act(move=True, starts_at=THURSDAY_TEN + 2 * HOUR) is BookingStatus.PENDING
    assert len(heard()) == 1
    meeting_news.settle(calendar=desk.calendar, now=NOW + timedelta(minutes=5))
    assert heard()[1] == "¡Hola, Ana! Tuvimos que cambiar tu cita. Ahora es:"


def test_a_move_that_came_to_nothing_is_for_staff_to_see(desk: Desk) -> None:
    desk.act(move=False)
    desk.calendar.fail("busy", CalendarError("503"))
    desk.act(move=True, starts_at=THURSDAY_TEN + 2 * HOUR)
    desk.calendar.fail("busy", CalendarError("403", permanent=True))
    meeting_news.settle(calendar=desk.calendar, now=NOW + timedelta(minutes=5))
    conversation = Conversation.objects.get()
    assert len(heard()) == 1
    assert conversation.mode == Mode.BOT
    assert conversation.handoff_reason == HandoffReason.PROVIDER_DOWN
    assert Meeting.objects.get(state="confirmed").during.lower == THURSDAY_TEN
