"""What each captured payload does to the CRM: the last column of the payloads' README, in rows.

With a clock of its own, since what a payload means depends on when it comes.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.utils import translation

from conversations.models import Conversation, Lead, Message
from conversations.problem_words import problem_of
from conversations.services import inbound
from integrations.models import WebhookDelivery
from tests.conversations.rows import PACE
from tests.integrations.whatsapp.samples import EXPECTED, NOW, body_of, read_sample

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Outcome:
    """What has become of the messages, their leads and their conversations."""

    state: str = ""
    window: str = ""
    mode: str = "bot"
    handoff: str = ""
    due: bool = False
    stopped: bool = False
    marketing: bool = True


NOTHING = None
ANSWERED = Outcome("received", "open", due=True)
SEEN = Outcome("handled", "open")
STORED = Outcome("handled")
LATE = Outcome("handled", "closed", "staff", "window_closed")
STOPPED = Outcome("handled", "open", stopped=True)
ECHOED = Outcome(mode="staff", handoff="echo")
NO_MARKETING = Outcome(marketing=False)
OUTCOMES: dict[Outcome | None, str] = {
    ANSWERED: "01 02 04 05 07 09 13 15 16 17 18 27 29 33 40 100 101 102 103 104 105 106 120 127 138"
    " 140 148 152 170",
    SEEN: "21 41 93 160",
    STORED: "24 25 37 156",
    LATE: "42",
    STOPPED: "20",
    ECHOED: "83 85",
    NO_MARKETING: "81",
    NOTHING: "50 52 54 56 58 60 61 62 64 73 77 86 89 124 125 128 132 136",
}
BY_NUMBER = {number: outcome for outcome, all_ in OUTCOMES.items() for number in all_.split()}
NAMES = {name.partition("_")[0]: name for name in EXPECTED if EXPECTED[name]["http"] == 200}
# What staff have to hear of stands in the delivery; a damaged form also beside its message.
TOLD = {
    "64": "the provider reports error 130429",
    "73": "the quality of template seguimiento_lead is RED",
    "86": "older messages of the app on the phone, which are not taken over",
    "125": "names no sender",
    "152": "the answers of a form cannot be read",
}


def receive(number: str) -> None:
    name = NAMES[number]
    inbound.receive(events=read_sample(name), body=body_of(name), pace=PACE, now=NOW)


def outcomes() -> set[Outcome]:
    return {
        Outcome(
            state=message.state if message else "",
            window=_window(conversation),
            mode=conversation.mode,
            handoff=conversation.handoff_reason,
            due=conversation.answer_due_at is not None,
            stopped=conversation.lead.opted_out_at is not None,
            marketing=conversation.lead.marketing_opted_out_at is None,
        )
        for conversation in Conversation.objects.select_related("lead")
        for message in conversation.messages.filter(direction="inbound") or [None]
    }


def _window(conversation: Conversation) -> str:
    until = conversation.window_expires_at
    return "" if until is None else "open" if until > NOW else "closed"


def test_every_payload_that_is_taken_has_its_outcome() -> None:
    assert set(BY_NUMBER) == set(NAMES)


@pytest.mark.parametrize("number", BY_NUMBER)
def test_every_payload_does_what_a_correct_receiver_does(number: str) -> None:
    receive(number)
    expected = BY_NUMBER[number]
    assert outcomes() == ({expected} if expected else set())
    assert Lead.objects.exists() is (expected is not NOTHING)


@pytest.mark.parametrize("number", TOLD)
def test_what_staff_must_hear_of_stands_in_the_delivery(number: str) -> None:
    receive(number)
    delivery = WebhookDelivery.objects.get()
    assert {problem["reason"] for problem in delivery.problems} == {TOLD[number]}
    assert delivery.state == ("partial" if number == "125" else "processed")


def test_a_form_that_cannot_be_read_is_said_beside_its_message() -> None:
    receive("152")
    with translation.override("es"):
        problems = [problem_of(message) for message in Message.objects.all()]
    assert {problem.what for problem in problems if problem} == {
        "Las respuestas de este formulario llegaron dañadas y no se pueden leer."
    }
    assert len(problems) == 4
    assert None not in problems


def test_a_form_that_can_be_read_has_no_problem() -> None:
    receive("18")
    assert problem_of(Message.objects.get()) is None
