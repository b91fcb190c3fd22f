"""The buttons below a template, as a phone shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.simulator.cloud import templates


def buttons_of(message: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give each button's words, and its address or what a tap on it says to the business."""
    template = templates.find(message) or {}
    given = {
        str(part.get("index")): (part.get("parameters") or [{}])[0]
        for part in message.get("components", [])
        if str(part.get("type")).lower() == "button"
    }
    shown = [
        part.get("buttons", [])
        for part in template.get("components", [])
        if str(part["type"]).lower() == "buttons"
    ]
    return [
        _button(button, given.get(str(index), {}))
        for index, button in enumerate(button for buttons in shown for button in buttons)
    ]


def _button(button: Mapping[str, Any], parameter: Mapping[str, Any]) -> dict[str, str]:
    text = str(button["text"])
    if "url" in button:
        value = str(parameter.get("text", ""))
        return {"id": text, "title": text, "link": templates.PLACE.sub(value, button["url"])}
    return {"id": str(parameter.get("payload") or text), "title": text}
