"""What was known of the lead before a run and after it, answer by answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from agent.admin.run_rows import dict_of, dicts_of
from agent.admin.run_tools import Names
from agent.models import AgentRun, Effect
from agent.playbook.schema import parse_playbook
from agent.playbook.scoring import Score, score
from agent.turn import KnownFact
from conversations.admin import badges, labels
from conversations.admin.base import NOTHING
from conversations.models import Temperature

Stored = Mapping[str, Any]
WORDS = {
    "added": (gettext_lazy("added"), "green"),
    "changed": (gettext_lazy("changed"), "amber"),
    "proposed": (gettext_lazy("proposed: a colleague locked it"), "violet"),
    "refused": (gettext_lazy("not kept"), "red"),
}
UNDONE = ("proposed", "refused")


@dataclass(frozen=True)
class FactRow:
    """One answer before and after, with the lead's words. `heard` was proposed or not kept."""

    name: str
    before: str
    after: str
    heard: str
    quote: str
    change: SafeString | None


@dataclass(frozen=True)
class ScoreRow:
    """The score by the rules of the run's own version."""

    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def rows_of(run: AgentRun, effects: Sequence[Effect], names: Names) -> list[FactRow]:
    """Every answer that was known or heard."""
    before, after = _before(run), _after(run, effects)
    return [_row(key, before, after, effects, names) for key in _keys(before, after, effects)]


def score_of(run: AgentRun, effects: Sequence[Effect]) -> ScoreRow | None:
    """Before and after; none where the version cannot be read any more."""
    try:
        playbook = parse_playbook(run.playbook_version.content)
    except ValidationError:
        return None
    sides = (_before(run), _after(run, effects))
    known = ([KnownFact(key, one.get("value")) for key, one in side.items()] for side in sides)
    return ScoreRow(*(_score_text(score(playbook, facts)) for facts in known))


def _row(
    key: str, before: Stored, after: Stored, effects: Sequence[Effect], names: Names
) -> FactRow:
    old, new = before.get(key), after.get(key)
    change = _change(key, old, new, effects)
    told = new
    if change in UNDONE:
        told = next((each for each in _heard(effects) if each.get("key") == key), None)
    return FactRow(
        name=labels.fact_name(key, names),
        before=_text(old, names),
        after=_text(new, names),
        heard=_text(told, names) if change in UNDONE else "",
        quote=str((told or {}).get("quote") or ""),
        change=badges.badge(*WORDS[change]) if change else None,
    )


def _change(key: str, old: Stored | None, new: Stored | None, effects: Sequence[Effect]) -> str:
    if old is None and new is not None:
        return "added"
    if old is not None and new is not None and old.get("value") != new.get("value"):
        return "changed"
    results = [dict_of(effect.result) for effect in _saves(effects)]
    if any(key in (result.get("proposed") or ()) for result in results):
        return "proposed"
    return "refused" if any(key in dict_of(each.get("rejected")) for each in results) else ""


def _before(run: AgentRun) -> dict[str, Stored]:
    return _by_key(dicts_of(dict_of(run.context).get("facts")))


def _after(run: AgentRun, effects: Sequence[Effect]) -> dict[str, Stored]:
    """As the last saving left them; an older row tells only what was saved."""
    known = _before(run)
    for effect in _saves(effects):
        result = dict_of(effect.result)
        if isinstance(result.get("facts"), list):
            known = _by_key(dicts_of(result["facts"]))
            continue
        saved = result.get("saved") or ()
        known |= {key: one for key, one in _by_key(_heard([effect])).items() if key in saved}
    return known


def _keys(before: Stored, after: Stored, effects: Sequence[Effect]) -> list[str]:
    heard = (str(each.get("key", "")) for each in _heard(effects))
    return list(dict.fromkeys([*before, *after, *heard]))


def _saves(effects: Sequence[Effect]) -> Iterator[Effect]:
    return (each for each in effects if each.tool == "save_answers" and each.done_at)


def _heard(effects: Sequence[Effect]) -> list[dict[str, Any]]:
    """The answers that it asked to keep, the latest first."""
    saves = reversed(list(_saves(effects)))
    return [one for each in saves for one in dicts_of(dict_of(each.arguments).get("answers"))]


def _by_key(facts: Sequence[Stored]) -> dict[str, Stored]:
    return {str(fact.get("key", "")): fact for fact in facts}


def _text(fact: Stored | None, names: Names) -> str:
    if fact is None:
        return NOTHING
    return labels.fact_value(str(fact.get("key", "")), fact.get("value"), names)


def _score_text(rated: Score) -> str:
    label = dict(Temperature.choices).get(rated.temperature, rated.temperature)
    return _("%(points)d points, %(label)s") % {"points": rated.points, "label": label}
