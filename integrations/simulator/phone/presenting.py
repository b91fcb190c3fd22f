"""Turns rows into what the page draws."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.urls import reverse

from integrations.models import SimulatedMessage, SimulatedPhone, SimulatedWebhook
from integrations.simulator.cloud.validation import MEDIA_TYPES
from integrations.simulator.phone.inbound import REPLIES

HISTORY = 500


def feed(phone: SimulatedPhone, *, after: int, now: datetime) -> dict[str, Any]:
    """Give what changed in one chat since a revision, and a line on every other chat."""
    changed = SimulatedMessage.objects.filter(phone=phone, revision__gt=after)
    newest = sorted(changed.order_by("-pk")[:HISTORY], key=lambda message: message.pk)
    trouble = (
        SimulatedWebhook.objects.filter(lane=str(phone.pk), attempts__gt=1)
        .order_by("-pk")
        .values_list("last_answer", flat=True)
        .first()
    )
    return {
        # Read before the messages were: what came in between is given again, never lost.
        "revision": phone.revision,
        "typing": bool(phone.typing_until and phone.typing_until > now),
        "trouble": trouble or "",
        "messages": [message_of(message) for message in newest],
        "phones": chats(),
    }


def chats() -> list[dict[str, Any]]:
    """List all phones with their last message and what they have not read."""
    last = SimulatedMessage.objects.filter(phone=OuterRef("pk")).order_by("-pk")
    unread = Q(messages__from_business=True, messages__status=SimulatedMessage.Status.DELIVERED)
    rows = SimulatedPhone.objects.filter(adopted=False).annotate(
        unread=Count("messages", filter=unread),
        last_type=Subquery(last.values("type")[:1]),
        last_content=Subquery(last.values("content")[:1]),
        last_at=Subquery(last.values("occurred_at")[:1]),
    )
    return [
        {
            "id": phone.pk,
            "name": phone.name,
            "handle": handle(phone),
            "unread": phone.unread,
            "preview": _text(phone.last_type, phone.last_content)[:80] if phone.last_type else "",
            "type": phone.last_type or "",
            "at": phone.last_at.isoformat() if phone.last_at else "",
        }
        for phone in rows.order_by("pk")
    ]


def handle(phone: SimulatedPhone) -> str:
    """Say what the business sees of a person: the number, else the username."""
    return f"+{phone.wa_id}" if phone.wa_id else f"@{phone.username}"


def message_of(message: SimulatedMessage) -> dict[str, Any]:
    """Shape one bubble."""
    content = message.content
    return {
        "id": message.pk,
        "wamid": message.wamid,
        "client_id": str(message.client_id or ""),
        "mine": not message.from_business,
        "type": message.type,
        "text": _text(message.type, content),
        "status": message.status,
        "at": message.occurred_at.isoformat(),
        "context": message.context_wamid,
        "ad": message.referral.get("headline", ""),
        "file": _file(content) if message.type in MEDIA_TYPES else None,
        "options": _options(content) if message.type == "interactive" else None,
    }


def _text(kind: str, content: Mapping[str, Any]) -> str:
    if kind == "text":
        return str(content["body"])
    if kind == "template":
        return _template_text(content)
    if kind != "interactive":
        return str(content.get("caption", "") or content.get("filename", ""))
    if reply := next((content[name] for name in REPLIES.values() if name in content), None):
        return str(reply["title"])
    return str(content["body"]["text"])


def _template_text(template: Mapping[str, Any]) -> str:
    parameters = [
        str(parameter.get("text", ""))
        for component in template.get("components", [])
        for parameter in component.get("parameters", [])
    ]
    return " · ".join([f"[{template['name']}]", *parameters])


def _file(content: Mapping[str, Any]) -> dict[str, str]:
    media_id = content.get("id")
    address = str(content.get("link", ""))
    if media_id:
        address = reverse("simulator:phone:file", kwargs={"media_id": media_id})
    return {"url": address, "name": str(content.get("filename", ""))}


def _options(content: Mapping[str, Any]) -> dict[str, Any] | None:
    action = content.get("action")
    if action is None:
        return None
    if content["type"] == "button":
        rows = [button["reply"] for button in action["buttons"]]
        sections = [{"title": "", "rows": rows}]
    else:
        sections = [
            {"title": section.get("title", ""), "rows": section["rows"]}
            for section in action["sections"]
        ]
    return {
        "kind": content["type"],
        "label": action.get("button", ""),
        "header": content.get("header", {}).get("text", ""),
        "footer": content.get("footer", {}).get("text", ""),
        "sections": sections,
    }
