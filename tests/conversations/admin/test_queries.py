"""Each page of the admin: a known number of queries, no write, nothing that its policy refuses."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from agent.models import AgentRun, AgentStep, Effect
from conversations import queue
from conversations.models import (
    Author,
    DayOff,
    IdentityConflict,
    Lead,
    Meeting,
    Message,
    Touch,
    User,
)
from conversations.services import tokens
from tests.conversations.admin import rows
from tests.conversations.admin.office import SECRET, Call, Office, client_of, note_history
from tests.conversations.admin.test_access import CALLS, ROLES
from tests.conversations.template_rows import make_template
from tests.conversations.watching import Watched, watch
from tests.policy import refused

pytestmark = pytest.mark.django_db

MORE = 15
DOWNLOAD = "attachment/<uuid:attachment_id>/"
# Every page that an administrator may open. Two of the queries are always the session and the user.
QUERIES = {
    "": 6,
    "password_change/": 5,
    "password_change/done/": 5,
    "jsi18n/": 3,
    "autocomplete/?app_label&model_name&field_name&term": 5,
    "^(?P<app_label>agent|conversations|auth|procrastinate|integrations)/$": 5,
    "conversations/lead/": 9,
    "conversations/lead/<path:object_id>/history/": 8,
    "conversations/lead/<path:object_id>/change/": 19,
    "conversations/lead/?q": 9,
    "conversations/meeting/": 8,
    "conversations/meeting/<path:object_id>/history/": 8,
    "conversations/meeting/<path:object_id>/change/": 9,
    "conversations/meeting/<uuid:meeting_id>/move/": 11,
    "conversations/meeting/?attention": 8,
    "conversations/followup/": 7,
    "conversations/followup/?day": 7,
    "conversations/followup/?state__exact": 7,
    "conversations/followup/<path:object_id>/history/": 8,
    "conversations/followup/<path:object_id>/change/": 6,
    "agent/agentrun/": 8,
    "agent/agentrun/?happened": 8,
    "agent/agentrun/?engine&version&cost": 8,
    "agent/agentrun/<uuid:run_id>/again/<uuid:again_id>/": 11,
    "agent/agentrun/<uuid:run_id>/again/<uuid:again_id>/fragment/": 7,
    "agent/agentrun/<path:object_id>/history/": 8,
    "agent/agentrun/<path:object_id>/change/": 12,
    "conversations/notice/": 7,
    "conversations/notice/<path:object_id>/history/": 7,
    "conversations/notice/<path:object_id>/change/": 6,
    "conversations/conversation/": 12,
    "conversations/conversation/<path:object_id>/history/": 9,
    "conversations/conversation/?q": 13,
    "conversations/conversation/?attention": 12,
    "conversations/conversation/<uuid:conversation_id>/thread/": 16,
    "conversations/conversation/<uuid:conversation_id>/thread/fragment/": 14,
    "conversations/conversation/<uuid:conversation_id>/attachment/<uuid:attachment_id>/": 5,
    "conversations/conversation/<uuid:conversation_id>/template/": 7,
    "conversations/conversation/<uuid:conversation_id>/template/?template": 7,
    "conversations/messagetemplate/": 10,
    "conversations/messagetemplate/<path:object_id>/history/": 7,
    "conversations/messagetemplate/<path:object_id>/change/": 6,
    "conversations/identityconflict/": 7,
    "conversations/identityconflict/<path:object_id>/history/": 8,
    "conversations/identityconflict/<path:object_id>/change/": 19,
    "conversations/lead/<uuid:lead_id>/facts/<str:key>/": 8,
    "conversations/lead/<uuid:lead_id>/answers/": 10,
    "conversations/salesperson/": 7,
    "conversations/salesperson/add/": 6,
    "conversations/salesperson/<path:object_id>/history/": 8,
    "conversations/salesperson/<path:object_id>/change/": 9,
    "conversations/salesperson/<int:host_id>/free-times/": 10,
    "conversations/salesperson/<int:host_id>/free-times/?day&time": 14,
    "agent/purse/": 11,
    "agent/purse/<path:object_id>/history/": 7,
    "agent/purse/<path:object_id>/change/": 6,
    "agent/playbookversion/": 9,
    "agent/playbookversion/draft/<slug:section>/": 8,
    "agent/playbookversion/compare/<int:before_id>/<int:after_id>/": 7,
    "agent/playbookversion/<path:object_id>/history/": 7,
    "agent/playbookversion/<path:object_id>/change/": 10,
    "agent/replay/": 7,
    "agent/replay/<path:object_id>/history/": 7,
    "agent/replay/<path:object_id>/change/": 9,
    "agent/replay/begin/": 9,
    "agent/replay/<uuid:replay_id>/fragment/": 6,
    "agent/replay/<uuid:replay_id>/<uuid:conversation_id>/": 9,
    "agent/replaycase/": 8,
    "agent/replaycase/<path:object_id>/history/": 7,
    "agent/replaycase/<path:object_id>/change/": 8,
    "agent/replaycase/from/<uuid:conversation_id>/": 7,
    "conversations/user/": 9,
    "conversations/user/add/": 5,
    "conversations/user/<path:object_id>/history/": 8,
    "conversations/user/<path:object_id>/delete/": 17,
    "conversations/user/<path:object_id>/change/": 8,
    "conversations/user/<id>/password/": 6,
    "auth/group/": 8,
    "auth/group/add/": 6,
    "auth/group/<path:object_id>/history/": 7,
    "auth/group/<path:object_id>/delete/": 8,
    "auth/group/<path:object_id>/change/": 8,
    "conversations/apitoken/": 7,
    "conversations/apitoken/<path:object_id>/history/": 7,
    "conversations/apitoken/<path:object_id>/delete/": 6,
    "conversations/apitoken/<path:object_id>/change/": 7,
    "integrations/webhookdelivery/": 7,
    "integrations/webhookdelivery/<path:object_id>/history/": 7,
    "integrations/webhookdelivery/<path:object_id>/change/": 7,
    "integrations/channelstate/": 7,
    "integrations/channelstate/<path:object_id>/history/": 7,
    "integrations/channelstate/<path:object_id>/change/": 6,
    "procrastinate/procrastinatejob/": 7,
    "procrastinate/procrastinatejob/<path:object_id>/history/": 7,
    "procrastinate/procrastinatejob/<path:object_id>/change/": 7,
}
PAGES = [
    call
    for call in CALLS
    if call.method == "get" and call.expected[ROLES.index("superuser")] == 200
]


def make_more(office: Office, numbers: range) -> None:
    """Rows of every kind beside and below the ones that the pages show."""
    lead = Lead.objects.get(pk=office.keys["conversations/lead"])
    meeting = Meeting.objects.get(pk=office.keys["conversations/meeting"])
    for number in numbers:
        make_lead(number, lead, office.staff["owner"])
        make_staff(number)
        make_template(name=f"template{number}")
        rows.make_delivery(problems=[{"pointer": "/entry/0", "reason": "odd"}] * number)
        rows.make_version(number + 10)
        rows.make_follow_up(meeting, step=number + 1)
        rows.make_purses(rows.make_conversation(200 + number).lead, day=f"2026-12-{number + 1:02}")
        queue.hint_deliver([lead.pk])
        for row in (lead, lead.conversation, office.staff["owner"]):
            note_history(row, office.staff["owner"])
        make_step(AgentRun.objects.get(pk=office.keys["agent/agentrun"]), number + 1)


def make_lead(number: int, lead: Lead, owner: User) -> None:
    """Something more about the lead, and another lead who may be the same person."""
    said = rows.make_message(lead.conversation, f"{SECRET} {number}", kind="document")
    rows.make_file(said, filename="a.pdf")
    Touch.objects.create(
        lead=lead, message=said, source="ad", source_id=SECRET, occurred_at=rows.now()
    )
    answer = rows.make_message(
        lead.conversation,
        author=Author.STAFF,
        staff=owner,
        state="failed",
        in_reply_to=said.provider_message_id,
    )
    rows.make_fact(said, f"key{number}", number, SECRET)
    rows.make_proposal(said, f"key{number}", number + 1, SECRET)
    rows.make_consent(lead, SECRET)
    host = owner.salesperson
    day = rows.now().date()
    DayOff.objects.create(salesperson=host, first_day=day, last_day=day)
    rows.make_notice(lead.conversation, state="failed", user=make_recipient(number))
    rows.make_meeting(lead, host, number=10 + number, state="cancelled")
    other = rows.make_conversation(number + 30, owner=owner)
    rows.make_meeting(other.lead, host, number=10 + number)
    rows.make_run(rows.make_message(other), rows.make_version(number + 100))
    IdentityConflict.objects.create(
        first=lead, second=other.lead, reason=SECRET, created_at=rows.now()
    )
    Message.objects.filter(pk=answer.pk).update(turn_id=answer.pk, turn_index=0)


def make_recipient(number: int) -> User:
    return rows.make_user(f"recipient{number}")


def make_staff(number: int) -> None:
    group = Group.objects.create(name=f"Group {number}")
    user = rows.make_user(f"user{number}", groups=(group.name,))
    rows.make_salesperson(user)
    tokens.create(user=user, now=rows.now())


def make_step(run: AgentRun, index: int) -> None:
    at = rows.now()
    AgentStep.objects.create(run=run, kind="tool", index=index, name="find_slots", created_at=at)
    Effect.objects.create(run=run, index=index, tool="find_slots", created_at=at, done_at=at)


def name_of(call: Call) -> str:
    return "?".join(filter(None, (call.route, "&".join(call.data))))


def visit(
    office: Office, client: Client, pages: Sequence[Call] = PAGES, *, method: str = "get"
) -> dict[str, Watched]:
    seen = {
        name_of(call): watch(client, office.url(call), office.data(call), method=method)
        for call in pages
    }
    assert {name: page.response.status_code for name, page in seen.items()} == dict.fromkeys(
        seen, 200
    )
    return seen


def counts(pages: dict[str, Watched]) -> dict[str, int]:
    return {name: len(page.statements) for name, page in pages.items()}


def written(pages: dict[str, Watched]) -> dict[str, list[str]]:
    return {name: page.written for name, page in pages.items() if page.written}


def test_every_page_costs_the_same_for_few_and_for_many_rows_and_writes_none_and_obeys_its_policy(
    office: Office,
) -> None:
    client = client_of(office, "superuser")
    ContentType.objects.get_for_models(*apps.get_models())  # cached for the process
    make_more(office, range(1))
    few = visit(office, client)
    # A file has a policy of its own.
    answers = {name: page.response for name, page in few.items() if not name.endswith(DOWNLOAD)}
    assert refused(answers) == {}
    make_more(office, range(1, MORE))
    many = visit(office, client)
    assert counts(few) == counts(many) == QUERIES
    assert written(few) == written(many) == {}


def test_a_head_writes_nothing(office: Office) -> None:
    ours = [call for call in PAGES if not call.route.endswith(("history/", "delete/", "add/"))]
    assert written(visit(office, client_of(office, "superuser"), ours, method="head")) == {}
