"""The e-mail: nobody is promised an invitation that no calendar sends, and a no stays a no."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from agent.prompts import RULES, system_prompt
from conversations.models import Conversation, User
from integrations.local_calendar.calendar import LocalCalendar
from integrations.outlook.calendar import OutlookCalendar
from tests.agent.guided.chat import Chat
from tests.agent.guided.stage import Stage, make_salesperson
from tests.fakes.calendar import FakeCalendar

PROMISE = re.compile(r"invitaci|te llegue|invitation|so you get", re.IGNORECASE)
ASKED = {
    "es": (
        "Hola, soy Ana, es para mi casa en Puebla y pago 3000 de luz",
        "lo antes posible",
        "¿para qué?",
    ),
    "en": (
        "Hi, I'm Ana, it's for my house in Puebla, I pay 3000 for power",
        "as soon as possible",
        "what for?",
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("invites", [True, False])
def test_an_invitation_is_promised_where_the_calendar_sends_one(
    language: str, invites: bool
) -> None:
    make_salesperson()
    calendar = FakeCalendar()
    calendar.sends_invitations = invites
    stage = Stage(calendar=calendar)
    first, second, why = ASKED[language]
    stage.say(first)
    asked = stage.say(second)
    assert "correo" in asked or "e-mail" in asked
    assert bool(PROMISE.search(asked)) is invites
    reason = stage.say(why)
    assert "asesor" in reason or "advisor" in reason
    assert invites or not PROMISE.search(reason)


def test_which_calendars_send_invitations() -> None:
    assert OutlookCalendar.sends_invitations
    assert not LocalCalendar.sends_invitations


def test_the_model_reads_the_same_question() -> None:
    playbook = parse_playbook(DEFAULT_PLAYBOOK)
    rules = len(RULES)
    assert not PROMISE.search(system_prompt(playbook)[rules:])
    assert PROMISE.search(system_prompt(playbook.with_invitations())[rules:])


def test_other_questions_are_asked_as_always() -> None:
    playbook = parse_playbook(DEFAULT_PLAYBOOK)
    changed = playbook.with_invitations()
    asked = [one.key for one in playbook.questions if one.ask != changed.question(one.key).ask]  # type: ignore[union-attr]
    assert asked == ["email"]


@pytest.mark.parametrize("words", ["prefiero no dar mi correo", "no", "no tengo correo"])
def test_a_declined_question_is_remembered_as_one(words: str) -> None:
    chat = Chat()
    chat.say(*ASKED["es"][:2])
    chat.say(words)
    assert chat.state["declined"] == ["email"]
    assert "email" in chat.state["skipped"]


def test_what_was_not_understood_is_not_declined() -> None:
    chat = Chat()
    for _time in range(3):
        chat.say("jjjj xxxx")
    assert chat.state.get("skipped") == ["name"]
    assert "declined" not in chat.state


@pytest.mark.django_db
def test_staff_see_that_the_lead_would_rather_not_say(admin_user: User) -> None:
    make_salesperson()
    stage = Stage()
    stage.say(*ASKED["es"][:2])
    client = Client(headers={"accept-language": "en"})
    client.force_login(admin_user)
    conversation = Conversation.objects.get()
    pages = [
        reverse("admin:conversations_lead_change", args=[conversation.lead_id]),
        reverse("admin:conversations_conversation_thread", args=[conversation.pk]),
    ]
    before = [_said(client, page) for page in pages]
    assert before == [("E-mail", ""), ("", "")]
    stage.say("prefiero no dar mi correo")
    assert [_said(client, page) for page in pages] == [("", "E-mail"), ("", "E-mail")]
    stage.say("bueno, es ana@example.com")
    assert [_said(client, page) for page in pages] == [("", ""), ("", "")]


def _said(client: Client, page: str) -> tuple[str, str]:
    """What is not known yet, and what they would not say."""
    html = client.get(page).content.decode()
    found = []
    for heading in ("Not known yet:", "Would rather not say:"):
        match = re.search(rf"{heading} (.*?)</p>", html, re.DOTALL)
        found.append(re.sub(r"<[^>]*>", "", match[1]).strip() if match else "")
    return found[0], found[1]
