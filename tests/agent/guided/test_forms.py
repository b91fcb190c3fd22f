"""A filled-in form answers the questions whose names its fields bear, each with its own words."""

from __future__ import annotations

from typing import Any

import pytest

from agent.turn import InboundText
from conversations.models import Conversation, Fact, Lead
from conversations.services import inbound
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from tests.agent.guided.chat import Chat
from tests.agent.guided.stage import Stage, make_salesperson
from tests.conversations.rows import PACE


def form(**fields: str) -> InboundText:
    return InboundText("f", "\n".join(fields.values()), "flow_reply", form=tuple(fields.items()))


def test_each_field_answers_its_question() -> None:
    chat = Chat()
    chat.say("hola")
    said = chat.say(form(name="Ana Torres", Need="home", BILL="3,500 pesos", correo="a@acme.mx"))
    assert "Gracias por llenar el formulario" in said
    assert chat.values == {
        "name": "Ana Torres",
        "need": "home",
        "bill": 3500,
        "email": "a@acme.mx",
    }
    assert {key: fact.quote for key, fact in chat.box.facts.items()} == {
        "name": "Ana Torres",
        "need": "home",
        "bill": "3,500 pesos",
        "email": "a@acme.mx",
    }


def test_other_fields_say_nothing_to_the_agent() -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(form(boss="Pedro Ruiz", comments="para mi casa en Puebla, el lunes", email="none"))
    assert chat.values == {}
    assert chat.box.wishes == []


def test_what_fits_no_choice_is_not_taken() -> None:
    chat = Chat()
    chat.say("hola")
    chat.say(form(need="a boat", name="Ana"))
    assert chat.values == {"name": "Ana"}


def test_a_form_corrects_what_was_said_and_repeats_nothing() -> None:
    chat = Chat()
    chat.say("Hola, soy Ana, es para mi casa")
    said = chat.say(form(name="Ana", need="business"))
    assert chat.values == {"name": "Ana", "need": "business"}
    assert "negocio" in said


def fill_in(stage: Stage, answers: dict[str, Any]) -> str:
    message = InboundMessage(
        "wamid.form",
        Sender(phone=stage.phone),
        MessageKind.FLOW_REPLY,
        stage.now,
        text="Sent",
        content={"answers": answers},
    )
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=stage.now)
    return stage.say()


@pytest.mark.django_db
def test_the_facts_quote_the_form() -> None:
    make_salesperson()
    stage = Stage()
    stage.say("Hola")
    said = fill_in(
        stage,
        {
            "flow_token": "x",
            "screen_0_name_0": "Jesica López",
            "screen_0_need_1": "0_home",
            "email": "j@acme.com",
            "employees": "12",
        },
    )
    assert "Gracias por llenar el formulario" in said
    assert stage.facts == {"name": "Jesica López", "need": "home", "email": "j@acme.com"}
    lead = Lead.objects.get()
    assert (lead.name, lead.email) == ("Jesica López", "j@acme.com")
    fact = Fact.objects.get(key="email")
    assert (fact.quote, fact.message and fact.message.kind) == ("j@acme.com", "flow_reply")
    assert Conversation.objects.get().mode == "bot"
