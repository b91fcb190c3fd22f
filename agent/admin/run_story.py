"""One run as staff read it: what was seen, done, checked and said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from agent import run_words
from agent.admin import run_facts, run_steps
from agent.admin.run_rows import dict_of, dicts_of, pretty
from agent.admin.run_tools import Names
from agent.models import AgentRun
from agent.turn import OWN_NUMBER
from conversations.admin import labels, regions
from conversations.admin.addresses import thread_url
from conversations.admin.base import NOTHING
from conversations.admin.bubbles import kind_label
from integrations.messaging import MessageKind


@dataclass(frozen=True)
class Pair:
    """A name and what stands beside it."""

    name: str
    value: str


def story(run: AgentRun, names: Names) -> dict[str, Any]:
    """Everything that the inspector's page shows of a run."""
    context, decision = dict_of(run.context), dict_of(run.decision)
    steps, effects = list(run.steps.order_by("id")), list(run.effects.order_by("index"))
    return {
        "title": _("Agent run"),
        "lead_name": getattr(run, "lead_name", ""),
        "subtitle": getattr(run, "lead_name", "") or NOTHING,
        "trigger": getattr(run, "trigger_text", ""),
        "thread_url": f"{thread_url(run.conversation_id)}#m-{run.trigger_message_id}",
        "inbound": [_words(message) for message in dicts_of(context.get("inbound"))],
        "facts": run_facts.rows_of(run, effects, names),
        "score": run_facts.score_of(run, effects),
        "known": _known(dict_of(context.get("lead")), run.created_at),
        "replies": dicts_of(decision.get("replies")),
        "steps": run_steps.lines_of(steps, effects, names, dicts_of(decision.get("remarks"))),
        "checks": run_steps.checks_of(run, steps),
        "problem": run_words.problem(run.problem),
        "context_raw": pretty(context),
        "decision_raw": pretty(decision),
    }


def _words(message: Mapping[str, Any]) -> str:
    said = str(message.get("kind") or "")
    kind = kind_label(MessageKind.CONTACTS if said == OWN_NUMBER else said)
    label = str(message.get("label") or "")
    return str(message.get("text") or "") or " · ".join(filter(None, (kind, label))) or NOTHING


def _known(lead: Mapping[str, Any], at: datetime) -> list[Pair]:
    shown = {name: value for name, value in lead.items() if value not in (None, "")}
    certain = shown.pop("time_zone_certain", True)
    if "time_zone" in shown:
        zone = regions.zone_text(str(shown["time_zone"]), now=at)
        guess = _("%(zone)s, guessed from the phone number") % {"zone": zone}
        shown["time_zone"] = zone if certain else guess
    return [
        Pair(run_words.said(run_words.LEAD, name), labels.value_text(value))
        for name, value in shown.items()
    ]
