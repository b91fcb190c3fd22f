"""What a message holds besides words and files, read from its `content`; never fails.

Everything here came from outside: what has not the shape that WhatsApp documents is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conversations.models import Message
from integrations.messaging import MessageKind

MOST = 30
LONGEST = 300
# What Meta's form builder calls a field, and an answer that was chosen from a list.
BUILT_KEY = re.compile(r"screen_\d+_(.+?)_\d+")
BUILT_VALUE = re.compile(r"^\d+_")


@dataclass(frozen=True)
class Place:
    """A spot on the map."""

    latitude: float
    longitude: float
    name: str
    address: str


@dataclass(frozen=True)
class Card:
    """A contact card: somebody's, or the lead's own number."""

    name: str
    company: str
    phone_numbers: tuple[str, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A product of an order, in the shop's words."""

    product: str
    quantity: str
    price: str
    currency: str


@dataclass(frozen=True)
class Answer:
    """A field of a form."""

    key: str
    values: tuple[str, ...]


def place_of(message: Message) -> Place | None:
    """The spot of a location."""
    content = _content(message, MessageKind.LOCATION)
    latitude = _degrees(content.get("latitude"), 90)
    longitude = _degrees(content.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    return Place(latitude, longitude, text(content.get("name")), text(content.get("address")))


def cards_of(message: Message) -> Iterator[Card]:
    """The contact cards of a message; one that says nothing is left out."""
    for card in _members(_content(message, MessageKind.CONTACTS).get("contacts")):
        name = member(card.get("name"))
        phones = (
            text(p.get("phone")) or text(p.get("wa_id")) for p in _members(card.get("phones"))
        )
        mails = (text(mail.get("email")) for mail in _members(card.get("emails")))
        found = Card(
            name=text(name.get("formatted_name")) or text(name.get("first_name")),
            company=text(member(card.get("org")).get("company")),
            phone_numbers=tuple(filter(None, phones)),
            emails=tuple(filter(None, mails)),
        )
        if found != Card("", "", (), ()):
            yield found


def items_of(message: Message) -> Iterator[Item]:
    """The products of an order."""
    for item in _members(_content(message, MessageKind.ORDER).get("product_items")):
        names = ("product_retailer_id", "quantity", "item_price", "currency")
        yield Item(*(text(item.get(name)) for name in names))


def answers_of(message: Message) -> Iterator[Answer]:
    """The fields of a form, without what the builder of the form put around their names."""
    for name, value in member(_content(message, MessageKind.FLOW_REPLY).get("answers")).items():
        if name != "flow_token":
            built = BUILT_KEY.fullmatch(text(name))
            values = [text(each) for each in (value if isinstance(value, list) else [value])]
            if built:
                values = [BUILT_VALUE.sub("", each).replace("_", " ") for each in values]
            yield Answer(built[1] if built else text(name), tuple(filter(None, values))[:MOST])


def member(value: object) -> Mapping[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """A text or a number as text, or nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:LONGEST]


def _content(message: Message, kind: MessageKind) -> Mapping[str, Any]:
    return member(message.content) if message.kind == kind else {}


def _members(value: object) -> Iterator[Mapping[str, Any]]:
    items = value[:MOST] if isinstance(value, list) else []
    return (item for item in items if isinstance(item, dict))


def _degrees(value: object, most: int) -> float | None:
    try:
        found = float(text(value) or math.nan)
    except ValueError:
        return None
    return found if abs(found) <= most else None
