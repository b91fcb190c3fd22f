"""A call to one of ours: who called whom, and how it ended. Nobody here takes calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.messaging import Echo, InboundMessage, MessageKind, Sender
from integrations.whatsapp import events, payloads
from integrations.whatsapp.phones import canonical_phone

BUSINESS = "BUSINESS_INITIATED"
LONGEST = 7 * 86_400


def call_event(call: payloads.Call, value: events.Value) -> InboundMessage | Echo | None:
    """Read a call; an Echo when one of ours called them. None when it names nobody."""
    person = _person(call, value)
    if not person.key:
        return None
    ours = call.direction == BUSINESS
    message = InboundMessage(
        provider_message_id=call.id,
        sender=Sender(phone=value.own_number.removeprefix("+") or None) if ours else person,
        kind=MessageKind.CALL,
        # When it is over it says when it began, unless nobody took it.
        occurred_at=events.moment(call.start_time or call.timestamp, value.now),
        content=_content(call),
        starts_turn=False,
        opens_window=not ours,
    )
    return Echo(message, person) if ours else message


def joined(known: InboundMessage | None, call: InboundMessage) -> InboundMessage:
    """Beginning and end of one call, whichever came first."""
    if known is None or known.kind is not MessageKind.CALL:
        return known or call
    ended, other = (known, call) if "outcome" in known.content else (call, known)
    return replace(
        ended,
        content={**other.content, **ended.content},
        occurred_at=min(known.occurred_at, call.occurred_at),
    )


def _person(call: payloads.Call, value: events.Value) -> Sender:
    """The other one. Meta's examples of calls by us disagree on the side that `from` is."""
    if value.alone and value.contacts.only().key:
        return value.contacts.only()
    caller = Sender(call.from_user_id, call.from_parent_user_id, call.from_)
    called = Sender(call.to_user_id, call.to_parent_user_id, call.to)
    sides = (called, caller) if call.direction == BUSINESS else (caller, called)
    others = (side for side in sides if side.key and not _is_ours(side, value))
    return value.contacts.complete(next(others, Sender()))


def _is_ours(side: Sender, value: events.Value) -> bool:
    return bool(side.phone) and canonical_phone(side.phone or "") == value.own_number


def _content(call: payloads.Call) -> dict[str, Any]:
    content: dict[str, Any] = {"direction": "out" if call.direction == BUSINESS else "in"}
    if call.event.lower() == "terminate":
        content["outcome"] = call.status.lower()
        content["duration"] = _seconds(call.duration)
    return content


def _seconds(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 8:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 <= value <= LONGEST else 0
