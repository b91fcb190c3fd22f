"""What staff must not overlook: a paused number, two leads that are one, a meeting gone wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from conversations.models import IdentityConflict, Meeting, User
from conversations.services.meeting_claims import NO_ANSWER
from integrations.models import ChannelState
from tests.conversations.admin import rows

INBOX = "admin:conversations_conversation_changelist"
ALARM = "No message goes out on WhatsApp now."


def _pause(reason: str, code: int | None) -> None:
    until = rows.now() + timedelta(minutes=1)
    ChannelState.objects.create(
        channel="whatsapp", paused_until=until, reason=reason, error_code=code
    )


def test_account_trouble_stands_on_every_page_with_its_fix(sales_page: Client) -> None:
    assert ALARM not in sales_page.get(reverse(INBOX)).content.decode()
    _pause("WhatsApp error 190: <b>token</b>", 190)
    page = sales_page.get(reverse(INBOX)).content.decode()
    assert ALARM in page
    assert "WHATSAPP_ACCESS_TOKEN" in page
    assert "<b>token" not in page
    login = Client().get(reverse("admin:login")).content.decode()
    assert "WHATSAPP_ACCESS_TOKEN" not in login


def test_a_slow_down_is_no_alarm(sales_page: Client) -> None:
    _pause("", 130429)
    assert ALARM not in sales_page.get(reverse(INBOX)).content.decode()


def test_leads_that_may_be_one_are_listed_with_both(sales_page: Client, salesperson: User) -> None:
    mine = rows.make_conversation(1, owner=salesperson, name="Marta").lead
    nobodys = rows.make_conversation(2, name="Marta G").lead
    colleagues = rows.make_conversation(3, owner=rows.make_user("eva"), name="Secreta").lead
    for other in (nobodys, colleagues):
        IdentityConflict.objects.create(
            first=mine, second=other, reason="One message named both leads.", created_at=rows.now()
        )
    url = reverse("admin:conversations_identityconflict_changelist")
    for listed in (INBOX, "admin:conversations_lead_changelist"):
        shown = sales_page.get(reverse(listed)).content.decode()
        assert "1 pair of leads may be one person" in shown
        assert url in shown
    page = sales_page.get(url).content.decode()
    for lead in (mine, nobodys):
        assert f">{lead}<" in page
    assert "Secreta" not in page


def test_a_meetings_problem_is_shown(sales_page: Client, salesperson: User) -> None:
    meeting = rows.make_meeting(rows.make_conversation(1).lead, rows.make_salesperson(salesperson))
    for stored, shown in (
        (NO_ANSWER, "did not answer in time"),
        ("Microsoft Graph answered 403 ErrorAccessDenied", "The calendar refused: Microsoft Graph"),
    ):
        Meeting.objects.update(problem=stored)
        for page in ("changelist", "change"):
            args = [meeting.pk] if page == "change" else []
            url = reverse(f"admin:conversations_meeting_{page}", args=args)
            assert shown in sales_page.get(url).content.decode()


@pytest.mark.parametrize("field", ["meeting_minutes", "step_minutes"])
def test_no_meeting_of_no_length(salesperson: User, field: str) -> None:
    person = rows.make_salesperson(salesperson)
    setattr(person, field, 0)
    with pytest.raises(ValidationError):
        person.full_clean()
