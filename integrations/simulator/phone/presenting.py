"""Turns rows into what the page draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery

from integrations.models import SimulatedMessage, SimulatedPhone, SimulatedWebhook
from integrations.simulator import chaos
from integrations.simulator.phone import cards
from integrations.simulator.phone.drafts import TARGETS

HISTORY = 500


def feed(phone: SimulatedPhone, *, after: int, now: datetime) -> dict[str, Any]:
    """Give what changed in one chat since a revision, and a line on every other chat."""
    changed = _shown().filter(phone=phone, revision__gt=after)
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
        "switched": chaos.current() != chaos.Chaos(),
        "messages": messages_of(newest),
        "phones": chats(),
    }


def chats() -> list[dict[str, Any]]:
    """List all phones with their last message and what they have not read."""
    last = _shown().filter(phone=OuterRef("pk")).order_by("-pk")
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
            "preview": _preview(phone.last_type, phone.last_content) if phone.last_type else "",
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
    return messages_of([message])[0]


def messages_of(messages: list[SimulatedMessage]) -> list[dict[str, Any]]:
    """Shape bubbles, each with what was said about it later."""
    later = _later(messages)
    return [_bubble(message, later.get(message.wamid, Later())) for message in messages]


@dataclass
class Later:
    """What came after a message and is about it."""

    reactions: dict[bool, str] = field(default_factory=dict)
    edited: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False


def _later(messages: Iterable[SimulatedMessage]) -> dict[str, Later]:
    phones = {message.phone_id for message in messages}
    rows = SimulatedMessage.objects.filter(phone_id__in=phones, type__in=TARGETS)
    found: dict[str, Later] = {}
    for row in rows.exclude(status=SimulatedMessage.Status.FAILED, from_business=True).order_by(
        "pk"
    ):
        later = found.setdefault(str(row.content.get(TARGETS[row.type], "")), Later())
        if row.type == "reaction":
            later.reactions[row.from_business] = row.content.get("emoji", "")
        elif row.type == "edit":
            inner = row.content["message"]
            later.edited = inner[inner["type"]]
        else:
            later.deleted = True
    return found


def _bubble(message: SimulatedMessage, later: Later) -> dict[str, Any]:
    kind = message.type
    content = message.content | later.edited
    event = cards.event_of(kind, content)
    return {
        "id": message.pk,
        "wamid": message.wamid,
        "client_id": str(message.client_id or ""),
        "mine": not message.from_business,
        "type": kind,
        "text": event or cards.text_of(kind, content),
        "event": bool(event),
        "status": message.status,
        "at": message.occurred_at.isoformat(),
        "context": message.context_wamid,
        "ad": message.referral.get("headline", ""),
        "group": bool(message.addressed_to) and not message.from_business,
        "file": cards.file_of(kind, content),
        "card": cards.card_of(kind, content),
        "options": cards.options_of(kind, content),
        "reactions": [emoji for emoji in later.reactions.values() if emoji],
        "edited": bool(later.edited),
        "deleted": later.deleted,
    }


def _shown() -> Any:
    """Messages with a bubble or a line of their own."""
    return SimulatedMessage.objects.exclude(type__in=TARGETS)


def _preview(kind: str, content: dict[str, Any]) -> str:
    card = cards.card_of(kind, content)
    text = cards.event_of(kind, content) or cards.text_of(kind, content)
    return (text or (card["title"] if card else ""))[:80]
