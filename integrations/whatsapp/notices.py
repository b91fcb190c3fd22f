"""What staff should know of events that nobody acts on, in a few words for the delivery's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from integrations.whatsapp.text import clean

# What `manage.py doctor` posts to our own webhook; no provider uses the name.
PROBE = "leadbot_doctor"


def reason(field: str, value: Mapping[str, Any]) -> str:
    """Say what happened, or nothing where it does not matter to us."""
    say = REASONS.get(field)
    return say(value) if say else ""


def _event(value: Mapping[str, Any]) -> str:
    return f"event {_word(value, 'event')}"


def _probe(_value: Mapping[str, Any]) -> str:
    return "a test by manage.py doctor, which changes nothing"


def _history(_value: Mapping[str, Any]) -> str:
    return "older messages of the app on the phone, which are not taken over"


def _app_contacts(_value: Mapping[str, Any]) -> str:
    return "contacts of the app on the phone, which are not taken over"


def _handover(_value: Mapping[str, Any]) -> str:
    return "WhatsApp's own agent took or gave back a talk: what comes on standby is not answered"


def _template_quality(value: Mapping[str, Any]) -> str:
    name, quality = _word(value, "message_template_name"), _word(value, "new_quality_score")
    return f"the quality of template {name} is {quality}"


def _template_status(value: Mapping[str, Any]) -> str:
    name, event = _word(value, "message_template_name"), _word(value, "event")
    return f"template {name}: {event}"


def _template_category(value: Mapping[str, Any]) -> str:
    name, category = _word(value, "message_template_name"), _word(value, "new_category")
    return f"the category of template {name} is {category}"


def _word(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return clean(found, 64) if isinstance(found, str) and found else "(not named)"


REASONS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "account_update": _event,
    "phone_number_quality_update": _event,
    "security": _event,
    PROBE: _probe,
    "history": _history,
    "smb_app_state_sync": _app_contacts,
    "messaging_handovers": _handover,
    "message_template_quality_update": _template_quality,
    "message_template_status_update": _template_status,
    "template_category_update": _template_category,
}
