"""What a tool was asked and what came of it, in words. Reads what is stored, whatever its shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from agent import run_words
from agent.admin.run_rows import dict_of, dicts_of
from agent.models import Effect
from conversations.admin import dates, labels
from conversations.admin.labels import FactLabel
from conversations.models import HandoffReason

SHORT = 300
Names = Mapping[str, FactLabel]


def words_of(effect: Effect, names: Names) -> tuple[str, ...]:
    """Its arguments and its result, a line each."""
    said = TOOL_WORDS.get(effect.tool, _in_full)(effect, names)
    return cut((*said, *(() if effect.done_at else (_("It did not come to an end."),))))


def answer_text(fact: Mapping[str, Any], names: Names) -> str:
    """A value and the lead's words for it."""
    value = labels.fact_value(str(fact.get("key", "")), fact.get("value"), names)
    quote = fact.get("quote")
    return f"{value} “{quote}”" if quote else value


def cut(texts: tuple[str, ...]) -> tuple[str, ...]:
    """No line longer than a page needs; the rest stands in full elsewhere."""
    return tuple(text if len(text) <= SHORT else f"{text[:SHORT]}…" for text in texts if text)


def _saved(effect: Effect, names: Names) -> tuple[str, ...]:
    answers = dicts_of(dict_of(effect.arguments).get("answers"))
    rejected = dict_of(dict_of(effect.result).get("rejected"))
    proposed = dict_of(effect.result).get("proposed") or ()
    kept = [
        f"{labels.fact_name(str(answer.get('key', '')), names)}: {answer_text(answer, names)}"
        for answer in answers
        if answer.get("key") not in (*rejected, *proposed)
    ]
    locked = [
        _("Locked, for a colleague to decide: %(answer)s")
        % {"answer": labels.fact_name(str(key), names)}
        for key in proposed
    ]
    refused = [
        _("Not kept: %(answer)s") % {"answer": labels.fact_name(str(key), names)}
        for key in rejected
    ]
    return (*kept, *locked, *refused)


def _found(effect: Effect, _names: Names) -> tuple[str, ...]:
    wish, result = dict_of(effect.arguments), dict_of(effect.result)
    day = parse_date(str(wish.get("day") or ""))
    part = str(wish.get("part") or "")
    asked = [
        dates.short_day(day) if day else "",
        run_words.said(run_words.PARTS, part) if part else "",
        _hour(wish),
    ]
    wanted = " ".join(filter(None, asked))
    problem = str(result.get("problem") or "")
    return (
        *([_("Wanted: %(wish)s") % {"wish": wanted}] if wanted else []),
        *map(_time, dicts_of(result.get("slots"))),
        *([run_words.said(run_words.SEARCHES, problem)] if problem else []),
    )


def _hour(wish: Mapping[str, Any]) -> str:
    hour = str(wish.get("at") or "")[:5]
    words = run_words.said(run_words.HOURS, str(wish.get("bound") or ""))
    return words % {"hour": hour} if hour else ""


def _booked(effect: Effect, _names: Names) -> tuple[str, ...]:
    result = dict_of(effect.result)
    status = str(result.get("status") or "")
    meeting = dict_of(result.get("meeting"))
    others = [_time(slot) for slot in dicts_of(result.get("alternatives"))]
    offered = [_("Offered: %(times)s") % {"times": ", ".join(others)}] if others else []
    return (
        *([run_words.said(run_words.BOOKINGS, status)] if status else []),
        *([_time(meeting)] if meeting else []),
        *offered,
    )


def _handed_over(effect: Effect, _names: Names) -> tuple[str, ...]:
    why = str(dict_of(effect.arguments).get("why", ""))
    return (str(dict(HandoffReason.choices).get(why, why)),)


def _in_full(effect: Effect, _names: Names) -> tuple[str, ...]:
    return (json.dumps(effect.arguments, ensure_ascii=False, default=str),)


TOOL_WORDS: Mapping[str, Callable[[Effect, Names], tuple[str, ...]]] = {
    "save_answers": _saved,
    "find_slots": _found,
    "check_and_book": _booked,
    "reschedule": _booked,
    "cancel_meeting": _booked,
    "hand_off": _handed_over,
}


def _time(slot: Mapping[str, Any]) -> str:
    at = parse_datetime(str(slot.get("starts_at") or ""))
    shown = dates.day_and_hour(at) if at and at.tzinfo else "–"
    return f"{shown} · {slot.get('host', '')}"
