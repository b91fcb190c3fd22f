"""The page of a meeting: its buttons, what they do, and what they cost."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conversations.models import Meeting, MeetingState, Salesperson, User
from tests.conversations.admin import rows

S = MeetingState
BUTTON = re.compile(r'name="outcome" value="(\w+)"')


@pytest.fixture
def host(salesperson: User) -> Salesperson:
    return rows.make_salesperson(salesperson)


def make(host: Salesperson, *, hours: int, state: str = S.CONFIRMED) -> Meeting:
    lead = rows.make_conversation(Meeting.objects.count() + 1).lead
    return rows.make_meeting(lead, host, number=hours, state=state)


def page_of(client: Client, meeting: Meeting) -> str:
    url = reverse("admin:conversations_meeting_change", args=[meeting.pk])
    return client.get(url).content.decode()


def say(client: Client, meeting: Meeting, outcome: str) -> int:
    url = reverse("admin:conversations_meeting_outcome", args=[meeting.pk])
    return client.post(url, {"outcome": outcome}).status_code


@pytest.mark.parametrize(
    ("state", "hours", "buttons", "cancel"),
    [
        (S.CONFIRMED, 5, [], True),
        (S.BOOKING, 5, [], True),
        (S.CONFIRMED, -5, [S.COMPLETED, S.NO_SHOW], False),
        (S.OVER, -5, [S.COMPLETED, S.NO_SHOW], False),
        (S.COMPLETED, -5, [S.NO_SHOW], False),
        (S.NO_SHOW, -5, [S.COMPLETED], False),
        (S.CANCELLED, -5, [], False),
        (S.RELEASED, 5, [], False),
        (S.RESCHEDULED, 5, [], False),
    ],
)
def test_only_buttons_that_work(
    sales_page: Client, host: Salesperson, state: str, hours: int, buttons: list[str], cancel: bool
) -> None:
    page = page_of(sales_page, make(host, hours=hours, state=state))
    assert BUTTON.findall(page) == buttons
    assert ("/cancel/" in page) is cancel


def test_the_outcome_stands_on_the_meeting_and_with_the_lead(
    sales_page: Client, host: Salesperson
) -> None:
    meeting = make(host, hours=-5)
    assert say(sales_page, meeting, S.NO_SHOW) == 302
    lead_page = reverse("admin:conversations_lead_change", args=[meeting.lead_id])
    for page in (page_of(sales_page, meeting), sales_page.get(lead_page).content.decode()):
        assert '<span class="badge badge-red">No-show</span>' in page
    assert say(sales_page, meeting, S.COMPLETED) == 302
    assert Meeting.objects.get().state == S.COMPLETED


@pytest.mark.parametrize(
    ("outcome", "hours", "status"),
    [(S.COMPLETED, 5, 302), (S.CANCELLED, -5, 400), ("", -5, 400)],
)
def test_what_cannot_be_said_changes_nothing(
    sales_page: Client, host: Salesperson, outcome: str, hours: int, status: int
) -> None:
    meeting = make(host, hours=hours)
    assert say(sales_page, meeting, outcome) == status
    assert Meeting.objects.get().state == S.CONFIRMED
    if status == 302:
        assert "cannot be said" in page_of(sales_page, meeting)


def test_who_may_only_look_gets_no_buttons(host: Salesperson) -> None:
    meeting = make(host, hours=-5)
    client = Client()
    client.force_login(rows.make_user("outsider"))
    assert say(client, meeting, S.NO_SHOW) == 404
    assert Meeting.objects.get().state == S.CONFIRMED


def test_the_page_costs_the_same_however_many_meetings_there_are(
    admin_page: Client, host: Salesperson
) -> None:
    meeting = make(host, hours=-500)
    page_of(admin_page, meeting)  # reads the content types, once for the process
    before = queries_of(admin_page, meeting)
    for number in range(20):
        make(host, hours=number)
    assert queries_of(admin_page, meeting) == before == 8


def queries_of(client: Client, meeting: Meeting) -> int:
    with CaptureQueriesContext(connection) as captured:
        page_of(client, meeting)
    return len(captured)
