"""Everything a person can do on a phone besides writing: by name, with samples filled in."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import conditions
from integrations.simulator.phone import life
from integrations.simulator.phone.drafts import ActionError, Draft, send
from integrations.simulator.phone.inbound import quoted, words

GROUP_ID = "Y2FwaV9ncm91cDpzaW11bGF0ZWQ"
LATE_HOURS = 25
EDITABLE = {"text": "body", "image": "caption", "video": "caption", "document": "caption"}


@dataclass(frozen=True)
class Act:
    """One thing done. `given` holds what was said about it, all of it text."""

    phone: SimulatedPhone
    given: Mapping[str, str]
    client_id: UUID
    now: datetime

    def get(self, name: str, sample: str = "") -> str:
        """Give what was said, or a sample."""
        return self.given.get(name) or sample

    def own(self, wamid: str) -> SimulatedMessage:
        """Find one of the phone's own messages."""
        found = SimulatedMessage.objects.filter(
            phone=self.phone, wamid=wamid, from_business=False
        ).first()
        if found is None:
            raise ActionError(_("This message is no longer there."))
        return found


def perform(body: object, *, phone: SimulatedPhone, now: datetime) -> SimulatedMessage | None:
    """Do what `do` names; `client_id` makes a repeated wish the same one."""
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise ActionError("send an object of strings")
    name = body.get("do", "")
    act = Act(phone, body, UUID(body["client_id"]) if "client_id" in body else uuid4(), now)
    if name in MESSAGES:
        draft = MESSAGES[name](act)
        return send(draft, phone=phone, client_id=act.client_id, now=now)
    if name in EVENTS:
        return EVENTS[name](act)
    raise ActionError(f"unknown: {name}; known: {', '.join(sorted({*MESSAGES, *EVENTS}))}")


def _location(act: Act) -> Draft:
    content: dict[str, Any] = {
        "latitude": float(act.get("latitude", "19.4270206")),
        "longitude": float(act.get("longitude", "-99.1676654")),
        "name": act.get("name", "Casa"),
        "address": act.get("address", "Río Lerma 171, Cuauhtémoc, CDMX"),
    }
    return Draft("location", content, context_wamid=quoted(act.phone, act.get("reply_to")))


def _contact(act: Act) -> Draft:
    number = act.get("number", "5215550107788")
    card = {
        "name": {"formatted_name": act.get("name", "Pedro Ruiz"), "first_name": "Pedro"},
        "phones": [{"phone": f"+{number}", "wa_id": number, "type": "CELL"}],
        "origin": "other",
    }
    return Draft("contacts", {"contacts": [card]})


def _share_number(act: Act) -> Draft:
    """Answer a request for the number; who hides one has one all the same."""
    known = act.phone.wa_id or conditions.of(act.phone).hidden_number
    number = act.get("number", known or f"52155501{secrets.randbelow(90000) + 10000}")
    if act.phone.wa_id is None:
        # The business may write there from now on; webhooks go on without it.
        conditions.change(act.phone, hidden_number=number)
    phones = [{"phone": f"+{number}", "wa_id": number, "type": "MOBILE"}]
    content = {"contacts": [{"origin": "contact_request", "phones": phones}]}
    return Draft("contacts", content, context_wamid=quoted(act.phone, act.get("reply_to")))


def _order(act: Act) -> Draft:
    items = [
        {"product_retailer_id": sku, "quantity": quantity, "item_price": price, "currency": "MXN"}
        for sku, quantity, price in (("PANEL-550W", 6, 3200), ("INVERSOR-5K", 1, 18500))
    ]
    content = {"catalog_id": "194836987003835", "text": act.get("text"), "product_items": items}
    return Draft("order", content)


def _flow(act: Act) -> Draft:
    answers = {
        "flow_token": "simulated",
        "company": act.get("company", "Torres SA"),
        "employees": act.get("employees", "11-50"),
        "email": act.get("email", "ana@example.com"),
    }
    reply = {"name": "flow", "body": "Sent", "response_json": json.dumps(answers)}
    content = {"type": "nfm_reply", "nfm_reply": reply}
    return Draft("interactive", content, context_wamid=quoted(act.phone, act.get("reply_to")))


def _button(act: Act) -> Draft:
    text = act.get("text", _("Stop promotions"))
    content = {"payload": act.get("payload", "STOP_PROMO"), "text": text}
    return Draft("button", content, context_wamid=quoted(act.phone, act.get("reply_to")))


def _unsupported(_act: Act) -> Draft:
    title = "Message type unknown"
    details = {"details": "Message type is currently not supported."}
    error = {"code": 131051, "title": title, "message": title, "error_data": details}
    return Draft("unsupported", {"errors": [error], "unsupported": {"type": "poll_creation"}})


def _welcome(_act: Act) -> Draft:
    return Draft("request_welcome", {})


def _call_permission(act: Act) -> Draft:
    expires = act.now + timedelta(days=7)
    reply = {
        "response": act.get("response", "accept"),
        "expiration_timestamp": str(int(expires.timestamp())),
        "response_source": "user_action",
    }
    return Draft("interactive", {"type": "call_permission_reply", "call_permission_reply": reply})


def _group(act: Act) -> Draft:
    text = act.get("text", _("Hello everybody!"))
    return Draft("text", words(text), group_id=GROUP_ID)


def _forward(act: Act) -> Draft:
    return Draft("text", words(act.get("text", _("Look at this offer"))), forwarded=True)


def _standby(act: Act) -> Draft:
    return Draft("text", words(act.get("text", _("Are you there?"))), channel="standby")


def _late(act: Act) -> Draft:
    hours = float(act.get("hours", str(LATE_HOURS)))
    if not 0 < hours <= 24 * 365:
        raise ActionError("hours")
    written_at = act.now - timedelta(hours=hours)
    return Draft("text", words(act.get("text", _("I wrote this yesterday"))), written_at=written_at)


def _react(act: Act) -> Draft:
    content = {"message_id": quoted(act.phone, act.get("wamid"))}
    if not content["message_id"]:
        raise ActionError(_("This message is no longer there."))
    if act.get("emoji"):
        content["emoji"] = act.get("emoji")[:20]
    return Draft("reaction", content)


def _edit(act: Act) -> Draft:
    message = act.own(act.get("wamid"))
    name = EDITABLE.get(message.type)
    if name is None:
        raise ActionError(_("This message cannot be edited."))
    changed = message.content | {name: words(act.get("text"))["body"]}
    inner = {"type": message.type, message.type: changed}
    return Draft("edit", {"original_message_id": message.wamid, "message": inner})


def _delete(act: Act) -> Draft:
    return Draft("revoke", {"original_message_id": act.own(act.get("wamid")).wamid})


def _echo(act: Act) -> SimulatedMessage:
    text = act.get("text", _("Hi, this is Pedro from sales. I'll take it from here."))
    return life.echo(act.phone, words(text), client_id=act.client_id, now=act.now)


def _change_number(act: Act) -> SimulatedMessage:
    number = act.get("number", f"52155502{secrets.randbelow(90000) + 10000}")
    return life.change_number(act.phone, number, client_id=act.client_id, now=act.now)


def _hide_number(act: Act) -> None:
    life.hide_number(act.phone, act.get("username"))


def _lapse(act: Act) -> None:
    conditions.change(act.phone, lapsed_at=act.now.isoformat())


def _preference(value: str) -> Callable[[Act], SimulatedMessage]:
    def wish(act: Act) -> SimulatedMessage:
        return life.prefer(act.phone, value, client_id=act.client_id, now=act.now)

    return wish


MESSAGES: dict[str, Callable[[Act], Draft]] = {
    "location": _location,
    "contact": _contact,
    "share_number": _share_number,
    "order": _order,
    "flow": _flow,
    "button": _button,
    "unsupported": _unsupported,
    "welcome": _welcome,
    "call_permission": _call_permission,
    "group": _group,
    "forward": _forward,
    "standby": _standby,
    "late": _late,
    "react": _react,
    "edit": _edit,
    "delete": _delete,
}
EVENTS: dict[str, Callable[[Act], SimulatedMessage | None]] = {
    "call": lambda act: life.call(act.phone, client_id=act.client_id, now=act.now),
    "echo": _echo,
    "change_number": _change_number,
    "rotate_id": lambda act: life.rotate_id(act.phone, client_id=act.client_id, now=act.now),
    "hide_number": _hide_number,
    "show_number": lambda act: life.show_number(act.phone),
    "stop": _preference("stop"),
    "resume": _preference("resume"),
    "lapse": _lapse,
}
