"""What the sweeper finds when a hint was lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import queue
from conversations.models import Conversation
from conversations.services import lanes, sweeping
from tests.conversations.rows import NOW, make_conversation, queue_bot_message, write

pytestmark = pytest.mark.django_db

DUE = NOW + timedelta(seconds=3)


def hinted(task: str) -> list[str]:
    jobs = ProcrastinateJob.objects.filter(task_name=task)
    return [job.args["conversation_id"] for job in jobs]


@pytest.mark.parametrize(("seconds", "found"), [(-1, 0), (0, 1), (60, 1)])
def test_an_answer_that_is_due_is_found(seconds: int, found: int) -> None:
    write("Hola")
    before = len(hinted(queue.ANSWER))
    sweeping.sweep(now=DUE + timedelta(seconds=seconds))
    assert len(hinted(queue.ANSWER)) == before + found


def test_what_somebody_works_on_is_left_until_their_lease_ran_out() -> None:
    write("Hola")
    conversation = Conversation.objects.get()
    assert lanes.claim(conversation_id=conversation.pk, lane="answer", now=DUE)
    assert sweeping.sweep(now=DUE + timedelta(seconds=1)) == (0, 0)
    assert sweeping.sweep(now=DUE + lanes.lease() + timedelta(seconds=1)) == (1, 0)


def test_a_send_without_a_hint_is_found() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    assert hinted(queue.DELIVER) == []
    assert sweeping.sweep(now=NOW) == (0, 1)
    assert hinted(queue.DELIVER) == [str(conversation.pk)]


def test_nothing_to_do_makes_no_jobs() -> None:
    make_conversation()
    assert sweeping.sweep(now=NOW) == (0, 0)
    assert not ProcrastinateJob.objects.exists()
