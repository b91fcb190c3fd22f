"""Pure: one POST's JSON to events; what cannot be understood never blocks its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from integrations.messaging import (
    AccountNotice,
    Echo,
    InboundMessage,
    MarketingPreference,
    MessageKind,
    Notice,
    Quarantined,
    Receipt,
    TemplateChange,
    UnsupportedEvent,
    WebhookEvents,
)
from integrations.whatsapp import account, calls, events, notices, payloads, templates
from integrations.whatsapp.fields import error_number, objects
from integrations.whatsapp.people import Contacts
from integrations.whatsapp.text import clean

OBJECT = "whatsapp_business_account"

# Says what is wrong with an element, or nothing.
Read = Callable[[dict[str, Any]], str]


class Reader:
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
        self._account: list[AccountNotice] = []
        self._templates: list[TemplateChange] = []

    def result(self) -> WebhookEvents:
        return WebhookEvents(
            messages=tuple(self._messages.values()),
            receipts=tuple(self._receipts.values()),
            echoes=tuple(self._echoes.values()),
            preferences=tuple(self._preferences),
            unsupported=tuple(self._unsupported),
            quarantined=tuple(self._quarantined),
            notices=tuple(self._notices),
            account=tuple(self._account),
            templates=tuple(self._templates),
        )

    def read(self, root: object) -> None:
        """Walk a whole POST."""
        if not isinstance(root, dict):
            self._notice("", "the body is not an object")
            return
        if root.get("object", OBJECT) != OBJECT:
            self._leave("object", "not a WhatsApp account's event")
            return
        for at, entry in self._containers(root, "entry", ""):
            happened = events.moment(entry.get("time"), self._now)
            for place, change in self._containers(entry, "changes", at):
                self._change(change, place, happened)

    def _change(self, change: dict[str, Any], at: str, happened: datetime) -> None:
        field, value = change.get("field"), change.get("value")
        if not isinstance(value, dict):
            self._notice(at, "no field, or a value that is not an object")
            return
        if not isinstance(field, str):
            self._notice(at, "no field, or a value that is not an object")
            field = "messages"
        if self._foreign(value):
            self._leave(field, "for another phone number of this account")
            return
        read = self._fields.get(field)
        if read:
            read(value, f"{at}/value")
        else:
            self._leave(field, notices.reason(field, value))
            self._account += account.notices(field, value, at=happened)
            self._templates += templates.changes(field, value)

    @property
    def _fields(self) -> Mapping[str, Callable[[dict[str, Any], str], None]]:
        """Whoever reads a field; all others are left alone."""
        return {
            "messages": self._read_messages,
            "standby": lambda value, at: self._read_messages(value, at, standby=True),
            "calls": self._read_calls,
            "smb_message_echoes": self._read_echoes,
            "user_preferences": self._read_preferences,
        }

    def _read_messages(self, value: dict[str, Any], at: str, *, standby: bool = False) -> None:
        context = self._context(value, "messages", standby=standby)
        self._each(value, "messages", at, lambda raw: self._read_message(raw, context, at))
        self._each(value, "statuses", at, self._read_status)
        if "message_echoes" in value:
            self._read_echoes(value, at, standby=standby)
        self._read_errors(context, at)

    def _read_echoes(self, value: dict[str, Any], at: str, *, standby: bool = False) -> None:
        context = self._context(value, "message_echoes", standby=standby)
        self._each(value, "message_echoes", at, lambda raw: self._read_echo(raw, context))

    def _read_calls(self, value: dict[str, Any], at: str) -> None:
        context = self._context(value, "calls")
        self._each(value, "calls", at, lambda raw: self._read_call(raw, context))
        if _length(value, "statuses"):
            self._leave("calls", "how a call of ours is going")
        self._read_errors(context, at)

    def _read_preferences(self, value: dict[str, Any], at: str) -> None:
        contacts = _contacts(value)
        self._each(value, "user_preferences", at, lambda raw: self._read_preference(raw, contacts))

    def _context(self, value: dict[str, Any], key: str, *, standby: bool = False) -> events.Value:
        return events.Value(
            contacts=_contacts(value),
            own_number=events.own_number(value),
            alone=_length(value, key) == 1,
            errors=tuple(objects(value.get("errors"))),
            standby=standby,
            now=self._now,
        )

    def _read_errors(self, context: events.Value, at: str) -> None:
        for error in context.errors:
            code = error_number(error.get("code"))
            self._notice(f"{at}/errors", f"the provider reports error {code}")
        self._account += account.error_notices(context.errors, at=self._now)

    def _read_message(self, raw: dict[str, Any], context: events.Value, at: str) -> str:
        message = events.message_event(payloads.Message.model_validate(raw), raw, context)
        if message is None:
            return "names no sender"
        self._messages.setdefault(message.provider_message_id, message)
        if message.content.get("problem") and message.kind is MessageKind.FLOW_REPLY:
            self._notice(f"{at}/messages", "the answers of a form cannot be read")
        return ""

    def _read_call(self, raw: dict[str, Any], context: events.Value) -> str:
        found = calls.call_event(payloads.Call.model_validate(raw), context)
        if found is None:
            return "names nobody"
        if isinstance(found, Echo):
            id_ = found.message.provider_message_id
            known = self._echoes.get(id_)
            call = calls.joined(known.message if known else None, found.message)
            self._echoes[id_] = Echo(call, known.recipient if known else found.recipient)
        else:
            known_call = self._messages.get(found.provider_message_id)
            self._messages[found.provider_message_id] = calls.joined(known_call, found)
        return ""

    def _read_status(self, raw: dict[str, Any]) -> str:
        receipt = events.receipt_event(payloads.Status.model_validate(raw), now=self._now)
        if receipt is None:
            self._leave("statuses", "a status we do not know")
        else:
            key = receipt.provider_message_id, receipt.status.value
            self._receipts.setdefault(key, receipt)
        return ""

    def _read_echo(self, raw: dict[str, Any], context: events.Value) -> str:
        echo = events.echo_event(payloads.EchoMessage.model_validate(raw), raw, context)
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
            self._leave("user_preferences", "not about marketing")
            return ""
        found = events.preference_event(preference, contacts, now=self._now)
        if found is None:
            return "names nobody"
        self._preferences.append(found)
        return ""

    def _each(self, value: dict[str, Any], key: str, at: str, read: Read) -> None:
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

    def _leave(self, field: str, reason: str) -> None:
        self._unsupported.append(UnsupportedEvent(clean(field, 64), reason))

    def _notice(self, pointer: str, reason: str) -> None:
        self._notices.append(Notice(pointer, reason))


def _contacts(value: dict[str, Any]) -> Contacts:
    found = (payloads.soft(payloads.Contact, raw) for raw in objects(value.get("contacts")))
    return Contacts(contact for contact in found if contact)


def _length(value: dict[str, Any], key: str) -> int:
    found = value.get(key)
    return len(found) if isinstance(found, list) else 0


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'/'.join(map(str, first['loc']))}: {first['type']}"
