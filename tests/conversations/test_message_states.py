"""The message's machine: every step that services make, seen by the database, is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection, transaction

from conversations.models import Conversation, Message, State
from conversations.services import handoff, inbound, outbound
from conversations.services.outbound import MessageStateError
from integrations.messaging import (
    Echo,
    InboundMessage,
    MessageKind,
    ReceiptStatus,
    Sender,
    SendError,
    SendVerdict,
    WebhookEvents,
)
from integrations.models import WebhookDelivery
from tests.conversations.rows import (
    NOW,
    PACE,
    make_conversation,
    make_staff,
    queue_bot_message,
    write,
)
from tests.conversations.sending import GRACE, hear, run
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

PHONE = "5215550101234"
OUTBOUND = [state for state in State if state not in (State.RECEIVED, State.HANDLED)]
Act = Callable[[Conversation, Message], object]
Steps = set[tuple[str, str]]


def drawing() -> Steps:
    """What the message's docstring draws."""
    lines = re.findall(r"^\s*(\w+) → ([\w| ]+)$", Message.__doc__ or "", re.MULTILINE)
    return {(was, to) for was, following in lines for to in following.split(" | ")}


def reports(status: ReceiptStatus) -> Act:
    def act(_conversation: Conversation, message: Message) -> None:
        hear(("wamid.out", status), callback=f"{message.send_token}#1")

    return act


def sends(outcome: SendVerdict | None) -> Act:
    error = None if outcome is None else SendError("no", verdict=outcome)
    return lambda conversation, _message: run(
        conversation, FakeChannel([error] if error else []), now=NOW + 2 * GRACE
    )


def finds(**changes: object) -> Act:
    """The outbox looks at it when this has become of the conversation."""

    def act(conversation: Conversation, _message: Message) -> None:
        Conversation.objects.update(**changes)
        run(conversation, FakeChannel(), now=NOW + 2 * GRACE)

    return act


def sends_after_a_stop(conversation: Conversation, _message: Message) -> None:
    write("BAJA", wamid="wamid.stop")
    run(conversation, FakeChannel(), now=NOW + 2 * GRACE)


def echo(_conversation: Conversation, _message: Message) -> None:
    words = InboundMessage("wamid.echo", Sender(phone="525550100100"), MessageKind.TEXT, NOW)
    echoes = (Echo(words, Sender(phone=PHONE)),)
    inbound.receive(events=WebhookEvents(echoes=echoes), body=b"{}", pace=PACE, now=NOW)


def by_staff(decide: Callable[..., Message]) -> Act:
    def act(_conversation: Conversation, message: Message) -> None:
        with suppress(MessageStateError):
            decide(message_id=message.pk, staff=make_staff())

    return act


ACTS: dict[str, Act] = {
    **{f"receipt {status}": reports(status) for status in ReceiptStatus},
    **{f"send {verdict}": sends(verdict) for verdict in (None, *SendVerdict)},
    "window closed": finds(window_expires_at=NOW - timedelta(hours=1)),
    "another epoch": finds(epoch=7),
    "stop": lambda _conversation, _message: write("BAJA"),
    "stop, then the outbox": sends_after_a_stop,
    "takeover": lambda conversation, _message: handoff.take_over(
        conversation_id=conversation.pk, staff=make_staff(), now=NOW
    ),
    "hand-off": lambda conversation, _message: handoff.hand_off(
        conversation_id=conversation.pk, reason=handoff.HandoffReason.ASKED, now=NOW
    ),
    "release": lambda conversation, _message: (
        Conversation.objects.update(mode="staff"),
        handoff.release(conversation_id=conversation.pk, now=NOW),
    ),
    "echo": echo,
    "retry": by_staff(outbound.retry_message),
    "discard": by_staff(outbound.discard_message),
}


def ask(statement: str) -> Steps:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return set(cursor.fetchall()) if cursor.description else set()


WATCH = """
CREATE TEMP TABLE message_step (was text, is_now text) ON COMMIT DROP;
CREATE FUNCTION pg_temp.note_step() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO message_step VALUES (OLD.state, NEW.state); RETURN NULL; END $$;
CREATE TRIGGER note_step AFTER UPDATE ON conversations_message FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION pg_temp.note_step();
"""


def make_answer() -> tuple[Conversation, Message]:
    """An answer of the agent, and a lead whose newest words wait for another."""
    conversation = make_conversation()
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=NOW)
    message = queue_bot_message(conversation, "uno")
    write("¿Hola?", wamid="wamid.in")
    return Conversation.objects.get(), message


def bring_to(state: State) -> None:
    """As services leave a message that is in this state."""
    known = state in (State.SENT, State.DELIVERED, State.READ)
    Message.objects.filter(direction="outbound").update(
        state=state,
        attempt=1,
        attempted_at=NOW,
        provider_message_id="wamid.out" if known else None,
        unknown_at=NOW if state == State.UNKNOWN else None,
    )


def test_services_make_every_step_that_is_drawn_and_no_other() -> None:
    conversation, message = make_answer()
    drawn, seen = drawing(), Steps()
    ask(WATCH)
    for state in OUTBOUND:
        bring_to(state)
        message.refresh_from_db()
        for name, act in ACTS.items():
            made = steps_of(act, conversation, message)
            assert made <= drawn, (state, name)
            seen |= made
    assert seen == drawn


def steps_of(act: Act, conversation: Conversation, message: Message) -> Steps:
    """What this changes, before it is undone."""
    with transaction.atomic():
        ask("DELETE FROM message_step")
        act(conversation, message)
        made = ask("DELETE FROM message_step RETURNING was, is_now")
        transaction.set_rollback(True)
    return made
