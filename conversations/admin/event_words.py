"""What nobody wrote, in words: calls, which nobody here takes, and notices from WhatsApp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from conversations.models import Message
from integrations.messaging import MessageKind

# The first is what the API said before v12.
NEW_NUMBER = frozenset({"customer_changed_number", "user_changed_number"})


def event_text(message: Message) -> str:
    """What happened; nothing for what a person wrote."""
    if message.kind == MessageKind.CALL:
        return call_text(message.content)
    return notice_text(message) if message.kind == MessageKind.SYSTEM else ""


def notice_text(message: Message) -> str:
    """What WhatsApp tells of a person; a kind that nobody knows in WhatsApp's own words."""
    said = message.content.get("type")
    if said in NEW_NUMBER:
        number = message.content.get("wa_id") or message.content.get("new_wa_id")
        if not isinstance(number, str) or not number.isdecimal():
            return _("Has a new number.")
        return _("Has a new number: %(number)s.") % {"number": f"+{number}"}
    if said == "user_changed_user_id":
        return _("WhatsApp gave this person a new id. The conversation goes on.")
    if said == "customer_identity_changed":
        return _("Changed phones or installed WhatsApp again: the security code is a new one.")
    return message.text


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
