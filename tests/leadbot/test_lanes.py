"""The worker's lanes: who waits for a provider holds up nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from agent import tasks
from conversations import queue
from conversations.models import Conversation, Message
from conversations.services import delivery, outbound_files
from integrations.messaging import OutboundMessage
from leadbot import worker
from tests.conversations.rows import make_conversation, make_staff, queue_bot_message, write
from tests.conversations.sending import GRACE, states
from tests.fakes.channel import FakeChannel
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Provider, answer

pytestmark = pytest.mark.django_db(transaction=True)

SENT = answer(200, {"messages": [{"id": "wamid.OUT"}]})


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with misbehaving.run() as running:
        settings.WHATSAPP_API_URL = f"{running.url}/v26.0"
        yield running


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with Django's pool: a connection that is given back is closed here."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    connection.close()


def queue_file(number: int) -> Conversation:
    conversation = make_conversation(now=timezone.now(), phone=f"521555020000{number}")
    outbound_files.queue_staff_file(
        conversation_id=conversation.pk,
        staff=make_staff(f"luis-{number}"),
        file=ContentFile(b"%PDF-1.7\n1 0 obj\n", name="a.pdf"),
        caption="",
        now=timezone.now(),
    )
    return conversation


def write_to(number: int) -> None:
    conversation = make_conversation(now=timezone.now(), phone=f"521555020000{number}")
    queue_bot_message(conversation, "Hola", now=timezone.now())
    queue.hint_deliver([conversation.pk])


def uploads(provider: Provider) -> int:
    return sum(seen.path.endswith("/media") for seen in provider.seen)


async def until(condition: Callable[[], bool]) -> None:
    while not await asyncio.to_thread(condition):
        await asyncio.sleep(0.02)


def test_a_text_leaves_while_more_uploads_hang_than_there_are_workers_for_sends(
    provider: Provider, media_folder: Path, counted: None
) -> None:
    for name in worker.TASKS:
        import_module(name)
    provider.paths = {"/media": misbehaving.silence(provider.stopping), "/messages": SENT}
    for number in range(worker.LANES["default"] + 1):
        queue_file(number)

    async def work() -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        loop.set_default_executor(worker.JobThreads(worker.CONCURRENCY + 2))
        working = asyncio.create_task(worker._work(stopping))
        await until(lambda: uploads(provider) == worker.LANES["files"])
        await asyncio.to_thread(write_to, 9)
        await until(lambda: Message.objects.filter(text="Hola", state="sent").exists())
        assert uploads(provider) == worker.LANES["files"]
        provider.stopping.set()
        stopping.set()
        await working
        # Of the thread that defers periodic jobs.
        await sync_to_async(connections.close_all)()

    asyncio.run(asyncio.wait_for(work(), 15))


def test_a_turn_sends_its_answer_without_waiting_for_another_job(provider: Provider) -> None:
    provider.plays(SENT)
    write("Hola", now=timezone.now() - timedelta(minutes=1))
    conversation = Conversation.objects.get()
    tasks.answer(conversation_id=str(conversation.pk))
    assert states(conversation) == ["handled", "sent"]
    assert not ProcrastinateJob.objects.filter(task_name=queue.DELIVER).exists()


def deliver(conversation: Conversation, channel: FakeChannel, *, uploads: bool) -> None:
    delivery.deliver(
        conversation_id=conversation.pk,
        channel=channel,
        grace=GRACE,
        clock=timezone.now,
        uploads=uploads,
    )


def waiting_for_the_files_lane() -> list[str]:
    jobs = ProcrastinateJob.objects.filter(queue_name="files", task_name=queue.DELIVER_FILE)
    return [job.args["conversation_id"] for job in jobs]


def test_sends_stop_before_a_file_and_leave_one_hint_at_it(media_folder: Path) -> None:
    conversation, channel = queue_file(1), FakeChannel()
    for _ in range(2):
        deliver(conversation, channel, uploads=False)
    assert (channel.sent, states(conversation)) == ([], ["queued"])
    assert waiting_for_the_files_lane() == [str(conversation.pk)]
    deliver(conversation, channel, uploads=True)
    assert states(conversation) == ["sent"]


def test_files_that_wait_are_hinted_at_once_each(media_folder: Path) -> None:
    first, second = queue_file(1), queue_file(2)
    queue.hint_media([first.pk])
    queue.hint_media([first.pk, second.pk])
    jobs = ProcrastinateJob.objects.filter(queue_name="files").order_by("id")
    assert [job.args["attachment_id"] for job in jobs] == [str(first.pk), str(second.pk)]


@dataclass
class Uploader(FakeChannel):
    """Reads the file, and looks whether its run keeps a connection while it does."""

    held: list[bool] = field(default_factory=list)

    def send(self, message: OutboundMessage) -> str:
        assert message.file
        with closing(message.file.open()) as opened:
            self.held.append(connection.connection is not None)
            opened.read()
        self.held.append(connection.connection is not None)
        return super().send(message)


def test_where_connections_are_counted_none_is_held_during_an_upload(
    media_folder: Path, counted: None
) -> None:
    conversation, channel = queue_file(1), Uploader()
    deliver(conversation, channel, uploads=True)
    assert states(conversation) == ["sent"]
    assert channel.held == [False, True]


def test_a_thread_whose_job_is_over_keeps_no_connection(counted: None) -> None:
    def work() -> BaseDatabaseWrapper:
        connection.ensure_connection()
        assert connections["default"].connection is not None
        return connections["default"]

    with worker.JobThreads(1) as threads:
        used = threads.submit(work).result()
        assert used.connection is None
