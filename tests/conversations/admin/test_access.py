"""Who may open which page: every address of the admin by every role. An unlisted one fails."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from conversations import queue
from conversations.models import (
    ApiToken,
    Author,
    Conversation,
    Fact,
    IdentityConflict,
    Lead,
    Meeting,
    Message,
    State,
    User,
)
from conversations.services import tokens
from conversations.services.roles import MANAGERS, SALES
from integrations.models import ChannelState
from tests.conversations.admin import rows

pytestmark = pytest.mark.django_db

SECRET = "Zoraida"
PHONE = "5215587654321"
ADMIN = "/admin/"

# `colleague` sells too, but the lead is not theirs. Who is no staff is sent to the login page.
ROLES = ("stranger", "colleague", "owner", "manager", "superuser")
OUTSIDE = ("anonymous", "customer")
PUBLIC = ("login/", "language/")
BLIND = ("stranger", "colleague")
Statuses = tuple[int, ...]

EVERYBODY = (200,) * 5
NOBODY = (403,) * 5
SUPERUSERS = (403, 403, 403, 403, 200)
MANAGED = (403, 403, 403, 200, 200)
LIST_OF_LEADS = (403, 200, 200, 200, 200)
# Stock admin sends those away, with a message, to whom the row does not exist.
ONE_LEAD = (403, 302, 200, 200, 200)
HISTORY_OF_LEAD = (302, 302, 200, 200, 200)
THREAD = (403, 404, 200, 200, 200)
ABOUT_LEADS = (LIST_OF_LEADS, ONE_LEAD, HISTORY_OF_LEAD, THREAD)
BUTTON = (403, 404, 302, 302, 302)


@dataclass(frozen=True)
class Call:
    """One request and the status that each of ROLES gets."""

    route: str
    expected: Statuses
    method: str = "get"
    data: dict[str, str] = field(default_factory=dict)
    action: str = "take-over"

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.data or ''}"


def stock(
    model: str,
    *,
    listed: Statuses,
    opened: Statuses | None = None,
    history: Statuses | None = None,
    add: Statuses = NOBODY,
    delete: Statuses = NOBODY,
) -> list[Call]:
    one = f"{model}/<path:object_id>/"
    opened = opened or listed
    return [
        Call(f"{model}/", listed),
        Call(f"{model}/add/", add),
        Call(f"{one}history/", history or opened),
        Call(f"{one}delete/", delete),
        Call(f"{one}change/", opened),
        Call(one, (302,) * 5),
    ]


LEADS: dict[str, Statuses] = {
    "listed": LIST_OF_LEADS,
    "opened": ONE_LEAD,
    "history": HISTORY_OF_LEAD,
}
CORRECTION = "conversations/lead/<uuid:lead_id>/facts/<str:key>/"
CONVERSATION = "conversations/conversation/<uuid:conversation_id>/"
APPS = "^(?P<app_label>auth|procrastinate|agent|conversations|integrations)/$"
CALLS = [
    Call("", (200, 302, 302, 302, 200)),
    Call("language/", (302,) * 5),
    Call("login/", (302,) * 5),
    Call("logout/", (405,) * 5),
    Call("logout/", EVERYBODY, "post"),
    Call("password_change/", EVERYBODY),
    Call("password_change/done/", EVERYBODY),
    Call("jsi18n/", EVERYBODY),
    Call("autocomplete/", NOBODY),
    Call(
        "autocomplete/",
        LIST_OF_LEADS,
        data={
            "app_label": "conversations",
            "model_name": "conversation",
            "field_name": "lead",
            "term": PHONE,
        },
    ),
    Call("r/<path:content_type_id>/<path:object_id>/", (404,) * 5),
    Call(APPS, (404, 200, 200, 200, 200)),
    Call("(?P<url>.*)$", (404,) * 5),
    *stock("conversations/lead", **LEADS),
    Call("conversations/lead/", LIST_OF_LEADS, data={"q": PHONE}),
    Call(
        "conversations/lead/<path:object_id>/change/",
        (403, 302, 302, 302, 302),
        "post",
        {"stage": "lost", "owner": ""},
    ),
    *stock("conversations/meeting", **LEADS),
    Call("conversations/meeting/<uuid:meeting_id>/cancel/", (405,) * 5),
    Call("conversations/meeting/<uuid:meeting_id>/cancel/", (404, 404, 302, 302, 302), "post"),
    Call(
        "conversations/meeting/",
        (403, 302, 302, 302, 302),
        "post",
        {"action": "cancel_selected", "_selected_action": "{meeting}"},
    ),
    *stock("agent/agentrun", **LEADS),
    *stock(
        "conversations/conversation",
        listed=LIST_OF_LEADS,
        opened=(404, 404, 302, 302, 302),
        history=HISTORY_OF_LEAD,
    ),
    Call("conversations/conversation/", LIST_OF_LEADS, data={"q": PHONE}),
    Call("conversations/conversation/", LIST_OF_LEADS, data={"attention": "waiting"}),
    Call(f"{CONVERSATION}thread/", THREAD),
    Call(f"{CONVERSATION}thread/fragment/", THREAD),
    Call(f"{CONVERSATION}attachment/<uuid:attachment_id>/", THREAD),
    Call(f"{CONVERSATION}thread/<slug:action>/", (403, 404, 405, 405, 405)),
    *(
        Call(f"{CONVERSATION}thread/<slug:action>/", BUTTON, "post", data, action)
        for action, data in {
            "send": {"text": "Hola"},
            "take-over": {},
            "give-back": {},
            "retry": {"message": "{failed}"},
            "discard": {"message": "{failed}"},
        }.items()
    ),
    *stock("conversations/identityconflict", **LEADS),
    Call(CORRECTION, THREAD),
    Call(CORRECTION, BUTTON, "post", {"value": "Ana"}),
    *stock("conversations/salesperson", listed=MANAGED, add=SUPERUSERS),
    *stock("agent/playbookversion", listed=MANAGED),
    *stock("conversations/user", listed=MANAGED, add=SUPERUSERS, delete=SUPERUSERS),
    Call("conversations/user/<id>/password/", SUPERUSERS),
    *stock("auth/group", listed=SUPERUSERS, add=SUPERUSERS, delete=SUPERUSERS),
    *stock("conversations/apitoken", listed=SUPERUSERS, delete=SUPERUSERS),
    *stock("integrations/webhookdelivery", listed=SUPERUSERS),
    Call(
        "integrations/webhookdelivery/",
        (403, 403, 403, 403, 302),
        "post",
        {"action": "replay", "_selected_action": "{delivery}"},
    ),
    *stock("integrations/channelstate", listed=SUPERUSERS),
    *stock("procrastinate/procrastinatejob", listed=SUPERUSERS),
]


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


@pytest.fixture
def office(settings: Any, tmp_path: Path) -> Office:
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    staff = make_people()
    return Office(staff, make_rows(staff["owner"]))


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
    other = rows.make_conversation(6, owner=owner, name=f"{SECRET} too").lead
    conflict = IdentityConflict.objects.create(
        first=lead, second=other, reason=SECRET, created_at=rows.now()
    )
    meeting = rows.make_meeting(lead, host)
    run = rows.make_run(asked, version, note=SECRET)
    for row in (lead, conversation, conflict, meeting, run):
        note_history(row, host.user)
    keys = {
        "conversations/lead": lead.pk,
        "conversations/conversation": conversation.pk,
        "conversations/meeting": meeting.pk,
        "conversations/identityconflict": conflict.pk,
        "agent/agentrun": run.pk,
        "agent/playbookversion": version.pk,
        "conversations/salesperson": host.pk,
        "<uuid:lead_id>": lead.pk,
        "<str:key>": "name",
        "<uuid:attachment_id>": file.pk,
        "{failed}": failed.pk,
        **make_technical_rows(host.user),
    }
    keys |= {
        "<uuid:conversation_id>": conversation.pk,
        "<uuid:meeting_id>": meeting.pk,
        "{meeting}": meeting.pk,
        "{delivery}": keys["integrations/webhookdelivery"],
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


def answers(office: Office, role: str, *, method: str = "") -> Iterator[tuple[Call, Any, bytes]]:
    """Every call, each on untouched rows."""
    client = client_of(office, role)
    cookies = deepcopy(client.cookies)
    for call in CALLS:
        if method not in ("", call.method):
            continue
        client.cookies = deepcopy(cookies)
        with transaction.atomic():
            answer = getattr(client, call.method)(office.url(call), office.data(call))
            body = b"".join(answer) if answer.streaming else answer.content
            yield call, answer, body
            transaction.set_rollback(True)


def routes(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


def state_of_rows() -> list[Any]:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Lead, Conversation, Message, Meeting, Fact)
    ]


def test_every_route_is_listed() -> None:
    assert set(routes(admin.site.get_urls())) == {call.route for call in CALLS}


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_what_is_theirs(office: Office, role: str) -> None:
    place = ROLES.index(role)
    expected = {str(call): call.expected[place] for call in CALLS}
    got, showing = {}, set()
    for call, answer, body in answers(office, role):
        got[str(call)] = answer.status_code
        if SECRET.encode() in body:
            showing.add(call.route)
    assert got == expected
    allowed = {call.route for call in CALLS if call.expected in ABOUT_LEADS}
    if role in BLIND:
        assert not showing
    else:
        assert showing >= allowed - {APPS}


@pytest.mark.parametrize("role", BLIND)
def test_leads_of_others_do_not_move(office: Office, role: str) -> None:
    before = state_of_rows()
    for call, _answer, _body in answers(office, role, method="post"):
        assert state_of_rows() == before, str(call)


@pytest.mark.parametrize("role", OUTSIDE)
def test_who_is_no_staff_is_sent_to_the_door(office: Office, role: str) -> None:
    for call, answer, body in answers(office, role):
        assert SECRET.encode() not in body, str(call)
        if call.route not in (*PUBLIC, "logout/"):
            assert answer.status_code == 302, str(call)
            assert answer.headers["Location"].startswith(reverse("admin:login")), str(call)


def test_a_lead_of_nobody_is_everybodys(office: Office) -> None:
    before = {str(call): call.expected[ROLES.index("owner")] for call in CALLS}
    Lead.objects.update(owner=None)
    for call, answer, _body in answers(office, "colleague"):
        assert answer.status_code == before[str(call)], str(call)


def test_a_single_permission_without_a_group_opens_no_lead(office: Office) -> None:
    stranger = office.staff["stranger"]
    stranger.user_permissions.add(*Group.objects.get(name=MANAGERS).permissions.all())
    for call, _answer, body in answers(office, "stranger"):
        if "agent/playbookversion" not in call.route:
            assert SECRET.encode() not in body, str(call)


def test_salespeople_choose_among_themselves_and_managers_among_all(office: Office) -> None:
    url = office.url(Call("conversations/lead/<path:object_id>/change/", EVERYBODY))
    colleague, owner = office.staff["colleague"], office.staff["owner"]
    data = {"stage": "new", "owner": str(colleague.pk)}
    sales = client_of(office, "owner")
    assert "Select a valid choice" in sales.post(url, data).content.decode()
    client_of(office, "manager").post(url, data)
    assert Lead.objects.get(pk=office.keys["conversations/lead"]).owner == colleague
    assert sales.get(url).status_code == 302
    assert owner.leads.count() == 1


@pytest.mark.parametrize(
    ("role", "names"),
    [("owner", set()), ("manager", {"colleague", "owner", "stranger", "superuser"})],
)
@pytest.mark.parametrize("model", ["lead", "conversation"])
def test_owner_filters_name_whom_one_may_choose(
    office: Office, role: str, names: set[str], model: str
) -> None:
    page = client_of(office, role).get(reverse(f"admin:conversations_{model}_changelist"))
    specs = [spec for spec in page.context["cl"].filter_specs if spec.title == "owner"]
    offered = {value for value, _label in specs[0].lookup_choices} - {"me", "none"}
    assert offered == {str(office.staff[name].pk) for name in names}


def test_who_looks_costs_one_query_once(office: Office, django_assert_max_num_queries: Any) -> None:
    client = client_of(office, "owner")
    url = reverse("admin:conversations_conversation_changelist")
    client.get(url)
    with django_assert_max_num_queries(12) as captured:
        client.get(url)
    asked = [query["sql"] for query in captured if '"auth_group"."name"' in query["sql"]]
    assert len(asked) == 1
