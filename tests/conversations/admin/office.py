"""An office whose every row names one lead, and how its pages are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from agent.models import ReplayCase
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from conversations import queue
from conversations.models import (
    ApiToken,
    Author,
    Conversation,
    Fact,
    IdentityConflict,
    Lead,
    State,
    User,
)
from conversations.services import merging, tokens
from conversations.services.roles import MANAGERS, SALES
from integrations.models import ChannelState
from tests.conversations.admin import rows
from tests.conversations.admin.replay_rows import make_again, make_replay
from tests.conversations.template_rows import make_template

SECRET = "Zoraida"
PHONE = "5215587654321"
ADMIN = "/admin/"
APPS = "^(?P<app_label>agent|conversations|auth|procrastinate|integrations)/$"
Statuses = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One request and the status that each of ROLES gets."""

    route: str
    expected: Statuses
    method: str = "get"
    data: dict[str, str] = field(default_factory=dict)
    action: str = "take-over"

    def __str__(self) -> str:
        route = self.route.replace("<slug:action>", self.action)
        return f"{self.method} {route} {self.data or ''}"


@dataclass(frozen=True)
class Office:
    """Staff, the keys of the owner's rows, and what stands for them in CALLS."""

    staff: dict[str, User]
    keys: dict[str, str]

    def url(self, call: Call) -> str:
        model = "/".join(call.route.split("/")[:2])
        path = call.route.replace("<path:object_id>", self.keys.get(model, "1"))
        path = path.replace("<slug:action>", call.action)
        for placeholder, value in self.keys.items():
            path = path.replace(placeholder, value) if placeholder[0] in "<(^" else path
        return ADMIN + path

    def data(self, call: Call) -> dict[str, str]:
        return {name: self.keys.get(value, value) for name, value in call.data.items()}


def make_people() -> dict[str, User]:
    return {
        "customer": rows.make_user("customer", is_staff=False, groups=(SALES, MANAGERS)),
        "stranger": rows.make_user("stranger"),
        "colleague": rows.make_user("colleague", groups=(SALES,)),
        "owner": rows.make_user("owner", groups=(SALES,)),
        "manager": rows.make_user("manager", groups=(MANAGERS,)),
        "superuser": rows.make_user("superuser", is_superuser=True),
    }


def make_rows(owner: User | None) -> dict[str, str]:
    """A row of each kind; those about the lead name it."""
    conversation = rows.make_conversation(
        3, owner=owner, name=SECRET, phone_number=f"+{PHONE}", email=f"{SECRET}@example.com"
    )
    Conversation.objects.filter(pk=conversation.pk).update(last_message_text=SECRET)
    lead = conversation.lead
    asked = rows.make_message(conversation, SECRET)
    failed = rows.make_message(conversation, SECRET, author=Author.STAFF, state=State.FAILED)
    file = rows.make_file(asked, filename=f"{SECRET}.png", mime_type="image/png", state="stored")
    file.file.save("x", ContentFile(SECRET.encode()))
    host = rows.make_salesperson(User.objects.get(username="owner"))
    version = rows.make_version(state="published", content=DEFAULT_PLAYBOOK)
    draft = rows.make_version(2, state="draft", content=DEFAULT_PLAYBOOK, based_on=version)
    other = rows.make_conversation(6, owner=owner, name=f"{SECRET} too").lead
    conflict = IdentityConflict.objects.create(
        first=lead, second=other, reason=SECRET, created_at=rows.now()
    )
    gone = rows.make_conversation(9, owner=owner, name=f"{SECRET} again").lead
    merge = merging.merge(kept_id=lead.pk, merged_id=gone.pk, staff=host.user, now=rows.now())
    template = make_template("Hola {{1}}.")
    rows.make_fact(asked, "name", SECRET, SECRET)
    lead.facts.update(locked_at=rows.now())
    heard = rows.make_proposal(asked, "name", f"{SECRET} Ruiz", SECRET)
    notice = rows.make_notice(conversation, state="failed", user=host.user)
    meeting = rows.make_meeting(lead, host)
    rows.put_in_the_way(meeting)
    follow_up = rows.make_follow_up(meeting)
    run = rows.make_run(asked, version, note=SECRET)
    replay = make_replay(draft, conversation, host.user)
    decided = make_again(run, draft, host.user)
    corrected = Fact.objects.create(
        lead=lead, key="city", value=SECRET, staff=host.user, created_at=rows.now()
    )
    for row in (lead, conversation, conflict, meeting, run, follow_up):
        note_history(row, host.user)
    keys = {
        "conversations/lead": lead.pk,
        "conversations/conversation": conversation.pk,
        "conversations/meeting": meeting.pk,
        "conversations/identityconflict": conflict.pk,
        "conversations/followup": follow_up.pk,
        "<uuid:follow_up_id>": follow_up.pk,
        "{follow_up}": follow_up.pk,
        "agent/agentrun": run.pk,
        "<uuid:run_id>": run.pk,
        "<uuid:again_id>": decided.pk,
        "{draft}": draft.pk,
        "agent/playbookversion": version.pk,
        "agent/purse": rows.make_purses(lead).pk,
        "agent/replay": replay.pk,
        "<uuid:replay_id>": replay.pk,
        "agent/replaycase": ReplayCase.objects.get().pk,
        "<uuid:fact_id>": corrected.pk,
        "<int:version_id>": draft.pk,
        "<slug:section>": "questions",
        "<int:before_id>": version.pk,
        "<int:after_id>": draft.pk,
        "conversations/notice": notice.pk,
        "<uuid:notice_id>": notice.pk,
        "conversations/salesperson": host.pk,
        "<int:host_id>": host.pk,
        "<uuid:lead_id>": lead.pk,
        "<uuid:merge_id>": merge.pk,
        "<int:conflict_id>": conflict.pk,
        "{lead}": lead.pk,
        "<str:key>": "name",
        "<uuid:proposal_id>": heard.pk,
        "<uuid:attachment_id>": file.pk,
        "{failed}": failed.pk,
        "conversations/messagetemplate": template.pk,
        "{template}": template.pk,
        **make_technical_rows(host.user),
    }
    keys |= {
        "<uuid:conversation_id>": conversation.pk,
        "<uuid:meeting_id>": meeting.pk,
        "{meeting}": meeting.pk,
        "{delivery}": keys["integrations/webhookdelivery"],
        "<int:delivery_id>": keys["integrations/webhookdelivery"],
        "r/<path:content_type_id>": lead.pk,
        "<path:content_type_id>": ContentType.objects.get_for_model(Lead).pk,
        APPS: "conversations/",
        "(?P<url>.*)$": "nothing/",
    }
    return {name: str(key) for name, key in keys.items()}


def make_technical_rows(user: User) -> dict[str, Any]:
    tokens.create(user=user, now=rows.now())
    queue.hint_deliver([user.pk])
    return {
        "conversations/user": user.pk,
        "<id>": user.pk,
        "auth/group": Group.objects.get(name=SALES).pk,
        "conversations/apitoken": ApiToken.objects.get().pk,
        "integrations/webhookdelivery": rows.make_delivery(SECRET.encode()).pk,
        "integrations/channelstate": ChannelState.objects.create(
            channel="whatsapp", updated_at=rows.now()
        ).pk,
        "procrastinate/procrastinatejob": ProcrastinateJob.objects.latest("pk").pk,
    }


def note_history(row: Model, user: User) -> None:
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        object_repr=SECRET,
        action_flag=CHANGE,
        change_message=SECRET,
    )


def client_of(office: Office, role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    if role in office.staff:
        client.force_login(office.staff[role])
    return client
