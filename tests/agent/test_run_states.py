"""The drawings in agent.models against the code."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from agent import runs
from agent.models import NEXT_RUN_STATES, AgentRun, PlaybookVersion
from agent.playbook import store
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from tests.conversations.rows import NOW

pytestmark = pytest.mark.django_db

S = AgentRun.State


def drawn(doc: str | None) -> dict[str, set[str]]:
    lines = (re.fullmatch(r"\s*(\w+) → ([\w| ]+)", line) for line in (doc or "").splitlines())
    return {line[1]: set(line[2].split(" | ")) for line in lines if line}


def test_the_drawing_is_the_machine() -> None:
    assert drawn(AgentRun.__doc__) == {
        str(state): {str(to) for to in following}
        for state, following in NEXT_RUN_STATES.items()
        if following
    }
    assert set(NEXT_RUN_STATES) == set(S)


@pytest.mark.parametrize("to", [S.DONE, S.SUPERSEDED])
@pytest.mark.parametrize("state", S)
def test_a_run_ends_only_from_where_the_drawing_says(state: S, to: S) -> None:
    run = AgentRun.objects.create(
        id=uuid4(),
        conversation_id=uuid4(),
        trigger_message_id=uuid4(),
        playbook_version=store.published(now=NOW),
        state=state,
        created_at=NOW,
    )
    runs.close(run, to, now=NOW)
    run.refresh_from_db()
    legal = to in NEXT_RUN_STATES[state]
    assert (run.state, run.finished_at) == ((to, NOW) if legal else (state, None))


def test_the_next_playbook_retires_the_one_before() -> None:
    assert drawn(PlaybookVersion.__doc__) == {
        "draft": {"published"},
        "published": {"retired"},
    }
    for _ in range(2):
        store.publish(content=DEFAULT_PLAYBOOK, now=NOW)
    states = PlaybookVersion.objects.order_by("number").values_list("state", flat=True)
    assert list(states)[-2:] == ["retired", "published"]
