"""The short way of a message against the long one: nobody may tell which it took."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.models import Conversation, Lead, Message
from conversations.services import fast_lane, inbound
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from integrations.models import WebhookDelivery
from tests.conversations.rows import NOW, PACE, make_conversation, write
from tests.conversations.test_lane_races import lock, meanwhile, opt_out

PHONES = ("5215550101234", "5215550101235", "5215550101236")
TEXTS = ("Hola", "", "¿Cuánto cuesta?", "BAJA", "alta", "x" * 5000, "emoji 🙂 e \u0301")


@pytest.mark.django_db(transaction=True)
def test_a_takeover_while_a_message_waits_for_the_conversation_counts() -> None:
    conversation = make_conversation()

    def take_over() -> None:
        lock(conversation)
        Conversation.objects.update(mode="staff", epoch=1)

    with meanwhile(take_over):
        write("¿Hola?")
    assert stored() == ("handled", None, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_while_a_message_waits_for_the_conversation_counts() -> None:
    conversation = make_conversation()
    with meanwhile(lambda: opt_out(conversation)):
        write("¿Hola?")
    assert stored() == ("handled", None, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_what_leaves_mode_and_consent_alone_is_waited_for_and_no_more() -> None:
    conversation = make_conversation()

    def count_up() -> None:
        lock(conversation)
        Conversation.objects.update(unread_count=7)

    with meanwhile(count_up):
        write("¿Hola?")
    assert stored() == ("received", NOW + PACE.after_last, 8, 1)


def stored() -> tuple[Any, ...]:
    conversation = Conversation.objects.get()
    return (
        Message.objects.get().state,
        conversation.answer_due_at,
        conversation.unread_count,
        WebhookDelivery.objects.count(),
    )


@st.composite
def posts(draw: st.DrawFn) -> list[InboundMessage]:
    """What three known people say in one POST, some of it twice or late."""
    return [
        InboundMessage(
            provider_message_id=f"wamid.{draw(st.integers(0, 5))}",
            sender=Sender(phone=draw(st.sampled_from(PHONES)), profile_name="Ana"),
            kind=draw(st.sampled_from([MessageKind.TEXT, MessageKind.BUTTON_REPLY])),
            occurred_at=NOW - timedelta(hours=draw(st.sampled_from([0, 0, 0, 1, 23, 24, 30]))),
            text=draw(st.sampled_from(TEXTS)),
            reply_id=draw(st.sampled_from(["", "slot:1"])),
            opens_window=draw(st.booleans()),
            starts_turn=draw(st.sampled_from([True, True, True, False])),
        )
        for _index in range(draw(st.integers(1, 4)))
    ]


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=st.lists(posts(), min_size=1, max_size=3), staffed=st.sampled_from([None, *PHONES]))
def test_both_ways_leave_the_same_rows(
    batches: list[list[InboundMessage]], staffed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, _statements = rows_after(batches, staffed)
    with monkeypatch.context() as patched:
        patched.setattr(fast_lane, "takes", lambda _events, now: False)
        long, _statements = rows_after(batches, staffed)
    assert short == long


@pytest.mark.django_db(transaction=True)
def test_the_words_of_known_people_take_the_short_way() -> None:
    words = [
        InboundMessage(
            provider_message_id=f"wamid.{phone}",
            sender=Sender(phone=phone, profile_name="Ana"),
            kind=MessageKind.TEXT,
            occurred_at=NOW,
            text="Hola",
        )
        for phone in PHONES
    ]
    _rows, statements = rows_after([words], None)
    assert statements == 2


def rows_after(
    batches: list[list[InboundMessage]], staffed: str | None
) -> tuple[dict[str, Any], int]:
    """Everything that these POSTs leave behind, without ids; and how many statements they took."""
    with transaction.atomic():
        for phone in PHONES:
            conversation = make_conversation(phone=phone, now=NOW - timedelta(hours=2))
            if phone == staffed:
                Conversation.objects.filter(pk=conversation.pk).update(mode="staff")
        with CaptureQueriesContext(connection) as captured:
            for batch in batches:
                events = WebhookEvents(messages=tuple(batch))
                inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
        rows = _rows()
        transaction.set_rollback(True)
    return rows, len(captured)


def _rows() -> dict[str, Any]:
    conversation = "conversation__lead__phone_number"
    phones = {str(each.pk): each.lead.phone_number for each in Conversation.objects.all()}
    jobs = ProcrastinateJob.objects.values_list("task_name", "queue_name", "scheduled_at", "args")
    hidden = {"id", "number", "conversation_id"}
    return {
        "messages": [
            (message.conversation.lead.phone_number, fields(message, hidden))
            for message in Message.objects.select_related("conversation__lead").order_by(
                conversation, "id"
            )
        ],
        "conversations": [
            fields(each, {"id", "lead_id"})
            for each in Conversation.objects.order_by("lead__phone_number")
        ],
        "leads": [
            fields(each, {"id", "updated_at"}) for each in Lead.objects.order_by("phone_number")
        ],
        "jobs": sorted(
            (*each, phones[str(arguments["conversation_id"])]) for *each, arguments in jobs
        ),
        "deliveries": [
            fields(each, {"id", "body"}) for each in WebhookDelivery.objects.order_by("id")
        ],
    }


def fields(row: Any, hidden: set[str]) -> dict[str, Any]:
    """The row's columns."""
    return {
        each.attname: bytes(value)
        if isinstance(value := getattr(row, each.attname), memoryview)
        else value
        for each in row._meta.concrete_fields
        if each.attname not in hidden
    }
