"""Staff move a meeting, see to what is in its way, and read what happened to it."""

from __future__ import annotations

import html
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Conflict, Meeting, MeetingState, Salesperson, User
from conversations.services import meetings
from conversations.services.meeting_brief import booking_of
from integrations import registry
from integrations.scheduling import CalendarError
from tests.conversations.admin import rows
from tests.fakes.calendar import FakeCalendar

S = MeetingState
ALWAYS = {str(day): [["00:00", "24:00"]] for day in range(7)}


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> FakeCalendar:
    fake = FakeCalendar()
    monkeypatch.setattr(registry, "calendar", lambda: fake)
    return fake


@pytest.fixture
def host(salesperson: User) -> Salesperson:
    return rows.make_salesperson(salesperson, working_hours=ALWAYS, notice_minutes=0)


@pytest.fixture
def meeting(host: Salesperson, calendar: FakeCalendar) -> Meeting:
    return rows.make_meeting(rows.make_conversation(1).lead, host, number=48)


def url_of(name: str, meeting: Meeting) -> str:
    return reverse(f"admin:conversations_meeting_{name}", args=[meeting.pk])


def page_of(client: Client, meeting: Meeting) -> str:
    return html.unescape(client.get(url_of("change", meeting)).content.decode())


def choices(client: Client, meeting: Meeting, **query: int) -> list[Any]:
    page = client.get(url_of("move", meeting), query)
    return [start for day in page.context["days"] for start in day.starts]


def test_a_meeting_moves_to_a_free_time_of_its_host(
    sales_page: Client, meeting: Meeting, calendar: FakeCalendar
) -> None:
    assert url_of("move", meeting) in page_of(sales_page, meeting)
    free = choices(sales_page, meeting)
    taken = {meeting.during.lower + timedelta(minutes=30 * each) for each in (-1, 0)}
    assert not taken & {start.at for start in free}
    chosen = free[-1]
    moved = sales_page.post(url_of("move", meeting), {"slot": chosen.slot_id})
    new = Meeting.objects.get(state=S.CONFIRMED)
    assert moved.headers["Location"] == url_of("change", new)
    assert (new.during.lower, new.replaces_id, new.moved_by) == (chosen.at, meeting.pk, "staff")
    history = sales_page.get(url_of("change", new)).context["history"]
    assert [event.what.partition(" ")[0] for event in history] == ["Booked", "Moved"]
    assert history[1].by == "Ana Ruiz"
    # The same press again finds it done.
    assert sales_page.post(url_of("move", new), {"slot": chosen.slot_id}).status_code == 302
    assert Meeting.objects.count() == 2


def test_a_colleague_may_take_it_over_and_a_lead_of_nobody_with_it(
    sales_page: Client, admin_page: Client, meeting: Meeting, calendar: FakeCalendar
) -> None:
    eva = rows.make_user("eva", first_name="Eva")
    other = rows.make_salesperson(eva, working_hours=ALWAYS, notice_minutes=0)
    free = choices(sales_page, meeting, host=other.pk)
    moved = sales_page.post(url_of("move", meeting), {"slot": free[0].slot_id})
    assert moved.headers["Location"] == reverse("admin:conversations_meeting_changelist")
    new = Meeting.objects.get(state=S.CONFIRMED)
    assert new.salesperson == other
    assert "Eva Ruiz" in admin_page.get(url_of("change", new)).context["history"][1].what


def test_a_time_that_is_gone_is_said_with_the_others(
    sales_page: Client, meeting: Meeting, calendar: FakeCalendar
) -> None:
    chosen = choices(sales_page, meeting)[-1]
    rows.make_meeting(rows.make_conversation(2).lead, meeting.salesperson, number=1)
    Meeting.objects.exclude(pk=meeting.pk).update(
        during=(chosen.at, chosen.at + timedelta(minutes=30))
    )
    refused = sales_page.post(url_of("move", meeting), {"slot": chosen.slot_id})
    assert "Somebody else has that time now" in refused.content.decode()
    assert refused.context["days"]
    forged = sales_page.post(url_of("move", meeting), {"slot": "forged"})
    assert "can no longer be booked" in forged.content.decode()
    assert Meeting.objects.get(pk=meeting.pk).state == S.CONFIRMED


def test_a_calendar_that_is_down_opens_the_page_and_keeps_the_old_time(
    sales_page: Client, meeting: Meeting, calendar: FakeCalendar
) -> None:
    chosen = choices(sales_page, meeting)[-1]
    calendar.fail("busy", CalendarError("Microsoft Graph answered 503"), times=3)
    page = sales_page.get(url_of("move", meeting))
    assert "their calendar cannot be read" in page.content.decode()
    later = sales_page.post(url_of("move", meeting), {"slot": chosen.slot_id}, follow=True)
    assert "until it does, the old time stands" in later.content.decode()
    assert Meeting.objects.get(pk=meeting.pk).state == S.CONFIRMED


def test_one_that_did_not_take_place_is_put_off(
    sales_page: Client, host: Salesperson, calendar: FakeCalendar
) -> None:
    past = rows.make_meeting(rows.make_conversation(1).lead, host, number=-5, state=S.OVER)
    assert "Put off: choose a new time" in page_of(sales_page, past)
    sales_page.post(url_of("move", past), {"slot": choices(sales_page, past)[0].slot_id})
    new = Meeting.objects.get(state=S.CONFIRMED)
    past.refresh_from_db()
    assert (past.state, new.replaces_id, new.moved_by) == (S.RESCHEDULED, past.pk, "staff")
    assert sales_page.get(url_of("move", past)).status_code == 302


def test_one_that_is_put_off_while_the_calendar_is_down_is_so_once_it_answers(
    sales_page: Client, host: Salesperson, calendar: FakeCalendar
) -> None:
    past = rows.make_meeting(rows.make_conversation(1).lead, host, number=-5, state=S.OVER)
    stood = calendar.create(booking_of(past))
    Meeting.objects.update(event_id=stood.event_id)
    chosen = choices(sales_page, past)[0]
    calendar.fail("busy", CalendarError("Microsoft Graph answered 503"))
    sales_page.post(url_of("move", past), {"slot": chosen.slot_id})
    new = Meeting.objects.get(state=S.BOOKING)
    past.refresh_from_db()
    assert (past.state, new.replaces_id) == (S.OVER, past.pk)
    due = new.created_at + timedelta(minutes=5)
    (settled,) = meetings.finish_pending(calendar=calendar, now=due)
    past.refresh_from_db()
    new.refresh_from_db()
    assert (past.state, new.state) == (S.RESCHEDULED, S.CONFIRMED)
    # What stood in the calendar then is left there, and the new one has an event of its own.
    assert {event.id for event in calendar.standing} == {stood.event_id, new.event_id}
    assert calendar.events[stood.event_id].starts_at == past.during.lower
    assert new.event_id != stood.event_id
    assert not settled.moved


def test_nothing_comes_of_putting_off_where_the_calendar_refuses(
    sales_page: Client, host: Salesperson, calendar: FakeCalendar
) -> None:
    past = rows.make_meeting(rows.make_conversation(1).lead, host, number=-5, state=S.OVER)
    chosen = choices(sales_page, past)[0]
    calendar.fail("busy", CalendarError("Microsoft Graph answered 503"))
    sales_page.post(url_of("move", past), {"slot": chosen.slot_id})
    calendar.fail("busy", CalendarError("no mailbox", permanent=True))
    due = Meeting.objects.get(state=S.BOOKING).created_at + timedelta(minutes=5)
    (settled,) = meetings.finish_pending(calendar=calendar, now=due)
    past.refresh_from_db()
    assert (past.state, settled.moved) == (S.OVER, False)


def test_the_meeting_that_moves_does_not_fill_its_own_day(
    sales_page: Client, meeting: Meeting, calendar: FakeCalendar
) -> None:
    Salesperson.objects.update(daily_cap=1, time_zone="UTC")
    day = meeting.during.lower.date()
    assert day in {start.at.astimezone(UTC).date() for start in choices(sales_page, meeting)}


@pytest.mark.parametrize("state", [S.BOOKING, S.CANCELLED, S.COMPLETED, S.RESCHEDULED])
def test_others_cannot_be_moved(
    sales_page: Client, meeting: Meeting, state: str, calendar: FakeCalendar
) -> None:
    Meeting.objects.update(state=state)
    assert url_of("move", meeting) not in page_of(sales_page, meeting)
    assert sales_page.get(url_of("move", meeting)).status_code == 302
    assert calendar.calls == []


def test_what_is_in_the_way_is_shown_until_somebody_decides(
    sales_page: Client, meeting: Meeting
) -> None:
    inbox = reverse("admin:conversations_conversation_changelist")
    listed = reverse("admin:conversations_meeting_changelist")
    thread = reverse("admin:conversations_conversation_thread", args=[meeting.lead.conversation.pk])
    words = "Something else is in the calendar of Ana Ruiz"
    everywhere = [url_of("change", meeting), listed, f"{listed}?attention=conflict", thread]
    assert not any(words in sales_page.get(url).content.decode() for url in everywhere)
    rows.put_in_the_way(meeting)
    assert all(words in sales_page.get(url).content.decode() for url in everywhere)
    assert "1 meeting has something in its way" in sales_page.get(inbox).content.decode()
    kept = sales_page.post(url_of("keep", meeting), {"back": "thread"})
    assert kept.headers["Location"] == thread
    assert "something in its way" not in sales_page.get(inbox).content.decode()
    shown = [sales_page.get(url).content.decode() for url in everywhere[1:]]
    assert not any(words in page for page in shown)
    noted = sales_page.get(url_of("change", meeting)).context["history"][-1]
    assert noted.by == "Ana Ruiz"
    assert noted.what.startswith("Left as it is. Something else")
    moved = sales_page.post(
        url_of("move", meeting), {"slot": choices(sales_page, meeting)[-1].slot_id}, follow=True
    )
    happened = [event.what.partition(" ")[0] for event in moved.context["history"]]
    assert happened == ["Booked", "Left", "Moved"]
    again = sales_page.post(url_of("keep", meeting), follow=True)
    assert "Nothing is in the way any more." in again.content.decode()


def test_another_meeting_in_the_way_is_named(
    sales_page: Client, meeting: Meeting, host: Salesperson
) -> None:
    other = rows.make_meeting(rows.make_conversation(2, name="Beto").lead, host, number=50)
    rows.put_in_the_way(meeting, Conflict.CANNOT_FOLLOW)
    Meeting.objects.filter(pk=meeting.pk).update(conflict_during=other.during)
    page = page_of(sales_page, meeting)
    assert "moved it in the calendar to" in page
    assert url_of("change", other) in page
    stranger = rows.make_conversation(3, owner=rows.make_user("eva"), name="Secreta").lead
    Meeting.objects.filter(pk=other.pk).update(lead=stranger)
    page = page_of(sales_page, meeting)
    assert url_of("change", other) not in page
    assert "Secreta" not in page


def test_who_called_it_off_and_how_it_went_is_told(
    sales_page: Client, meeting: Meeting, host: Salesperson
) -> None:
    sales_page.post(url_of("cancel", meeting))
    history = sales_page.get(url_of("change", meeting)).context["history"]
    assert [(event.what, event.by) for event in history][1:] == [("Cancelled", "Ana Ruiz")]
    by_lead = rows.make_meeting(rows.make_conversation(2).lead, host, number=60)
    meetings.cancel(
        calendar=registry.calendar(), now=rows.now(), by="lead", meeting_id=by_lead.pk, comment="Ay"
    )
    history = sales_page.get(url_of("change", by_lead)).context["history"]
    assert (history[-1].what, history[-1].by) == ("Cancelled: Ay", "Lead")
    past = rows.make_meeting(rows.make_conversation(3).lead, host, number=-5, state=S.OVER)
    sales_page.post(url_of("outcome", past), {"outcome": S.NO_SHOW})
    history = sales_page.get(url_of("change", past)).context["history"]
    assert (history[-1].what, history[-1].by) == ("Noted: No-show.", "Ana Ruiz")
