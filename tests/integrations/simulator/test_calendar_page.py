"""The salesperson's calendar in the browser: what it shows, and what they can do there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from integrations.models import SimulatedMailbox, SimulatedMailboxEvent
from integrations.outlook.payloads import event_request
from integrations.outlook.texts import new_text
from integrations.simulator.calendar import week
from integrations.simulator.graph import store
from tests.contracts.calendar import a_booking

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
# Tuesday, 10:00 in Mexico City.
STARTS_AT = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
WEEK = "2026-11-23"


@pytest.fixture
def mailbox() -> SimulatedMailbox:
    return store.add_mailbox(address="ana@example.com", time_zone="America/Mexico_City")


def booked(mailbox: SimulatedMailbox, **changes: Any) -> SimulatedMailboxEvent:
    booking = a_booking(
        mailbox.address,
        starts_at=STARTS_AT,
        ends_at=STARTS_AT + timedelta(minutes=30),
        subject="Reunión con <b>Ana</b>",
        body="Recibo: 3200\nCiudad: León",
        **changes,
    )
    return store.create_event(
        mailbox=mailbox, fields=event_request(booking, new_text(booking)), now=NOW
    )


def address(mailbox: SimulatedMailbox, *parts: str) -> str:
    return "/".join([f"/simulator/calendar/{mailbox.pk}", *parts])


def page(client: Client, mailbox: SimulatedMailbox, monday: str = WEEK) -> str:
    answer = client.get(address(mailbox, ""), {"week": monday})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_booking_stands_on_the_owners_clock_with_what_the_lead_said(
    client: Client, mailbox: SimulatedMailbox
) -> None:
    booked(mailbox, attendee_email="lead@example.com")
    shown = page(client, mailbox)
    assert "10:00–10:30" in shown
    assert "Reunión con &lt;b&gt;Ana&lt;/b&gt;" in shown
    assert "Ciudad: León" in shown
    assert "lead@example.com" in shown
    assert "is-ours" in shown
    assert "10:00–10:30" not in page(client, mailbox, "2026-11-30")


def test_the_weekend_shows_when_something_is_on_it(mailbox: SimulatedMailbox) -> None:
    monday = week.monday_of(STARTS_AT.date())
    assert len(week.days_of(mailbox, monday, now=NOW)) == 5
    fields = {
        "subject": "Feria",
        "isAllDay": True,
        "start": {"dateTime": "2026-11-28T00:00:00", "timeZone": "America/Mexico_City"},
        "end": {"dateTime": "2026-11-29T00:00:00", "timeZone": "America/Mexico_City"},
    }
    store.create_event(mailbox=mailbox, fields=fields, now=NOW)
    days = week.days_of(mailbox, monday, now=NOW)
    assert [day.date.day for day in days if day.entries] == [28]
    assert len(days) == 6


def test_moving_is_what_a_client_of_graph_sees(client: Client, mailbox: SimulatedMailbox) -> None:
    event = booked(mailbox)
    before = store.etag(event)
    answer = client.post(
        address(mailbox, "events", event.pk, "move"),
        {"starts": "2026-11-25T16:30", "minutes": "45"},
    )
    assert answer.status_code == 302
    assert answer["Location"].endswith("?week=2026-11-25")
    event.refresh_from_db()
    assert event.starts_at == datetime(2026, 11, 25, 22, 30, tzinfo=UTC)
    assert event.ends_at - event.starts_at == timedelta(minutes=45)
    assert store.etag(event) != before


def test_a_cancelled_event_is_gone_for_graph_and_for_the_page(
    client: Client, mailbox: SimulatedMailbox
) -> None:
    event = booked(mailbox)
    for _again in range(2):
        client.post(address(mailbox, "events", event.pk, "cancel"), {"week": WEEK})
    assert not store.events(mailbox).exists()
    assert "10:00–10:30" not in page(client, mailbox)


def test_an_event_of_their_own_takes_their_time(client: Client, mailbox: SimulatedMailbox) -> None:
    client.post(
        address(mailbox, "events"),
        {"subject": "Dentista", "starts": "2026-11-24T09:00", "minutes": "60", "show_as": "oof"},
    )
    [event] = store.events(mailbox)
    assert (event.show_as, event.content["subject"]) == ("oof", "Dentista")
    assert event.starts_at == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        {"starts": "", "minutes": "30"},
        {"starts": "mañana", "minutes": "30"},
        {"starts": "2026-11-25T16:30", "minutes": "0"},
        {"starts": "2026-11-25T16:30", "minutes": "99999999"},
    ],
)
def test_what_cannot_be_read_changes_nothing_and_says_so(
    client: Client, mailbox: SimulatedMailbox, typed: dict[str, str]
) -> None:
    event = booked(mailbox)
    answer = client.post(
        address(mailbox, "events", event.pk, "move"), {**typed, "week": WEEK}, follow=True
    )
    assert 'class="said error"' in answer.content.decode()
    event.refresh_from_db()
    assert event.starts_at == STARTS_AT


def test_odd_weeks_show_this_one(client: Client, mailbox: SimulatedMailbox) -> None:
    for odd in ("x", "0001-01-01", "9999-12-31", ""):
        page(client, mailbox, odd)
    assert client.get(address(mailbox, "").replace(str(mailbox.pk), "999")).status_code == 404
