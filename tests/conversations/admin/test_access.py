"""Who may open which page: every address of the admin by every role. An unlisted one fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import URLPattern, URLResolver, reverse

from conversations.models import (
    Conversation,
    Fact,
    FactProposal,
    FollowUp,
    Lead,
    Meeting,
    Message,
)
from conversations.services.roles import MANAGERS
from tests.conversations.admin.office import (
    APPS,
    PHONE,
    SECRET,
    Call,
    Office,
    Statuses,
    client_of,
)

pytestmark = pytest.mark.django_db

# `colleague` sells too, but the lead is not theirs. Who is no staff is sent to the login page.
ROLES = ("stranger", "colleague", "owner", "manager", "superuser")
OUTSIDE = ("anonymous", "customer")
PUBLIC = ("login/", "language/")
BLIND = ("stranger", "colleague")

EVERYBODY = (200,) * 5
NOBODY = (403,) * 5
SUPERUSERS = (403, 403, 403, 403, 200)
MANAGED = (403, 403, 403, 200, 200)
LIST_OF_LEADS = (403, 200, 200, 200, 200)
# Stock admin sends those away, with a message, to whom the row does not exist.
ONE_LEAD = (403, 302, 200, 200, 200)
HISTORY_OF_LEAD = (302, 302, 200, 200, 200)
THREAD = (403, 404, 200, 200, 200)
SALES_TOO = (403, *(200,) * 4)
ABOUT_LEADS = (LIST_OF_LEADS, ONE_LEAD, HISTORY_OF_LEAD, THREAD)
BUTTON = (403, 404, 302, 302, 302)


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
DECISION = "conversations/lead/<uuid:lead_id>/proposals/<uuid:proposal_id>/<slug:action>/"
FOLLOW_UP = "conversations/followup/<uuid:follow_up_id>/"
FREE_TIMES = "conversations/salesperson/<int:host_id>/free-times/"
UNDO = "conversations/lead/<uuid:lead_id>/merges/<uuid:merge_id>/undo/"
PROPOSAL = "conversations/identityconflict/<int:conflict_id>/"
MEETING = "conversations/meeting/<uuid:meeting_id>/"
VERSION = "agent/playbookversion/<int:version_id>/"
CONVERSATION = "conversations/conversation/<uuid:conversation_id>/"
AGAIN = "agent/agentrun/<uuid:run_id>/again/"
REPLAY = "agent/replay/<uuid:replay_id>/"
CASE = {"title": "x", "row-TOTAL_FORMS": "0", "row-INITIAL_FORMS": "0"}
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
    Call(f"{MEETING}cancel/", (405,) * 5),
    Call(f"{MEETING}cancel/", (404, 404, 302, 302, 302), "post"),
    Call(f"{MEETING}keep/", (405,) * 5),
    Call(f"{MEETING}keep/", (404, 404, 302, 302, 302), "post"),
    Call(f"{MEETING}move/", (404, 404, 200, 200, 200)),
    Call(f"{MEETING}move/", (404, 404, 200, 200, 200), "post", {"slot": "x"}),
    Call("conversations/meeting/", LIST_OF_LEADS, data={"attention": "conflict"}),
    Call(f"{MEETING}outcome/", (405,) * 5),
    Call(
        f"{MEETING}outcome/",
        (404, 404, 302, 302, 302),
        "post",
        {"outcome": "no_show"},
    ),
    Call(
        "conversations/meeting/",
        (403, 302, 302, 302, 302),
        "post",
        {"action": "cancel_selected", "_selected_action": "{meeting}"},
    ),
    *stock("conversations/followup", **LEADS),
    Call("conversations/followup/", LIST_OF_LEADS, data={"day": "today"}),
    Call("conversations/followup/", LIST_OF_LEADS, data={"state__exact": "planned"}),
    Call(f"{FOLLOW_UP}cancel/", (405,) * 5),
    Call(f"{FOLLOW_UP}cancel/", (404, 404, 302, 302, 302), "post"),
    Call(
        "conversations/followup/",
        (403, 302, 302, 302, 302),
        "post",
        {"action": "cancel_selected", "_selected_action": "{follow_up}"},
    ),
    *stock("agent/agentrun", **LEADS),
    *(
        Call("agent/agentrun/", LIST_OF_LEADS, data=chosen)
        for chosen in (
            {"happened": "fell_back"},
            {"happened": "vetoed"},
            {"happened": "refused"},
            {"engine": "guided", "version": "{draft}", "cost": "paid"},
        )
    ),
    Call(AGAIN, (403, 403, 403, 405, 405)),
    Call(AGAIN, (403, 403, 403, 302, 302), "post", {"version": "{draft}"}),
    Call(f"{AGAIN}<uuid:again_id>/", MANAGED),
    Call(f"{AGAIN}<uuid:again_id>/fragment/", MANAGED),
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
    Call(f"{CONVERSATION}template/", THREAD),
    Call(f"{CONVERSATION}template/", THREAD, data={"template": "{template}"}),
    Call(f"{CONVERSATION}template/", THREAD, "post", {"template": "{template}", "step": "look"}),
    Call(f"{CONVERSATION}template/", BUTTON, "post", {"template": "{template}", "step": "send"}),
    *stock("conversations/messagetemplate", listed=SALES_TOO),
    *stock("conversations/notice", listed=MANAGED),
    Call("conversations/notice/<uuid:notice_id>/retry/", (405,) * 5),
    Call("conversations/notice/<uuid:notice_id>/retry/", (403, 403, 403, 302, 302), "post"),
    Call("conversations/messagetemplate/sync/", (405,) * 5),
    Call("conversations/messagetemplate/sync/", (403, 403, 403, 302, 302), "post"),
    Call(f"{CONVERSATION}thread/<slug:action>/", (403, 404, 405, 405, 405)),
    *(
        Call(f"{CONVERSATION}thread/<slug:action>/", BUTTON, "post", data, action)
        for action, data in {
            "read": {},
            "send": {"text": "Hola"},
            "take-over": {},
            "give-back": {},
            "retry": {"message": "{failed}"},
            "discard": {"message": "{failed}"},
        }.items()
    ),
    # Refused on the page, with the reason: the office's lead never said stop and has a number.
    Call(f"{CONVERSATION}thread/<slug:action>/", (403, 404, 200, 200, 200), "post", {}, "reopen"),
    Call(
        f"{CONVERSATION}thread/<slug:action>/", (403, 404, 200, 200, 200), "post", {}, "ask-number"
    ),
    *stock("conversations/identityconflict", **LEADS),
    Call(f"{PROPOSAL}decide/", (403, 404, 405, 405, 405)),
    Call(f"{PROPOSAL}decide/", BUTTON, "post", {"answer": "{lead}"}),
    Call(f"{PROPOSAL}decide/", BUTTON, "post", {"answer": "different"}),
    Call(UNDO, (403, 404, 405, 405, 405)),
    Call(UNDO, BUTTON, "post"),
    Call(CORRECTION, THREAD),
    Call(CORRECTION, BUTTON, "post", {"value": "Ana"}),
    Call("conversations/lead/<uuid:lead_id>/answers/", THREAD),
    Call(f"{CORRECTION}<slug:action>/", (403, 404, 405, 405, 405), action="unlock"),
    Call(f"{CORRECTION}<slug:action>/", BUTTON, "post", action="unlock"),
    Call(DECISION, (403, 404, 405, 405, 405), action="accept"),
    Call(DECISION, BUTTON, "post", action="accept"),
    Call(DECISION, BUTTON, "post", action="dismiss"),
    *stock("conversations/salesperson", listed=MANAGED, add=SUPERUSERS),
    Call(FREE_TIMES, MANAGED),
    Call(FREE_TIMES, MANAGED, data={"day": "2026-11-30", "time": "10:00"}),
    *stock("agent/playbookversion", listed=SALES_TOO),
    Call("agent/playbookversion/draft/<slug:section>/", MANAGED),
    Call(
        "agent/playbookversion/draft/<slug:section>/",
        (403, 403, 403, 302, 302),
        "post",
        {"questions-rows": "0"},
    ),
    Call("agent/playbookversion/compare/<int:before_id>/<int:after_id>/", SALES_TOO),
    Call(f"{VERSION}<slug:action>/", (405,) * 5, action="publish"),
    *(
        Call(f"{VERSION}<slug:action>/", (403, 403, 403, 302, 302), "post", {"note": "x"}, action)
        for action in ("begin", "publish", "restore", "discard")
    ),
    *stock("agent/purse", listed=MANAGED),
    *stock("agent/replay", listed=MANAGED),
    Call("agent/replay/begin/", MANAGED),
    Call("agent/replay/begin/", (403, 403, 403, 302, 302), "post", {"last": "1"}),
    Call(f"{REPLAY}fragment/", MANAGED),
    Call(f"{REPLAY}cancel/", (403, 403, 403, 405, 405)),
    Call(f"{REPLAY}cancel/", (403, 403, 403, 302, 302), "post"),
    Call(f"{REPLAY}<uuid:conversation_id>/", MANAGED),
    *stock("agent/replaycase", listed=MANAGED),
    Call("agent/replaycase/from/<uuid:conversation_id>/", MANAGED),
    Call("agent/replaycase/from/<uuid:conversation_id>/", (403, 403, 403, 302, 302), "post", CASE),
    Call("agent/replaycase/<path:object_id>/change/", (403, 403, 403, 302, 302), "post", CASE),
    Call("agent/replaycase/correction/<uuid:fact_id>/", (405,) * 5),
    Call("agent/replaycase/correction/<uuid:fact_id>/", (403, 403, 403, 302, 302), "post"),
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
    Call("integrations/webhookdelivery/<int:delivery_id>/replay/", (405,) * 5),
    Call(
        "integrations/webhookdelivery/<int:delivery_id>/replay/", (403, 403, 403, 403, 302), "post"
    ),
    *stock("integrations/channelstate", listed=SUPERUSERS),
    *stock("procrastinate/procrastinatejob", listed=SUPERUSERS),
]
# What a superuser gets there is also seen, page by page, in test_queries.py.
SEEN_BY_ALL = [call for call in CALLS if call.method == "get" and call.expected[3:] == (200, 200)]


def answers(
    office: Office, role: str, calls: Sequence[Call] = CALLS
) -> Iterator[tuple[Call, Any, bytes]]:
    """Every call, each on untouched rows."""
    client = client_of(office, role)
    cookies = deepcopy(client.cookies)
    for call in calls:
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
        for model in (Lead, Conversation, Message, Meeting, Fact, FactProposal, FollowUp)
    ]


def test_every_route_is_listed() -> None:
    assert set(routes(admin.site.get_urls())) == {call.route for call in CALLS}


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_what_is_theirs(office: Office, role: str) -> None:
    place = ROLES.index(role)
    calls = [call for call in CALLS if role != "superuser" or call not in SEEN_BY_ALL]
    expected = {str(call): call.expected[place] for call in calls}
    got, showing, before = {}, set(), state_of_rows()
    for call, answer, body in answers(office, role, calls):
        got[str(call)] = answer.status_code
        if role in BLIND and call.method == "post":
            assert state_of_rows() == before, str(call)
        if SECRET.encode() in body:
            showing.add(call.route)
    assert got == expected
    allowed = {call.route for call in CALLS if call.expected in ABOUT_LEADS}
    if role in BLIND:
        assert not showing
    elif role != "superuser":
        others = ("messagetemplate", "playbookversion")
        of_leads = {route for route in allowed if not any(each in route for each in others)}
        assert showing >= of_leads - {APPS}


@pytest.mark.parametrize("role", OUTSIDE)
def test_who_is_no_staff_is_sent_to_the_door(office: Office, role: str) -> None:
    for call, answer, body in answers(office, role):
        assert SECRET.encode() not in body, str(call)
        if call.route == "login/" and role == "anonymous":
            assert answer.status_code == 200
        if call.route not in (*PUBLIC, "logout/"):
            assert answer.status_code == 302, str(call)
            assert answer.headers["Location"].startswith(reverse("admin:login")), str(call)


def test_a_lead_of_nobody_is_everybodys(office: Office) -> None:
    colleague, owner = ROLES.index("colleague"), ROLES.index("owner")
    refused = [call for call in CALLS if call.expected[colleague] != call.expected[owner]]
    assert len(refused) > 40
    Lead.objects.update(owner=None)
    for call, answer, _body in answers(office, "colleague", refused):
        assert answer.status_code == call.expected[owner], str(call)


def test_a_single_permission_without_a_group_opens_no_lead(office: Office) -> None:
    stranger = office.staff["stranger"]
    stranger.user_permissions.add(*Group.objects.get(name=MANAGERS).permissions.all())
    pages = [
        call for call in CALLS if call.method == "get" and "agent/playbookversion" not in call.route
    ]
    for call, _answer, body in answers(office, "stranger", pages):
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
    assert owner.leads.filter(merged_into=None).count() == 1


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
    with django_assert_max_num_queries(14) as captured:
        client.get(url)
    asked = [query["sql"] for query in captured if '"auth_group"."name"' in query["sql"]]
    assert len(asked) == 1
