"""A call in words: who called, and how it ended. Nobody here takes WhatsApp calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _


def call_text(content: Mapping[str, Any]) -> str:
    """What happened, as far as WhatsApp told."""
    if "permission" in content:
        return _permission(content["permission"])
    ours = content.get("direction") == "out"
    seconds = content.get("duration")
    if isinstance(seconds, int) and seconds > 0:
        return _("We talked for %(span)s.") % {"span": _span(seconds)}
    if ours:
        return _("We called; nobody answered.") if "outcome" in content else _("We called.")
    if "outcome" in content:
        return _("Missed call. Calls are not taken here: write to them.")
    return _("They called. Calls are not taken here: write to them.")


def _permission(answer: object) -> str:
    if answer == "accept":
        return _("They let us call them on WhatsApp.")
    return _("They do not want to be called on WhatsApp.")


def _span(seconds: int) -> str:
    if seconds < 60:
        return _("%(count)d s") % {"count": seconds}
    return _("%(count)d min") % {"count": round(seconds / 60)}
