from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from agent.models import AgentRun, PlaybookVersion, Replay, ReplayTurn
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.replay import again, carry, gate, replays, sides
from agent.replay.sides import Side
from conversations.models import Conversation
from conversations.services.roles import MANAGERS, SALES
from tests.agent.replay.past import INTRO, nothing_written, runs, talked
from tests.agent.replay.test_replays import GUIDED, LATER, a_case, draft
from tests.conversations.admin import rows

pytestmark = pytest.mark.django_db

KEPT = ("agent_replay", "agent_replayturn", "procrastinate_jobs", "procrastinate_events")


def decided(run: AgentRun, version: PlaybookVersion) -> Replay:
    """Ask for it, and let the worker do it."""
    replay = again.begin(run=run, version=version, by=None, now=LATER)
    carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: LATER)
    replay.refresh_from_db()
    return replay


def both(replay: Replay) -> tuple[Side, Side]:
    turn = ReplayTurn.objects.get(replay=replay)
    return sides.load(turn.before), sides.load(turn.after)


def test_every_turn_is_decided_alike_by_its_own_version_and_nothing_else_is_written() -> None:
    talked(*INTRO)
    with nothing_written(but=KEPT):
        for run in runs():
            replay = decided(run, run.playbook_version)
            then, now = both(replay)
            assert replay.state == Replay.State.PASSED
            assert replace(now, cost=then.cost) == then


def test_a_draft_says_what_it_would_have_said() -> None:
    talked("Hola")
    [run] = runs()
    then, now = both(decided(run, draft(questions=DEFAULT_PLAYBOOK["questions"][1:])))
    assert "¿Cómo te llamas?" in then.text
    assert "¿Cómo te llamas?" not in now.text


def test_it_neither_passes_a_draft_nor_stands_in_the_way_of_its_replay() -> None:
    talked("Hola", "¿Cuánto cuesta?")
    version = draft()
    a_case()
    held_back = gate.blocking(version)
    assert held_back
    again.begin(run=runs()[0], version=version, by=None, now=LATER)
    decided(runs()[1], version)
    assert gate.blocking(version) == held_back
    ids = [Conversation.objects.get().pk]
    replay = replays.begin(version=version, conversation_ids=ids, by=None, now=LATER)
    carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: LATER)
    assert gate.blocking(version) == []


def test_a_turn_that_decided_nothing_has_no_then_and_one_without_context_none_at_all() -> None:
    talked("Hola")
    [run] = runs()
    AgentRun.objects.update(decision={}, state=AgentRun.State.SUPERSEDED)
    then, now = both(decided(AgentRun.objects.get(), run.playbook_version))
    assert not then.is_known
    assert now.text
    AgentRun.objects.update(context={})
    with pytest.raises(replays.ReplayError):
        again.begin(run=AgentRun.objects.get(), version=run.playbook_version, by=None, now=LATER)


def test_what_is_emptied_meanwhile_is_told() -> None:
    talked("Hola")
    [run] = runs()
    replay = again.begin(run=run, version=run.playbook_version, by=None, now=LATER)
    AgentRun.objects.update(context={})
    carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: LATER)
    page = manager().get(page_of(run, replay)).content.decode()
    assert "What this turn saw is no longer stored." in page


def test_a_manager_runs_it_again_and_watches() -> None:
    talked("Hola")
    [run], version = runs(), draft(questions=DEFAULT_PLAYBOOK["questions"][1:])
    browser = manager()
    shown = browser.get(reverse("admin:agent_agentrun_change", args=[run.pk])).content.decode()
    assert f'<option value="{version.pk}"' in shown
    url = reverse("admin:agent_agentrun_again", args=[run.pk])
    answer = browser.post(url, {"version": version.pk})
    replay = Replay.objects.get()
    assert answer.headers["Location"] == page_of(run, replay)
    waiting = browser.get(page_of(run, replay)).content.decode()
    assert 'data-open="yes"' in waiting
    carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: LATER)
    moving = f"{page_of(run, replay)}fragment/"
    fresh = browser.get(moving)
    assert "<ins>" in fresh.content.decode()
    assert 'data-open="no"' in fresh.content.decode()
    same = browser.get(moving, headers={"if-none-match": fresh.headers["ETag"]})
    assert same.status_code == 304
    assert "Nothing was sent" in browser.get(page_of(run, replay)).content.decode()
    # It stands with its run, not among the replays of drafts.
    listed = browser.get(reverse("admin:agent_replay_changelist"))
    assert listed.context["cl"].result_count == 0


def test_only_the_turn_itself_shows_it_and_only_to_managers() -> None:
    talked("Hola", "Soy Marta Díaz")
    first, second = runs()
    replay = again.begin(run=first, version=first.playbook_version, by=None, now=LATER)
    assert manager().get(page_of(second, replay)).status_code == 404
    sales = client(SALES)
    assert sales.get(page_of(first, replay)).status_code == 403
    shown = sales.get(reverse("admin:agent_agentrun_change", args=[first.pk]))
    assert shown.status_code == 200
    assert "Run again" not in shown.content.decode()


def manager() -> Client:
    return client(MANAGERS)


def client(group: str) -> Client:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(rows.make_user(f"one of {group}", groups=(group,)))
    return browser


def page_of(run: AgentRun, replay: Replay) -> str:
    return reverse("admin:agent_agentrun_decided", args=[run.pk, replay.pk])
