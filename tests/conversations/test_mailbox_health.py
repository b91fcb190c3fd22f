"""Mailboxes that cannot be read: noted, out of the rota, asked again, back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conversations.models import Conversation, Salesperson
from conversations.services import mailbox_health, meetings
from conversations.services.meetings import Wish
from integrations.scheduling import CalendarError
from tests.conversations.meeting_rows import NOW, make_conversation, make_host
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def calendar() -> FakeCalendar:
    fake = FakeCalendar()
    fake.broken_mailboxes["ana@example.com"] = "ErrorMailboxNotFound"
    return fake


def _hosts(conversation: Conversation, calendar: FakeCalendar, now: datetime = NOW) -> set[str]:
    offer = meetings.offer_slots(
        conversation_id=conversation.pk, wish=Wish(), calendar=calendar, now=now
    )
    return {slot.host for slot in offer.slots} or {offer.problem}


def _stored() -> tuple[str, datetime | None, datetime | None]:
    host = Salesperson.objects.get(mailbox="ana@example.com")
    return host.mailbox_problem, host.mailbox_failing_since, host.mailbox_check_due_at


def test_a_broken_one_leaves_the_rota_and_comes_back(calendar: FakeCalendar) -> None:
    ana = make_host("ana")
    make_host("luis", last_assigned_at=NOW)
    conversation = make_conversation()
    assert _hosts(conversation, calendar) == {"Luis"}
    assert _stored() == ("ErrorMailboxNotFound", NOW, NOW + MINUTE)
    assert [host.pk for host in mailbox_health.failing()] == [ana.pk]
    calendar.broken_mailboxes.clear()
    assert mailbox_health.check_due(calendar=calendar, now=NOW) == 0
    assert mailbox_health.check_due(calendar=calendar, now=NOW + MINUTE) == 1
    assert _stored() == ("", None, None)
    assert mailbox_health.failing() == ()
    assert _hosts(make_conversation(), calendar) == {"Ana"}


def test_it_is_asked_ever_less_often_and_at_least_hourly(calendar: FakeCalendar) -> None:
    make_host("ana")
    _hosts(make_conversation(), calendar)
    now, asked = NOW, []
    while now < NOW + timedelta(hours=5):
        now += MINUTE
        if mailbox_health.check_due(calendar=calendar, now=now):
            asked.append((now - NOW) // MINUTE)
    assert asked == [1, 2, 4, 8, 16, 32, 64, 124, 184, 244]
    assert _stored()[1] == NOW


def test_none_can_be_read(calendar: FakeCalendar) -> None:
    make_host("ana")
    conversation = make_conversation()
    assert _hosts(conversation, calendar) == {"calendar_down"}
    calls = len(calendar.calls)
    assert _hosts(conversation, calendar) == {"calendar_down"}
    assert len(calendar.calls) == calls


def test_a_calendar_that_is_down_says_nothing_of_its_mailboxes(calendar: FakeCalendar) -> None:
    make_host("ana")
    calendar.fail("busy", CalendarError("503"))
    assert _hosts(make_conversation(), calendar) == {"calendar_down"}
    assert _stored() == ("", None, None)
    _hosts(make_conversation(), calendar)
    calendar.fail("busy", CalendarError("503"))
    mailbox_health.check_due(calendar=calendar, now=NOW + MINUTE)
    assert _stored() == ("ErrorMailboxNotFound", NOW, NOW + 2 * MINUTE)


def test_somebody_mended_it(calendar: FakeCalendar) -> None:
    host = make_host("ana")
    _hosts(make_conversation(), calendar)
    later = NOW + timedelta(seconds=5)
    mailbox_health.recheck(host_id=host.pk, now=later)
    assert mailbox_health.check_due(calendar=calendar, now=later) == 1
