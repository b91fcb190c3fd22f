"""What staff should know of events that nobody acts on, in a few words for the delivery's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.whatsapp.text import clean


def reason(field: str, value: Mapping[str, Any]) -> str:
    """Say what happened, or nothing where it does not matter to us."""
    say = REASONS.get(field)
    return say(value) if say else ""


def _call(_value: Mapping[str, Any]) -> str:
    return "somebody called, and calls are not taken here: write to them"


def _template_quality(value: Mapping[str, Any]) -> str:
    name, quality = _word(value, "message_template_name"), _word(value, "new_quality_score")
    return f"the quality of template {name} is {quality}"


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return clean(found, 64) if isinstance(found, str) and found else "(not named)"


REASONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "calls": _call,
    "message_template_quality_update": _template_quality,
}
