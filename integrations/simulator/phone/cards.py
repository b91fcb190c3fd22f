"""What a bubble shows of a message's content, in words and parts that the page draws."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from integrations.simulator.cloud import template_buttons, templates
from integrations.simulator.cloud.interactive import WORDLESS
from integrations.simulator.cloud.validation import MEDIA_TYPES
from integrations.simulator.phone.inbound import REPLIES

Content = Mapping[str, Any]


def text_of(kind: str, content: Content) -> str:
    """Give the words of a message; "" where it has none of its own."""
    reader = TEXTS.get(kind)
    if reader is not None:
        return reader(content)
    return str(content.get("caption", "") or content.get("filename", ""))


def event_of(kind: str, content: Content) -> str:
    """Say what happened, for what is no message but an event in the chat."""
    if kind == "system":
        number = content.get("wa_id")
        return _("Number changed to +%s") % number if number else _("User ID changed")
    if kind == "preference":
        stopped = content.get("value") == "stop"
        return _("Marketing messages switched off") if stopped else _("Marketing messages on again")
    return {"call": _("Voice call"), "request_welcome": _("Chat opened")}.get(kind, "")


def file_of(kind: str, content: Content) -> dict[str, str] | None:
    """Give a file's address and name; an interactive message may carry one in its header."""
    if kind == "interactive":
        header = content.get("header", {})
        kind, content = header.get("type", ""), header.get(header.get("type", ""), {})
    if kind not in MEDIA_TYPES:
        return None
    address = str(content.get("link", ""))
    if media_id := content.get("id"):
        address = reverse("simulator:phone:file", kwargs={"media_id": media_id})
    return {"url": address, "name": str(content.get("filename", "")), "kind": kind}


def card_of(kind: str, content: Content) -> dict[str, Any] | None:
    """Give the lines of a card: where something is, who somebody is, what is ordered."""
    reader = CARDS.get(kind)
    return reader(content) if reader else None


def options_of(kind: str, content: Content) -> dict[str, Any] | None:
    """Give what may be tapped below a message."""
    if kind == "template":
        rows = template_buttons.buttons_of(content)
        section = {"title": "", "rows": rows}
        return {"kind": kind, "sections": [section]} if rows else None
    action = content.get("action") if kind == "interactive" else None
    return _offered(content, action) if action else None


def _offered(content: Content, action: Content) -> dict[str, Any]:
    kind = content["type"]
    shown: dict[str, Any] = {
        "kind": kind,
        "label": action.get("button", ""),
        "header": content.get("header", {}).get("text", ""),
        "footer": content.get("footer", {}).get("text", ""),
        "sections": [],
        "link": "",
    }
    if kind == "button":
        shown["sections"] = [{"title": "", "rows": [one["reply"] for one in action["buttons"]]}]
    elif kind == "list":
        shown["sections"] = [
            {"title": section.get("title", ""), "rows": section["rows"]}
            for section in action["sections"]
        ]
    else:
        shown |= _single(kind, action)
    return shown


def _single(kind: str, action: Content) -> dict[str, str]:
    """The one button of an interactive message that is neither buttons nor a list."""
    parameters = action.get("parameters", {})
    if kind == "cta_url":
        return {"label": parameters["display_text"], "link": parameters["url"]}
    if kind == "flow":
        return {"label": parameters["flow_cta"], "act": "flow"}
    labels = {
        "request_contact_info": (_("Share phone number"), "share_number"),
        "location_request_message": (_("Send location"), "location"),
        "call_permission_request": (_("Allow calls"), "call_permission"),
        "voice_call": (parameters.get("display_text") or _("Call"), "call"),
        "catalog_message": (_("View catalog"), "order"),
        "product": (_("View product"), "order"),
        "product_list": (_("View items"), "order"),
    }
    label, act = labels.get(kind, (_("Open"), ""))
    return {"label": label, "act": act}


def _interactive(content: Content) -> str:
    for name in REPLIES.values():
        if name in content:
            return str(content[name]["title"])
    if content["type"] == "nfm_reply":
        return ""
    if content["type"] == "call_permission_reply":
        accepted = content["call_permission_reply"].get("response") == "accept"
        return _("Calls allowed") if accepted else _("Calls not allowed")
    return str(content.get("body", {}).get("text", ""))


def _place(content: Content) -> dict[str, Any]:
    latitude, longitude = content.get("latitude"), content.get("longitude")
    lines = [str(content[name]) for name in ("name", "address") if content.get(name)]
    return {
        "icon": "pin",
        "title": lines[0] if lines else _("Location"),
        "lines": [*lines[1:], f"{latitude}, {longitude}"],
    }


def _people(content: Content) -> dict[str, Any]:
    cards = [card for card in content.get("contacts") or [] if isinstance(card, dict)]
    names = [str(card.get("name", {}).get("formatted_name", "")) for card in cards]
    numbers = [str(phone.get("phone", "")) for card in cards for phone in card.get("phones") or []]
    title = ", ".join(name for name in names if name) or _("My phone number")
    return {"icon": "person", "title": title, "lines": numbers}


def _order(content: Content) -> dict[str, Any]:
    items = content.get("product_items", [])
    lines = [f"{item['quantity']} x {item['product_retailer_id']}" for item in items]
    total = sum(item["quantity"] * item["item_price"] for item in items)
    currency = items[0]["currency"] if items else ""
    return {"icon": "cart", "title": _("Order"), "lines": [*lines, f"{total:,} {currency}"]}


def _wordless(content: Content) -> dict[str, Any] | None:
    """Interactive messages that may come without a text: an answered form, and goods."""
    kind = content.get("type")
    if kind == "nfm_reply":
        return _form(content)
    if kind not in WORDLESS or "body" in content:
        return None
    action = content["action"]
    names = [str(card.get("body", {}).get("text", "")) for card in action.get("cards", [])]
    names.append(str(action.get("product_retailer_id", "")))
    title, *lines = [name for name in names if name] or [_("View items")]
    return {"icon": "cart", "title": title, "lines": lines}


def _form(content: Content) -> dict[str, Any]:
    answers = json.loads(content["nfm_reply"]["response_json"])
    lines = [f"{name}: {value}" for name, value in answers.items() if name != "flow_token"]
    return {"icon": "list", "title": _("Form sent"), "lines": lines}


def _unknown(_content: Content) -> dict[str, Any]:
    title = _("A poll, which WhatsApp does not pass on")
    return {"icon": "unknown", "title": title, "lines": []}


TEXTS: dict[str, Callable[[Content], str]] = {
    "text": lambda content: str(content["body"]),
    "button": lambda content: str(content["text"]),
    "order": lambda content: str(content.get("text", "")),
    "interactive": _interactive,
    "template": templates.text_of,
    "location": lambda _content: "",
    "contacts": lambda _content: "",
}
CARDS: dict[str, Callable[[Content], dict[str, Any] | None]] = {
    "location": _place,
    "contacts": _people,
    "order": _order,
    "interactive": _wordless,
    "unsupported": _unknown,
}
