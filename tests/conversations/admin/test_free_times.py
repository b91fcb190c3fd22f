"""What would be offered of a salesperson, why another time would not, and mailboxes that fail."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from conversations.admin.mailbox_words import ADVICE, USUALLY, advice_on
from conversations.admin.reason_words import WORDS, Asked, explained
from conversations.models import DayOff, Salesperson, User
from conversations.services.slot_reasons import Code, Reason
from conversations.services.slots import Interval
from integrations import registry
from integrations.scheduling import CalendarError
from tests.conversations.admin import rows
from tests.fakes.calendar import FakeCalendar

MONDAY = datetime(2026, 11, 30, 16, tzinfo=UTC)  # 10:00 in Mexico


@pytest.fixture
def host(salesperson: User) -> Salesperson:
    always = {str(day): [["00:00", "24:00"]] for day in range(7)}
    return rows.make_salesperson(salesperson, working_hours=always, notice_minutes=0)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> FakeCalendar:
    fake = FakeCalendar()
    monkeypatch.setattr(registry, "calendar", lambda: fake)
    return fake


def url_of(host: Salesperson) -> str:
    return reverse("admin:conversations_salesperson_free_times", args=[host.pk])


def shown(client: Client, host: Salesperson, **query: str) -> str:
    page = client.get(url_of(host), query)
    assert page.status_code == 200
    return html.unescape(page.content.decode())


def asked_for(at: datetime) -> dict[str, str]:
    local = at - timedelta(hours=6)
    return {"day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}


def test_a_week_by_days_and_the_way_to_the_next(
    admin_page: Client, host: Salesperson, calendar: FakeCalendar
) -> None:
    tomorrow = rows.now().date() + timedelta(days=2)
    DayOff.objects.create(salesperson=host, first_day=tomorrow, last_day=tomorrow)
    page = admin_page.get(url_of(host))
    assert len(page.context["days"]) == 7
    assert [start.text for start in page.context["days"][4].starts[:2]] == ["00:00", "00:30"]
    assert "48 times" in page.context["days"][4].count
    assert [day.note for day in page.context["days"]].count("Day off") == 1
    later = page.context["later"]
    following = admin_page.get(url_of(host), {"from": later.isoformat()})
    assert following.context["earlier"] == later - timedelta(days=7)
    assert following.context["days"][0].name != page.context["days"][0].name
    assert shown(admin_page, host, **{"from": "nonsense"})


def test_any_time_is_answered_with_a_code_and_what_to_change(
    admin_page: Client, host: Salesperson, calendar: FakeCalendar
) -> None:
    at = rows.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    assert "Offered" in shown(admin_page, host, **asked_for(at))
    meeting = rows.make_meeting(rows.make_conversation(1).lead, host, number=48)
    page = shown(admin_page, host, **asked_for(meeting.during.lower))
    assert "RESERVED" in page
    assert reverse("admin:conversations_meeting_change", args=[meeting.pk]) in page
    long_ago = shown(admin_page, host, day="2020-01-01", time="10:10")
    assert "PAST" in long_ago
    assert "STEP" in long_ago
    assert f"{host.pk}/change/#id_step_minutes" in long_ago
    assert "Enter a valid date" in shown(admin_page, host, day="soon", time="10:00")
    for hostile in ("9999-12-31", "0001-01-01"):
        assert "Ensure this value is" in shown(admin_page, host, day=hostile, time="23:59")
    for extreme in ("2099-12-31", "2000-01-01"):
        assert "Not offered" in shown(admin_page, host, day=extreme, time="23:59")


def test_a_calendar_that_is_down_is_said_and_the_page_opens(
    admin_page: Client, host: Salesperson, calendar: FakeCalendar
) -> None:
    calendar.fail("busy", CalendarError("Microsoft Graph answered 503"), times=2)
    page = shown(admin_page, host, **asked_for(MONDAY))
    assert "their calendar cannot be read" in page
    assert "NOCAL" in page
    listed = admin_page.get(reverse("admin:conversations_salesperson_changelist"))
    assert listed.status_code == 200
    assert calendar.calls == ["busy", "busy"]


def test_every_reason_has_words_in_both_languages(salesperson: User) -> None:
    person = Salesperson(pk=1, user=salesperson, mailbox="a@example.com")
    asked = Asked(person, MONDAY.replace(tzinfo=None))
    assert set(WORDS) == set(Code)
    for code in Code:
        reason = Reason(code, Interval(MONDAY, MONDAY + timedelta(days=1)), uuid4(), MONDAY, "x")
        said = set()
        for language in ("en", "es"):
            with override(language):
                said.add(explained(reason, asked).what)
                assert explained(Reason(code), asked).what
        assert len(said) == 2, said


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("Microsoft Graph answered 403 ErrorAccessDenied", "no permission"),
        ("Microsoft Graph answered 404 ErrorInvalidUser", "no such mailbox"),
        ("Microsoft Graph answered 404 MailboxNotEnabledForRESTAPI", "licence"),
        ("Microsoft refused the app's credentials: invalid_client", "doctor"),
        ("Microsoft Graph answered 503", "by itself"),
    ],
)
def test_a_mailbox_that_fails_is_explained(problem: str, words: str) -> None:
    with override("en"):
        assert words in advice_on(problem)
    with override("es"):
        assert len({str(each) for each in [*ADVICE.values(), USUALLY]} & {words}) == 0


def test_who_is_offered_to_nobody_is_named_on_every_page(
    sales_page: Client, admin_page: Client, host: Salesperson
) -> None:
    since = rows.now() - timedelta(hours=3)
    broken = {"mailbox_problem": "Microsoft Graph answered 403 ErrorAccessDenied"}
    rows.make_salesperson(rows.make_user("eva", first_name="Eva"))
    Salesperson.objects.update(mailbox_failing_since=since, **broken)
    page = sales_page.get(reverse("admin:conversations_meeting_changelist")).content.decode()
    assert page.count('class="alarm"') == 1
    assert "No times of Ana Ruiz, Eva Ruiz are offered" in page
    assert "step 2" in page
    listed = admin_page.get(reverse("admin:conversations_salesperson_changelist")).content.decode()
    assert listed.count("Cannot be read") == 2
    Salesperson.objects.update(takes_meetings=False)
    page = sales_page.get(reverse("admin:conversations_meeting_changelist")).content.decode()
    assert 'class="alarm"' not in page


def test_a_new_address_is_tried_at_once(admin_page: Client, host: Salesperson) -> None:
    from tests.conversations.admin.test_salespeople import save  # noqa: PLC0415

    Salesperson.objects.update(mailbox_problem="x", mailbox_failing_since=rows.now())
    assert save(admin_page, host, mailbox="new@example.com").status_code == 302
    assert Salesperson.objects.get().mailbox_check_due_at is not None
