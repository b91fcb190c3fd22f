"""What a message holds besides words and files, as the thread shows it.

Everything here came from outside: what has not the shape that WhatsApp documents is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin.labels import FactLabel, fact_name, fact_value
from conversations.models import Author, Message
from conversations.services import words
from conversations.services.media import SPOKEN
from conversations.services.reactions import Reaction, last_of_each_side
from integrations.messaging import MessageKind

MAP = "https://www.google.com/maps/search/?"
# What Meta's form builder calls a field, and an answer that was chosen from a list.
BUILT_KEY = re.compile(r"screen_\d+_(.+?)_\d+")
BUILT_VALUE = re.compile(r"^\d+_")
MOST = 30
LONGEST = 300
Names = Mapping[str, FactLabel]


@dataclass(frozen=True)
class Place:
    """A spot on the map."""

    name: str
    address: str
    url: str


@dataclass(frozen=True)
class Line:
    """A name and what belongs to it: a person's numbers, a product's amount, a form's answer."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """What is shown besides the words; `says_all` when the words would only repeat it."""

    place: Place | None = None
    lines: tuple[Line, ...] = ()
    note: str = ""
    ad: str = ""
    from_post: bool = False
    forwarded: bool = False
    in_group: bool = False
    says_all: bool = False


def contents_of(message: Message, names: Names) -> Contents:
    """Read a message's content; never fails. `names` are those of a form's fields."""
    content: Mapping[str, Any] = message.content if isinstance(message.content, dict) else {}
    reader = LINES.get(message.kind)
    ad = _object(content.get("referral"))
    place = _place(content) if message.kind == MessageKind.LOCATION else None
    lines = tuple(reader(content, names))[:MOST] if reader else ()
    return Contents(
        place=place,
        lines=lines,
        note=_note(message, content),
        ad=_text(ad.get("headline")) or _text(ad.get("source_id")),
        from_post=ad.get("source_type") == "post",
        forwarded=content.get("forwarded") is True,
        in_group=content.get("group") is True,
        says_all=bool(place or lines) and message.kind != MessageKind.ORDER,
    )


def _place(content: Mapping[str, Any]) -> Place | None:
    spot = (_degrees(content.get("latitude"), 90), _degrees(content.get("longitude"), 180))
    if spot[0] is None or spot[1] is None:
        return None
    at = f"{spot[0]:.6f},{spot[1]:.6f}"
    return Place(
        name=_text(content.get("name")) or at,
        address=_text(content.get("address")),
        url=MAP + urlencode({"api": "1", "query": at}),
    )


def _degrees(value: object, most: int) -> float | None:
    try:
        found = float(_text(value) or math.nan)
    except ValueError:
        return None
    return found if abs(found) <= most else None


def _cards(content: Mapping[str, Any], _names: Names) -> Iterator[Line]:
    for card in _objects(content.get("contacts")):
        name, company = _object(card.get("name")), _object(card.get("org"))
        phones = (
            _text(p.get("phone")) or _text(p.get("wa_id")) for p in _objects(card.get("phones"))
        )
        mails = (_text(mail.get("email")) for mail in _objects(card.get("emails")))
        values = tuple(filter(None, (_text(company.get("company")), *phones, *mails)))[:MOST]
        title = _text(name.get("formatted_name")) or _text(name.get("first_name"))
        if title or values:
            yield Line(title or _("Own number"), values)


def _order(content: Mapping[str, Any], _names: Names) -> Iterator[Line]:
    for item in _objects(content.get("product_items")):
        amount, price = _text(item.get("quantity")), _text(item.get("item_price"))
        money = f"{price} {_text(item.get('currency'))}".strip() if price else ""
        said = " · ".join(
            filter(None, (_("Quantity: %(amount)s") % {"amount": amount} if amount else "", money))
        )
        yield Line(_text(item.get("product_retailer_id")) or _("Product"), (said,) if said else ())


def _answers(content: Mapping[str, Any], names: Names) -> Iterator[Line]:
    for name, value in _object(content.get("answers")).items():
        if name != "flow_token":
            built = BUILT_KEY.fullmatch(_text(name))
            key = built[1] if built else _text(name)
            values = [_text(each) for each in (value if isinstance(value, list) else [value])]
            if built:
                values = [BUILT_VALUE.sub("", each).replace("_", " ") for each in values]
            said = tuple(fact_value(key, each, names) for each in values if each)[:MOST]
            yield Line(fact_name(key, names), said or ("–",))


LINES: dict[str, Callable[[Mapping[str, Any], Names], Iterator[Line]]] = {
    MessageKind.CONTACTS: _cards,
    MessageKind.ORDER: _order,
    MessageKind.FLOW_REPLY: _answers,
}


ELSEWHERE = gettext_lazy("It belongs to a message that is not here.")
NOTES: Mapping[str, Promise] = {
    MessageKind.UNSUPPORTED: gettext_lazy("Ask for it as text, a photo or a document."),
    MessageKind.EDIT: ELSEWHERE,
    MessageKind.REVOKE: ELSEWHERE,
    MessageKind.REACTION: ELSEWHERE,
}


def _note(message: Message, content: Mapping[str, Any]) -> str:
    """One sentence where the kind alone does not tell what happened."""
    if message.kind == MessageKind.REACTION and not message.text:
        return _("Took a reaction back")
    if message.kind in NOTES:
        return str(NOTES[message.kind])
    if message.kind in SPOKEN and message.author == Author.LEAD and not words.of(message):
        return _("Without a transcript: the agent could not hear it.")
    if message.kind == MessageKind.LIST_REPLY:
        return _text(_object(content.get("list_reply")).get("description"))
    product = _object(content.get("referred_product"))
    if found := _text(product.get("product_retailer_id")):
        return _("About the product %(product)s") % {"product": found}
    return ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    items = value[:MOST] if isinstance(value, list) else []
    return (item for item in items if isinstance(item, dict))


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:LONGEST]


def reactions_of(messages: Iterable[Message]) -> Mapping[str, tuple[Reaction, ...]]:
    """The last reaction of each side, with its name. Oldest first."""
    return {
        target: tuple(Reaction(each.emoji, who(each.author)) for each in said)
        for target, said in last_of_each_side(messages).items()
    }


def who(author: str) -> str:
    """A side of the talk."""
    return str(dict(Author.choices).get(author, author))
