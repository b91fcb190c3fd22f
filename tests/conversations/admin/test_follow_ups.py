"""Follow-ups for staff: their list, the side panels, and calling one off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from conversations.admin import planned
from conversations.models import Conversation, FollowUp, Meeting, Salesperson, User
from tests.conversations.admin import rows

LIST = reverse("admin:conversations_followup_changelist")


@pytest.fixture
def meeting(salesperson: User) -> Meeting:
    host = rows.make_salesperson(salesperson, time_zone="America/Mexico_City")
    conversation = rows.make_conversation(1, name="Marta", time_zone="America/Tijuana")
    return rows.make_meeting(conversation.lead, host, number=30)


@pytest.fixture
def reminder(meeting: Meeting) -> FollowUp:
    return rows.make_follow_up(meeting, due_at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC))


def press(client: Client, row: FollowUp, *, back: str = "", live: bool = False) -> int:
    url = reverse("admin:conversations_followup_cancel", args=[row.pk])
    headers = {"accept": "application/json"} if live else {}
    return client.post(url, {"back": back}, headers=headers).status_code


def thread_of(client: Client, conversation: Conversation) -> str:
    url = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    return client.get(url).content.decode()


def test_both_clocks_are_shown_and_one_press_cancels(
    sales_page: Client, meeting: Meeting, reminder: FollowUp
) -> None:
    page = thread_of(sales_page, meeting.lead.conversation)
    for text in ("Reminder of the meeting 1", "Planned", "11:00", "09:00 · Tijuana (UTC-8)"):
        assert text in page
    cancel = reverse("admin:conversations_followup_cancel", args=[reminder.pk])
    assert cancel in page
    assert press(sales_page, reminder, back="thread") == 302
    page = thread_of(sales_page, meeting.lead.conversation)
    assert cancel not in page
    assert "Cancelled by a colleague" in page
    assert press(sales_page, reminder, live=True) == 409


def test_the_lead_page_shows_them_too(
    sales_page: Client, meeting: Meeting, reminder: FollowUp
) -> None:
    url = reverse("admin:conversations_lead_change", args=[meeting.lead_id])
    page = sales_page.get(url).content.decode()
    assert reverse("admin:conversations_followup_cancel", args=[reminder.pk]) in page
    assert "Reminder of the meeting 1" in page


def test_what_an_event_took_back_is_not_shown_as_planned(
    sales_page: Client, meeting: Meeting, reminder: FollowUp
) -> None:
    """No round of the agent has been there yet."""
    Meeting.objects.update(state="cancelled")
    page = thread_of(sales_page, meeting.lead.conversation)
    assert "The meeting was moved or cancelled" in page
    assert reverse("admin:conversations_followup_cancel", args=[reminder.pk]) not in page
    [line] = planned.load(lead=meeting.lead)
    assert (line.cancel_url, "Planned" in line.state) == ("", False)


def test_of_what_was_queued_and_did_not_leave_the_reason_is_told(meeting: Meeting) -> None:
    message = rows.make_message(meeting.lead.conversation, author="bot", state="cancelled")
    rows.make_follow_up(meeting, state="queued", message=message)
    [line] = planned.load(lead=meeting.lead)
    assert line.reason == "Not sent: withdrawn before it left."


def test_the_list_is_narrowed_by_state_and_day(
    sales_page: Client, meeting: Meeting, reminder: FollowUp
) -> None:
    now = rows.now()
    reminder.delete()
    due = {"planned": now + timedelta(days=3), "queued": now - timedelta(seconds=1)}
    for step, (state, due_at) in enumerate(due.items()):
        rows.make_follow_up(meeting, step=step, state=state, due_at=due_at)

    def shown(**query: str) -> set[str]:
        page = sales_page.get(LIST, query).content.decode()
        texts = {"planned": "Reminder of the meeting 1", "queued": "Reminder of the meeting 2"}
        return {state for state, text in texts.items() if text in page}

    assert shown() == {"planned", "queued"}
    assert shown(state__exact="planned") == {"planned"}
    assert shown(day="later") == {"planned"}
    assert shown(day="tomorrow") == set()
    assert shown(day="nonsense") == {"planned", "queued"}


def test_the_chosen_ones_are_cancelled_as_far_as_they_are_planned(
    sales_page: Client, meeting: Meeting, reminder: FollowUp
) -> None:
    done = rows.make_follow_up(meeting, step=1, state="queued")
    chosen = {"action": "cancel_selected", "_selected_action": [reminder.pk, done.pk]}
    page = sales_page.post(LIST, chosen, follow=True).content.decode()
    assert "1 cancelled." in page
    assert "1 was not planned any more." in page
    reminder.refresh_from_db()
    done.refresh_from_db()
    assert (reminder.state, reminder.reason, done.state) == ("cancelled", "staff", "queued")


def test_what_is_planned_comes_before_what_was_and_the_soonest_first(meeting: Meeting) -> None:
    conversation = meeting.lead.conversation
    now = rows.now()
    for step, (state, days) in enumerate([("queued", 1), ("planned", 9), ("planned", 2)]):
        rows.make_follow_up(meeting, step=step, state=state, due_at=now + timedelta(days=days))
    assert Salesperson.objects.count() == 1
    other = FollowUp(conversation=conversation, kind="nudge", anchor=uuid4(), step=0)
    assert planned.what_text(other) == "Nudge 1"
    whats = [line.what[-1] for line in planned.load(lead=meeting.lead)]
    assert whats == ["3", "2", "1"]


def test_what_was_said_unasked_is_called_so_and_has_no_run_to_look_at(
    admin_page: Client, meeting: Meeting
) -> None:
    said = rows.make_message(
        meeting.lead.conversation, "¿Sigues ahí?", author="bot", turn_id=uuid4(), turn_index=0
    )
    assert "Why?" in thread_of(admin_page, meeting.lead.conversation)
    said.content = {"leave_by": rows.now().isoformat()}
    said.save()
    page = thread_of(admin_page, meeting.lead.conversation)
    assert "Agent · follow-up" in page
    assert "Why?" not in page
