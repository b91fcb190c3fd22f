"""What a replay is going to play, as it stood when it was begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.db.models import Max
from pydantic import TypeAdapter

from agent.models import ReplayCase
from agent.replay.expectations import Expectation, parse
from agent.replay.freezing import Frozen
from conversations.models import Message


@dataclass(frozen=True)
class PlannedCase:
    """A case with what it expected then."""

    id: UUID
    title: str
    up_to: int
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True)
class Planned:
    """One conversation, up to a message; or one `run` of it alone.

    `frozen` is read when its first turn is played.
    """

    conversation: UUID
    up_to: int
    cases: tuple[PlannedCase, ...] = ()
    frozen: Frozen | None = None
    run: UUID | None = None


STORED = TypeAdapter(tuple[Planned, ...])


def make(*, chosen: Iterable[UUID], cases: Iterable[ReplayCase]) -> tuple[Planned, ...]:
    """Every case, and the chosen conversations to their ends; each conversation once."""
    by_conversation: dict[UUID, list[PlannedCase]] = {}
    for case in cases:
        by_conversation.setdefault(case.conversation_id, []).append(planned(case))
    ends = _ends(list(chosen))
    wanted = dict.fromkeys([*by_conversation, *ends])
    return tuple(
        Planned(
            conversation=each,
            up_to=max([ends.get(each, 0), *(case.up_to for case in by_conversation.get(each, ()))]),
            cases=tuple(by_conversation.get(each, ())),
        )
        for each in wanted
    )


def planned(case: ReplayCase) -> PlannedCase:
    """A case as it stands now."""
    return PlannedCase(case.pk, case.title, case.up_to, parse(case.expectations))


def dump(plan: Sequence[Planned]) -> list[dict[str, Any]]:
    """As a replay stores it."""
    return cast(list[dict[str, Any]], STORED.dump_python(tuple(plan), mode="json"))


def load(stored: Any) -> tuple[Planned, ...]:
    """The plan that was dumped."""
    return STORED.validate_python(stored)


def _ends(conversations: Sequence[UUID]) -> dict[UUID, int]:
    """The last message of each, in the order in which they were chosen."""
    rows = Message.objects.filter(conversation__in=conversations).values_list("conversation")
    last = dict(rows.annotate(last=Max("number")))
    return {each: last[each] for each in conversations if each in last}
