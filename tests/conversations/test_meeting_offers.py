"""Whose times are offered, and when none are."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from psycopg.types.range import Range

from conversations.models import (
    CalendarWatch,
    Conversation,
    DayOff,
    Meeting,
    MeetingState,
    Salesperson,
    SlotOffer,
)
from conversations.services import meetings
from conversations.services.meetings import Offer, Wish
from integrations.scheduling import CalendarError
from tests.conversations.meeting_rows import (
    HALF_HOUR,
    NOW,
    TOMORROW_TEN,
    Booker,
    make_conversation,
    make_host,
)
from tests.fakes.calendar import FakeCalendar

pytestmark = pytest.mark.django_db


@pytest.fixture
def calendar() -> FakeCalendar:
    return FakeCalendar()


def _offer(conversation: Conversation, calendar: FakeCalendar, **wish: object) -> Offer:
    return meetings.offer_slots(
        conversation_id=conversation.pk,
        wish=Wish(**wish),  # type: ignore[arg-type]
        calendar=calendar,
        now=NOW,
    )


def test_an_offer_is_varied_and_stored(calendar: FakeCalendar) -> None:
    make_host()
    conversation = make_conversation()
    offer = _offer(conversation, calendar)
    assert offer.problem == ""
    assert len(offer.slots) == 6
    assert len({slot.starts_at.date() for slot in offer.slots}) == 3
    assert {slot.host for slot in offer.slots} == {"Ana"}
    stored = SlotOffer.objects.filter(conversation=conversation)
    assert {str(row.pk) for row in stored} == {slot.id for slot in offer.slots}
    assert meetings.current_offer(conversation_id=conversation.pk, now=NOW) == offer.slots


def test_only_the_latest_offer_is_current(calendar: FakeCalendar) -> None:
    make_host()
    conversation = make_conversation()
    _offer(conversation, calendar)
    later = NOW + timedelta(minutes=1)
    latest = meetings.offer_slots(
        conversation_id=conversation.pk, wish=Wish(), calendar=calendar, now=later
    )
    current = meetings.current_offer(conversation_id=conversation.pk, now=later)
    assert current == latest.slots


def test_looking_stores_nothing_and_still_can_be_booked(calendar: FakeCalendar) -> None:
    make_host()
    conversation = make_conversation()
    offered = _offer(conversation, calendar).slots
    seen = meetings.find_slots(
        conversation_id=conversation.pk, wish=Wish(), calendar=calendar, now=NOW
    ).slots
    assert [slot.starts_at for slot in seen] == [slot.starts_at for slot in offered]
    assert SlotOffer.objects.count() == len(offered)
    assert meetings.current_offer(conversation_id=conversation.pk, now=NOW) == offered
    booked = Booker(conversation, calendar).book(seen[2].id)
    assert booked.meeting is not None
    assert booked.meeting.starts_at == seen[2].starts_at


@pytest.mark.parametrize("spoilt", ["", "x", "of another conversation", "too old"])
def test_a_signed_time_is_only_what_we_signed(calendar: FakeCalendar, spoilt: str) -> None:
    make_host()
    conversation = make_conversation()
    asked = make_conversation() if spoilt == "of another conversation" else conversation
    slot = meetings.find_slots(
        conversation_id=asked.pk, wish=Wish(), calendar=calendar, now=NOW
    ).slots[-1]
    now = NOW + timedelta(hours=25) if spoilt == "too old" else NOW
    slot_id = {"": slot.id[:-1], "x": f"x{slot.id}"}.get(spoilt, slot.id)
    booked = Booker(conversation, calendar, now=now).book(slot_id)
    assert booked.status == "expired"
    assert not Meeting.objects.exists()


def test_a_wished_day_is_honoured_in_the_lead_s_zone(calendar: FakeCalendar) -> None:
    make_host()
    conversation = make_conversation(time_zone="Europe/Madrid")
    offer = _offer(conversation, calendar, day=date(2026, 11, 26), part="afternoon")
    on_the_day = [slot for slot in offer.slots if slot.starts_at.date() == date(2026, 11, 26)]
    assert len(on_the_day) == 4


def test_the_owner_comes_before_whose_turn_it_is(calendar: FakeCalendar) -> None:
    make_host("ana")
    owner = make_host("luis", last_assigned_at=NOW)
    offer = _offer(make_conversation(owner=owner.user), calendar)
    assert {slot.host for slot in offer.slots} == {"Luis"}


def test_without_an_owner_the_least_recently_assigned(calendar: FakeCalendar) -> None:
    make_host("ana", last_assigned_at=NOW)
    make_host("luis", last_assigned_at=NOW - timedelta(days=1))
    offer = _offer(make_conversation(), calendar)
    assert {slot.host for slot in offer.slots} == {"Luis"}


def test_who_speaks_the_lead_s_language_comes_first(calendar: FakeCalendar) -> None:
    make_host("ana", languages=["es"])
    make_host("luis", languages=["es", "pt"], last_assigned_at=NOW)
    assert {slot.host for slot in _offer(make_conversation(), calendar).slots} == {"Ana"}
    for language, host in (("es", "Ana"), ("pt", "Luis"), ("en", "Ana")):
        offer = _offer(make_conversation(language=language), calendar)
        assert {slot.host for slot in offer.slots} == {host}


def test_who_weighs_more_is_back_sooner(calendar: FakeCalendar) -> None:
    """Two of three: whose second last meeting is longer ago than another's last."""
    ana = make_host("ana", weight=2, last_assigned_at=NOW)
    make_host("luis", last_assigned_at=NOW - timedelta(hours=2))
    for hours, first in ((3, "Ana"), (1, "Luis")):
        _completed(ana, NOW)
        earlier = _completed(ana, NOW - timedelta(hours=hours))
        offer = _offer(make_conversation(), calendar)
        assert {slot.host for slot in offer.slots} == {first}
        earlier.delete()


def _completed(host: Salesperson, confirmed_at: datetime) -> Meeting:
    return Meeting.objects.create(
        lead=make_conversation().lead,
        salesperson=host,
        during=Range(confirmed_at - timedelta(days=30), confirmed_at - timedelta(days=29)),
        state=MeetingState.COMPLETED,
        time_zone="UTC",
        confirmed_at=confirmed_at,
        created_at=NOW,
    )


def test_days_off_and_full_days_are_not_offered(calendar: FakeCalendar) -> None:
    """Tuesday is off, Thursday full."""
    host = make_host(horizon_days=5, daily_cap=1)
    DayOff.objects.create(
        salesperson=host, first_day=date(2026, 11, 24), last_day=date(2026, 11, 24)
    )
    lead = make_conversation()
    Meeting.objects.create(
        lead=lead.lead,
        salesperson=host,
        during=Range(
            TOMORROW_TEN + timedelta(days=2), TOMORROW_TEN + timedelta(days=2, minutes=30)
        ),
        state=MeetingState.CONFIRMED,
        time_zone="UTC",
        created_at=NOW,
    )
    days = {slot.starts_at.day for slot in _offer(make_conversation(), calendar).slots}
    assert days == {23, 25, 27}
    # Whose meeting it is may move it to another hour of that day.
    days = {slot.starts_at.day for slot in _offer(lead, calendar, day=date(2026, 11, 26)).slots}
    assert 26 in days


def test_the_host_stays_the_same_for_a_lead(calendar: FakeCalendar) -> None:
    hosts = [make_host("ana"), make_host("luis"), make_host("eva")]
    conversation = make_conversation()
    first = {slot.host for slot in _offer(conversation, calendar).slots}
    assigned = next(host for host in hosts if str(host) in first)
    assigned.last_assigned_at = NOW
    assigned.save()
    assert {slot.host for slot in _offer(conversation, calendar).slots} == first


def test_a_broken_mailbox_is_not_offered(calendar: FakeCalendar) -> None:
    make_host("ana")
    make_host("luis", last_assigned_at=NOW)
    calendar.broken_mailboxes["ana@example.com"] = "ErrorMailboxNotFound"
    offer = _offer(make_conversation(), calendar)
    assert {slot.host for slot in offer.slots} == {"Luis"}


def test_no_mailbox_answers(calendar: FakeCalendar) -> None:
    make_host()
    calendar.broken_mailboxes["ana@example.com"] = "ErrorMailboxNotFound"
    assert _offer(make_conversation(), calendar).problem == "calendar_down"


def test_the_calendar_is_down(calendar: FakeCalendar) -> None:
    make_host()
    calendar.fail("busy", CalendarError("503"))
    assert _offer(make_conversation(), calendar) == Offer(problem="calendar_down")


def test_nobody_takes_meetings(calendar: FakeCalendar) -> None:
    make_host(takes_meetings=False)
    left = make_host("luis")
    left.user.is_active = False
    left.user.save()
    assert _offer(make_conversation(), calendar) == Offer(problem="no_slots")


def test_a_full_calendar(calendar: FakeCalendar) -> None:
    make_host()
    calendar.add_busy("ana@example.com", NOW, NOW + timedelta(days=20))
    assert _offer(make_conversation(), calendar) == Offer(problem="no_slots")


@pytest.mark.parametrize(
    ("state", "hold_expires_in", "offered"),
    [
        (MeetingState.CONFIRMED, None, False),
        (MeetingState.BOOKING, 5, False),
        # Until the sweeper has released it: its event may already stand in the calendar.
        (MeetingState.BOOKING, -5, False),
        (MeetingState.CANCELLED, None, True),
    ],
)
def test_own_meetings_block_their_time_and_buffers(
    calendar: FakeCalendar, state: MeetingState, hold_expires_in: int | None, offered: bool
) -> None:
    host = make_host(
        working_hours={"1": [["10:00", "11:30"]]}, horizon_days=2, buffer_after_minutes=10
    )
    expires_at = None if hold_expires_in is None else NOW + timedelta(minutes=hold_expires_in)
    Meeting.objects.create(
        lead=make_conversation().lead,
        salesperson=host,
        during=Range(TOMORROW_TEN, TOMORROW_TEN + HALF_HOUR),
        state=state,
        time_zone="America/Mexico_City",
        hold_expires_at=expires_at,
        created_at=NOW,
    )
    starts = [slot.starts_at for slot in _offer(make_conversation(), calendar).slots]
    assert (TOMORROW_TEN in starts) is offered
    assert (TOMORROW_TEN + HALF_HOUR in starts) is offered
    assert TOMORROW_TEN + 2 * HALF_HOUR in starts


def test_a_time_at_the_edge_of_the_notice_can_still_be_tapped(calendar: FakeCalendar) -> None:
    make_host(working_hours={"0": [["11:00", "12:00"]]}, horizon_days=1, notice_minutes=115)
    conversation = make_conversation()
    offer = _offer(conversation, calendar)  # 11:00 is 120 minutes away
    assert [slot.starts_at for slot in offer.slots] == [NOW + timedelta(hours=2, minutes=30)]
    booker = Booker(conversation, calendar, now=NOW + timedelta(minutes=15))
    assert booker.book(offer.slots[0].id).status == "confirmed"


@pytest.mark.parametrize("since", ["day off", "full day"])
def test_a_day_that_closed_since_the_offer_is_no_longer_booked(
    calendar: FakeCalendar, since: str
) -> None:
    host = make_host(working_hours={"1": [["10:00", "12:00"]]}, daily_cap=1, horizon_days=2)
    conversation, other = make_conversation(), make_conversation()
    wanted = _offer(conversation, calendar).slots[0]
    if since == "day off":
        DayOff.objects.create(
            salesperson=host, first_day=date(2026, 11, 20), last_day=date(2026, 11, 24)
        )
    else:
        last = _offer(other, calendar).slots[-1]
        assert Booker(other, calendar).book(last.id).status == "confirmed"
    assert Booker(conversation, calendar).book(wanted.id).status == "taken"
    assert not Meeting.objects.filter(lead=conversation.lead).exists()


def test_a_time_that_the_calendar_took_is_not_offered_again(calendar: FakeCalendar) -> None:
    """Also where what the calendar said a moment ago is kept: it was not told of that yet."""
    host = make_host()
    CalendarWatch.objects.create(
        salesperson=host,
        mailbox=host.mailbox,
        expires_at=NOW + timedelta(days=2),
        renew_due_at=NOW,
        created_at=NOW,
    )
    conversation = make_conversation()
    wanted = _offer(conversation, calendar).slots[2]
    calendar.add_busy(host.mailbox, wanted.starts_at, wanted.ends_at)
    assert wanted.starts_at in {slot.starts_at for slot in _offer(conversation, calendar).slots}
    booked = Booker(conversation, calendar).book(wanted.id)
    assert booked.status == "taken"
    assert wanted.starts_at not in {slot.starts_at for slot in booked.alternatives}
