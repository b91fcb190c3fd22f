from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from agent import runner, wiring
from agent.models import AgentRun
from conversations.models import Conversation, Identity, Lead, Message, StoredReceipt
from tests.conversations.rows import NOW, make_conversation
from tests.conversations.test_ingest_queries import messages, numbers, statuses
from tests.fakes.channel import FakeChannel
from tests.payloads import sign

pytestmark = pytest.mark.django_db(transaction=True)

# Real connections, each thread its own; more wait at the barrier than the web has threads.
CONNECTIONS = 16


def post_all(bodies: Sequence[bytes], *, connections: int = CONNECTIONS) -> list[int]:
    """Post them at once, this many at a time; gives the HTTP statuses."""
    barrier = Barrier(connections, timeout=120)

    def work(share: Sequence[bytes]) -> list[int]:
        client = Client()
        barrier.wait()
        try:
            return [post(client, body) for body in share]
        finally:
            connection.close()

    shares = [bodies[index::connections] for index in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        return [status for answer in pool.map(work, shares) for status in answer]


@pytest.fixture(autouse=True)
def _at_the_first_try(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """A deadlock would be healed by the second try; these tests want none."""
    yield
    retried = any("second try" in record.message for record in caplog.get_records("call"))
    assert retried is ("killed" in request.node.name)


def post(client: Client, body: bytes) -> int:
    answer = client.post(
        "/webhook",
        body,
        content_type="application/json",
        headers={"X-Hub-Signature-256": sign(body)},
    )
    return answer.status_code


def test_64_copies_of_a_post_at_once_make_one_message_and_one_hint() -> None:
    assert post_all([messages(("5215550101234", "wamid.1"))] * 64, connections=64) == [200] * 64
    message = Message.objects.get()
    assert (message.text, message.state) == ("Hola", "received")
    assert ProcrastinateJob.objects.get().args == {"conversation_id": str(message.conversation_id)}
    assert Conversation.objects.get().unread_count == 1


def test_64_hints_for_one_message_make_one_turn() -> None:
    post_all([messages(("5215550101234", "wamid.1"))] * 64)
    conversation = Conversation.objects.get()
    due = conversation.answer_due_at
    assert due is not None
    tools = replace(wiring.tools(), channel=FakeChannel(), clock=lambda: due)

    def turn(_index: int) -> None:
        runner.answer(conversation_id=conversation.pk, tools=tools)
        connection.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(turn, range(64)))
    assert AgentRun.objects.get().state == "done"
    assert Message.objects.filter(direction="outbound").count() == 1


def test_40_messages_of_one_new_person_make_one_lead() -> None:
    bodies = [messages(("5215550101234", f"wamid.{index}")) for index in range(40)]
    assert set(post_all(bodies)) == {200}
    assert (Lead.objects.count(), Conversation.objects.count(), Identity.objects.count()) == (
        1,
        1,
        1,
    )
    assert Message.objects.count() == Conversation.objects.get().unread_count == 40


def test_batches_of_known_and_new_people_in_opposite_order_do_not_lock_each_other_out() -> None:
    people = list(numbers(30))
    post(Client(), messages(*((phone, f"wamid.known.{phone}") for phone in people[::2])))
    bodies = [
        messages(*((phone, f"wamid.{index}.{phone}") for phone in people[:: (-1) ** index]))
        for index in range(32)
    ]
    assert set(post_all(bodies)) == {200}
    assert (Lead.objects.count(), Message.objects.count()) == (30, 15 + 32 * 30)


def test_overlapping_statuses_in_opposite_order_do_not_lock_each_other_out() -> None:
    conversations = [make_conversation(phone=phone) for phone in numbers(5)]
    wamids = [f"wamid.out.{index}" for index in range(50)]
    Message.objects.bulk_create(
        Message(
            conversation=conversations[index % 5],
            direction="outbound",
            author="bot",
            text="Hola",
            state="sent",
            provider_message_id=wamid,
            occurred_at=NOW,
            created_at=NOW,
        )
        for index, wamid in enumerate(wamids)
    )
    bodies = [statuses(*wamids[:: (-1) ** index]) for index in range(32)]
    assert set(post_all(bodies)) == {200}
    assert StoredReceipt.objects.count() == 50
    assert set(Message.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_killed_connection_costs_no_message() -> None:
    client = Client()
    assert post(client, messages(("5215550101234", "wamid.1"))) == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (process,) = cursor.fetchone() or (0,)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(terminate, process).result()
    assert post(client, messages(("5215550101234", "wamid.2"))) == 200
    assert Message.objects.count() == 2


def terminate(process: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    connection.close()
