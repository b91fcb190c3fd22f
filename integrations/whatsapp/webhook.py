"""Pure: Meta's handshake, its signature, and one POST's bytes to events."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NoReturn

from pydantic import ValidationError

from integrations.messaging import (
    Echo,
    InboundMessage,
    MarketingPreference,
    MessageKind,
    Notice,
    Quarantined,
    Receipt,
    UnsupportedEvent,
    WebhookError,
    WebhookEvents,
)
from integrations.whatsapp import events, notices, payloads
from integrations.whatsapp.people import Contacts
from integrations.whatsapp.text import clean

OBJECT = "whatsapp_business_account"

_UNREADABLE = object()
DEEPEST = 100


def handshake(*, mode: str, token: str, challenge: str, verify_token: str) -> str | None:
    """Give the challenge to whoever knows our verify token, else None."""
    known = bool(verify_token) and hmac.compare_digest(_bytes(token), _bytes(verify_token))
    return challenge if mode == "subscribe" and known else None


def verify(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Say whether the raw body was signed with one of our secrets; without any, nothing is."""
    given = _bytes(signature)
    matches = [
        hmac.compare_digest(given, b"sha256=" + _digest(body, secret))
        for secret in secrets
        if secret
    ]
    return any(matches)


def require_signature(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Refuse a body that Meta did not sign."""
    if not verify(body, signature, secrets):
        raise WebhookError("The signature does not match.", status=403)


def parse(body: bytes, *, now: datetime, phone_number_id: str) -> WebhookEvents:
    """Read one POST. What cannot be understood is listed and never blocks its neighbours."""
    reader = _Reader(now=now, phone_number_id=phone_number_id)
    reader.read(_load(body))
    return reader.result()


def _digest(body: bytes, secret: str) -> bytes:
    return hmac.new(_bytes(secret), body, hashlib.sha256).hexdigest().encode()


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _load(body: bytes) -> object:
    try:
        root = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        # Its message quotes the body.
        root = _UNREADABLE
    if root is _UNREADABLE or _is_too_deep(root):
        raise WebhookError("The body is not JSON that can be read.", status=400)
    return root


def _is_too_deep(root: object) -> bool:
    """Python gives up at its own depth, another one in each version; Meta's own stays below 20."""
    level = [root]
    for _depth in range(DEEPEST):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> Iterable[object]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


class _Reader:
    """Walks one POST and collects what it says."""

    def __init__(self, *, now: datetime, phone_number_id: str) -> None:
        self._now = now
        self._phone_number_id = phone_number_id
        self._messages: dict[str, InboundMessage] = {}
        self._echoes: dict[str, Echo] = {}
        self._receipts: dict[tuple[str, str], Receipt] = {}
        self._preferences: list[MarketingPreference] = []
        self._unsupported: list[UnsupportedEvent] = []
        self._quarantined: list[Quarantined] = []
        self._notices: list[Notice] = []

    def result(self) -> WebhookEvents:
        return WebhookEvents(
            messages=tuple(self._messages.values()),
            receipts=tuple(self._receipts.values()),
            echoes=tuple(self._echoes.values()),
            preferences=tuple(self._preferences),
            unsupported=tuple(self._unsupported),
            quarantined=tuple(self._quarantined),
            notices=tuple(self._notices),
        )

    def read(self, root: object) -> None:
        if not isinstance(root, dict):
            self._notice("", "the body is not an object")
            return
        if root.get("object", OBJECT) != OBJECT:
            self._unsupported.append(UnsupportedEvent("object", "not a WhatsApp account's event"))
            return
        for at, entry in self._containers(root, "entry", ""):
            for place, change in self._containers(entry, "changes", at):
                self._change(change, place)

    def _change(self, change: dict[str, Any], at: str) -> None:
        field, value = change.get("field"), change.get("value")
        if not isinstance(field, str) or not isinstance(value, dict):
            self._notice(at, "no field, or a value that is not an object")
            return
        if self._foreign(value):
            reason = "for another phone number of this account"
            self._unsupported.append(UnsupportedEvent(clean(field, 64), reason))
            return
        self._field(field, value, f"{at}/value")

    def _field(self, field: str, value: dict[str, Any], at: str) -> None:
        if field in {"messages", "standby"}:
            self._read_messages(value, at, standby=field == "standby")
            self._each(value, "statuses", at, self._read_status)
        elif field == "smb_message_echoes":
            contacts = _contacts(value)
            own = events.own_number(value)
            self._each(value, "message_echoes", at, lambda raw: self._read_echo(raw, contacts, own))
        elif field == "user_preferences":
            contacts = _contacts(value)
            self._each(value, field, at, lambda raw: self._read_preference(raw, contacts))
        else:
            reason = notices.reason(field, value)
            self._unsupported.append(UnsupportedEvent(clean(field, 64), reason))

    def _read_messages(self, value: dict[str, Any], at: str, *, standby: bool) -> None:
        context = events.Value(
            contacts=_contacts(value),
            own_number=events.own_number(value),
            alone=_length(value, "messages") == 1,
            errors=tuple(payloads.objects(value.get("errors"))),
            standby=standby,
            now=self._now,
        )
        self._each(value, "messages", at, lambda raw: self._read_message(raw, context, at))
        for error in context.errors:
            code = payloads.error_number(error.get("code"))
            self._notice(f"{at}/errors", f"the provider reports error {code}")

    def _read_message(self, raw: dict[str, Any], context: events.Value, at: str) -> str:
        message = events.message_event(payloads.Message.model_validate(raw), raw, context)
        if message is None:
            return "names no sender"
        self._messages.setdefault(message.provider_message_id, message)
        if message.content.get("problem") and message.kind is MessageKind.FLOW_REPLY:
            self._notice(f"{at}/messages", "the answers of a form cannot be read")
        return ""

    def _read_status(self, raw: dict[str, Any]) -> str:
        receipt = events.receipt_event(payloads.Status.model_validate(raw), now=self._now)
        if receipt is None:
            self._unsupported.append(UnsupportedEvent("statuses", "a status we do not know"))
        else:
            key = receipt.provider_message_id, receipt.status.value
            self._receipts.setdefault(key, receipt)
        return ""

    def _read_echo(self, raw: dict[str, Any], contacts: Contacts, own: str) -> str:
        message = payloads.EchoMessage.model_validate(raw)
        echo = events.echo_event(message, raw, contacts, own_number=own, now=self._now)
        if echo is None:
            return "names no recipient"
        self._echoes.setdefault(echo.message.provider_message_id, echo)
        return ""

    def _read_preference(self, raw: dict[str, Any], contacts: Contacts) -> str:
        preference = payloads.Preference.model_validate(raw)
        if preference.category != "marketing_messages" or preference.value not in {
            "stop",
            "resume",
        }:
            self._unsupported.append(UnsupportedEvent("user_preferences", "not about marketing"))
            return ""
        found = events.preference_event(preference, contacts, now=self._now)
        if found is None:
            return "names nobody"
        self._preferences.append(found)
        return ""

    def _each(
        self,
        value: dict[str, Any],
        key: str,
        at: str,
        read: Callable[[dict[str, Any]], str],
    ) -> None:
        """Read every element; `read` says what is wrong with one, or nothing."""
        for index, raw in enumerate(self._list(value, key, at)):
            try:
                problem = read(raw) if isinstance(raw, dict) else "is not an object"
            except ValidationError as error:
                problem = _problem(error)
            if problem:
                self._quarantined.append(Quarantined(f"{at}/{key}/{index}", problem))

    def _containers(
        self, parent: dict[str, Any], key: str, at: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        for index, item in enumerate(self._list(parent, key, at)):
            place = f"{at}/{key}/{index}"
            if isinstance(item, dict):
                yield place, item
            else:
                self._notice(place, "is not an object")

    def _list(self, parent: dict[str, Any], key: str, at: str) -> list[Any]:
        found = parent.get(key)
        if isinstance(found, list):
            return found
        if found is not None:
            self._notice(f"{at}/{key}", "is not an array")
        return []

    def _foreign(self, value: dict[str, Any]) -> bool:
        metadata = value.get("metadata")
        given = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
        if not self._phone_number_id or not isinstance(given, str | int):
            return False
        return str(given) != self._phone_number_id

    def _notice(self, pointer: str, reason: str) -> None:
        self._notices.append(Notice(pointer, reason))


def _contacts(value: dict[str, Any]) -> Contacts:
    found = (
        payloads.soft(payloads.Contact, raw) for raw in payloads.objects(value.get("contacts"))
    )
    return Contacts(contact for contact in found if contact)


def _length(value: dict[str, Any], key: str) -> int:
    found = value.get(key)
    return len(found) if isinstance(found, list) else 0


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'/'.join(map(str, first['loc']))}: {first['type']}"
