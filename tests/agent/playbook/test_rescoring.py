"""After the rules changed every lead is rated anew, whatever dies on the way."""

from __future__ import annotations

from typing import Any

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from agent import rating, rescoring, tasks
from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from agent.turn import KnownFact
from conversations import queue
from conversations.models import Fact, Lead, Stage
from tests.conversations.rows import NOW

pytestmark = pytest.mark.django_db

RICHER = {**DEFAULT_PLAYBOOK, "rules": [{**DEFAULT_PLAYBOOK["rules"][0], "points": 70}]}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescoring, "BATCH", 3)
    # The test's own connection would be given back.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)


@pytest.fixture
def leads(db: None) -> list[Lead]:
    made = [Lead.objects.create(created_at=NOW, score=1) for _ in range(7)]
    for lead in made:
        Fact.objects.create(lead=lead, key="bill", value=2000, quote="2 mil", created_at=NOW)
    return made


def work(most: int = 99) -> int:
    """Do what a worker does with the jobs of this name."""
    done = 0
    while done < most:
        waiting = ProcrastinateJob.objects.filter(task_name=queue.RESCORE, status="todo")
        job = waiting.values("pk", "task_name", "args").first()
        if job is None:
            break
        ProcrastinateJob.objects.filter(pk=job["pk"])._raw_delete("default")
        app.tasks[job["task_name"]](**job["args"])
        done += 1
    return done


def scores() -> list[int]:
    return list(Lead.objects.order_by("pk").values_list("score", flat=True))


def test_all_are_rated_in_batches_and_keep_their_stage(leads: list[Lead]) -> None:
    version = store.publish(content=RICHER, now=NOW)
    assert rescoring.progress(version) == rescoring.Progress(0, 7)
    assert work(most=2) == 2
    assert rescoring.progress(version) == rescoring.Progress(6, 7)
    assert scores() == [70] * 6 + [1]
    assert work() == 1
    assert rescoring.progress(version).finished
    assert scores() == [70] * 7
    lead = Lead.objects.get(pk=leads[0].pk)
    assert (lead.temperature, lead.stage) == ("hot", Stage.NEW)
    assert [line["quote"] for line in lead.score_lines] == ["2 mil"]


def test_a_lost_hint_is_found_by_the_watch_which_goes_on_where_it_stood(
    leads: list[Lead],
) -> None:
    store.publish(content=RICHER, now=NOW)
    work(most=1)
    ProcrastinateJob.objects.filter(task_name=queue.RESCORE)._raw_delete("default")
    Lead.objects.filter(pk=leads[0].pk).update(score=5)
    tasks.watch_rescoring(0)
    assert work() == 2
    assert scores() == [5] + [70] * 6
    tasks.watch_rescoring(0)
    assert work() == 0


def test_newer_rules_begin_anew(leads: list[Lead]) -> None:
    store.publish(content=RICHER, now=NOW)
    work(most=1)
    newer = store.publish(content={**RICHER, "rules": []}, now=NOW)
    assert rescoring.progress(newer).done == 0
    work()
    assert scores() == [0] * 7


def test_old_rules_stop_as_soon_as_newer_ones_are_published(
    leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish(content=RICHER, now=NOW)
    rate = rating.rescore

    def rate_and_publish(**asked: Any) -> object:
        result = rate(**asked)
        if asked["lead_id"] == leads[1].pk:
            store.publish(content={**RICHER, "rules": []}, now=NOW)
        return result

    with monkeypatch.context() as patched:
        patched.setattr(rating, "rescore", rate_and_publish)
        assert rescoring.rescore_batch(now=NOW)
    assert scores() == [70, 70, 1, 1, 1, 1, 1]
    work()
    assert scores() == [0] * 7


def test_a_turn_that_began_before_is_rated_by_the_rules_in_force(leads: list[Lead]) -> None:
    old = store.published(now=NOW)
    playbook = parse_playbook(old.content)
    assert rating.in_force(version_id=old.pk, playbook=playbook) is playbook
    store.publish(content=RICHER, now=NOW)
    rules = rating.in_force(version_id=old.pk, playbook=playbook)
    rating.rate(lead_id=leads[0].pk, playbook=rules, facts=[KnownFact("bill", 2000, "2 mil")])
    assert scores()[0] == 70


def test_without_a_playbook_nothing_is_due() -> None:
    assert not rescoring.is_due()
    assert not rescoring.rescore_batch(now=NOW)
    assert PlaybookVersion.objects.count() == 0


def test_who_comes_late_does_not_set_the_others_back(
    leads: list[Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = store.publish(content=RICHER, now=NOW)
    rate = rating.rescore

    def overtaken(**asked: Any) -> object:
        monkeypatch.setattr(rating, "rescore", rate)
        while rescoring.rescore_batch(now=NOW):
            pass
        return rate(**asked)

    monkeypatch.setattr(rating, "rescore", overtaken)
    rescoring.rescore_batch(now=NOW)
    assert rescoring.progress(version).finished
