"""Jobs are few, and yet no message waits for the sweeper: time is simulated job by job."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations import queue
from conversations.models import Message
from conversations.services import fast_lane
from tests.agent.test_runner import ScriptedEngine, run
from tests.conversations.rows import NOW, PACE, write


@dataclass
class Worker:
    """Runs each job so long after it was due, and notes when what was answered."""

    late: timedelta
    jobs_run: int = 0
    answers: list[tuple[datetime, list[int]]] = field(default_factory=list)

    def run_until(self, end: datetime) -> None:
        while (found := self._next(end)) is not None:
            job, due = found
            at = due + self.late
            ProcrastinateJob.objects.filter(pk=job)._raw_delete("default")
            waiting = Message.objects.filter(state="received").order_by("number")
            before = list(waiting.values_list("number", flat=True))
            run(ScriptedEngine(), now=at)
            self.jobs_run += 1
            if answered := sorted({*before} - {*waiting.values_list("number", flat=True)}):
                self.answers.append((at, answered))

    def _next(self, end: datetime) -> tuple[int, datetime] | None:
        due = ProcrastinateJob.objects.filter(
            task_name=queue.ANSWER, scheduled_at__lte=end - self.late
        )
        return due.order_by("scheduled_at").values_list("pk", "scheduled_at").first()


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pauses=st.lists(st.integers(0, 5000), min_size=1, max_size=12),
    late=st.integers(0, 400),
    short=st.booleans(),
)
def test_all_is_answered_in_time_by_hints_alone(
    pauses: list[int], late: int, *, short: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(timedelta(milliseconds=late))
    now = NOW
    with monkeypatch.context() as patched, transaction.atomic():
        if not short:
            patched.setattr(fast_lane, "takes", lambda _events, now: False)
        for pause in pauses:
            now += timedelta(milliseconds=pause)
            worker.run_until(now)
            write("¿Hola?", now=now)
        worker.run_until(now + PACE.at_most)
        written = dict(
            Message.objects.filter(direction="inbound").values_list("number", "created_at")
        )
        transaction.set_rollback(True)
    assert sorted(number for _at, burst in worker.answers for number in burst) == sorted(written)
    for at, burst in worker.answers:
        assert at <= written[burst[0]] + PACE.at_most + worker.late
        assert at <= written[burst[-1]] + PACE.after_last + worker.late


@pytest.mark.django_db
def test_a_burst_of_fifty_takes_two_jobs() -> None:
    for index in range(50):
        write("¿Hola?", now=NOW + timedelta(milliseconds=50 * index))
    worker = Worker(timedelta(0))
    worker.run_until(NOW + PACE.at_most)
    assert worker.jobs_run == 2
    assert [len(burst) for _at, burst in worker.answers] == [50]
