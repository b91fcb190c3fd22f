"""Who said stop and writes again: silence, until a colleague notes that they wish an answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import ConsentEntry, Conversation, HandoffReason, Lead, Message, Mode
from conversations.services import inbound, outbound, reopening
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from tests.conversations.rows import NOW, PACE, make_staff, write

pytestmark = pytest.mark.django_db

LATER, LATEST = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
SORRY = "Perdón, me equivoqué de botón"


def conversation() -> Conversation:
    return Conversation.objects.select_related("lead").get()


def is_flagged() -> bool:
    now = conversation()
    return (now.mode, now.handoff_reason) == (Mode.STAFF, HandoffReason.WROTE_AFTER_STOP)


def stopped() -> None:
    write("Hola")
    write("BAJA", now=NOW + timedelta(minutes=1))


def test_staff_are_called_and_the_agent_stays_silent() -> None:
    stopped()
    assert not is_flagged()
    write(SORRY, now=LATER)
    write("¿Hola?", now=LATEST)
    assert is_flagged()
    assert conversation().handoff_at == LATER
    assert conversation().answer_due_at is None
    assert not Message.objects.filter(text__in=[SORRY, "¿Hola?"], state="received").exists()
    with pytest.raises(outbound.OptedOutError):
        outbound.queue_staff_message(
            conversation_id=conversation().pk, staff=make_staff(), text="Hola", now=LATEST
        )


@pytest.mark.parametrize("reason", [HandoffReason.TAKEOVER, HandoffReason.ASKED])
def test_those_whom_staff_hold_already_wait_anew(reason: HandoffReason) -> None:
    stopped()
    Conversation.objects.update(mode=Mode.STAFF, handoff_reason=reason, handoff_at=NOW)
    write(SORRY, now=LATER)
    assert is_flagged()
    assert conversation().handoff_at == LATER


@pytest.mark.parametrize(
    ("text", "kind"),
    [("BAJA", MessageKind.TEXT), ("No recibir promociones", MessageKind.BUTTON_REPLY)],
)
def test_another_stop_calls_nobody(text: str, kind: MessageKind) -> None:
    stopped()
    write(text, kind=kind, now=LATER)
    assert not is_flagged()
    assert reopening.written_since_stop(conversation()) is None


def test_what_was_written_before_the_stop_and_comes_later_calls_nobody() -> None:
    stopped()
    write("¿Qué precio tienen?", at=NOW, now=LATER)
    assert not is_flagged()
    assert reopening.written_since_stop(conversation()) is None


def test_stop_and_more_in_one_post() -> None:
    texts = enumerate(["BAJA", SORRY])
    events = WebhookEvents(
        messages=tuple(
            InboundMessage(
                f"wamid.{n}",
                Sender(phone="5215550101234"),
                MessageKind.TEXT,
                NOW + timedelta(seconds=n),
                text=text,
            )
            for n, text in texts
        )
    )
    inbound.receive(events=events, body=b"{}", pace=PACE, now=LATER)
    assert is_flagged()


def test_a_resume_word_opens_by_itself_and_staff_keep_it() -> None:
    stopped()
    write(SORRY, now=LATER)
    write("sí quiero que me escriban", now=LATEST)
    assert conversation().lead.opted_out_at is None
    assert conversation().mode == Mode.STAFF


def test_a_colleague_notes_their_wish_and_writing_is_open_again() -> None:
    stopped()
    write(SORRY, now=LATER)
    staff = make_staff()
    reopening.reopen(conversation_id=conversation().pk, staff=staff, now=LATEST)
    assert conversation().lead.opted_out_at is None
    assert is_flagged()
    entry = ConsentEntry.objects.latest("id")
    assert (entry.scope, entry.given, entry.occurred_at) == ("all", True, LATER)
    assert entry.words == f"luis: «{SORRY}»"
    assert entry.message == Message.objects.get(text=SORRY)
    outbound.queue_staff_message(
        conversation_id=conversation().pk, staff=staff, text="¡Hola!", now=LATEST
    )
    assert conversation().handoff_reason == HandoffReason.TAKEOVER
    write("BAJA", now=LATEST)
    assert conversation().lead.opted_out_at == LATEST


def test_one_given_back_meanwhile_stays_with_staff() -> None:
    stopped()
    write(SORRY, now=LATER)
    Conversation.objects.update(mode=Mode.BOT, handoff_reason="", handoff_at=None)
    reopening.reopen(conversation_id=conversation().pk, staff=make_staff(), now=LATEST)
    assert is_flagged()


def test_without_words_since_the_stop_nobody_may_decide_for_them() -> None:
    stopped()
    staff = make_staff()
    for text, kind in [("", MessageKind.REACTION), ("", MessageKind.CALL)]:
        write(text, kind=kind, now=LATER)
    with pytest.raises(reopening.NotAskedError):
        reopening.reopen(conversation_id=conversation().pk, staff=staff, now=LATEST)
    write(SORRY, now=LATER)
    Message.objects.filter(text=SORRY).update(revoked_at=LATEST)
    with pytest.raises(reopening.NotAskedError):
        reopening.reopen(conversation_id=conversation().pk, staff=staff, now=LATEST)
    assert ConsentEntry.objects.count() == 1
    assert Lead.objects.get().opted_out_at is not None


def test_a_stop_after_the_wish_wins() -> None:
    stopped()
    write(SORRY, now=LATER)
    write("BAJA", now=LATEST)
    with pytest.raises(reopening.NotAskedError):
        reopening.reopen(conversation_id=conversation().pk, staff=make_staff(), now=LATEST)


def test_who_never_said_stop_costs_no_query() -> None:
    write("Hola")
    known = conversation()
    with CaptureQueriesContext(connection) as captured:
        assert reopening.written_since_stop(known) is None
    assert not captured.captured_queries
