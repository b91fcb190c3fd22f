"""What a message holds besides words and files, as the thread shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin.labels import FactLabel, fact_name, fact_value
from conversations.models import Author, Message
from conversations.services import contents, words
from conversations.services.contents import MOST, text
from conversations.services.media import SPOKEN
from conversations.services.reactions import Reaction, last_of_each_side
from integrations.messaging import MessageKind

MAP = "https://www.google.com/maps/search/?"
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
    """Put a message's content into words; never fails. `names` are those of a form's fields."""
    content = contents.member(message.content)
    ad = contents.member(content.get("referral"))
    place = _place(message)
    lines = (*_cards(message), *_order(message), *_answers(message, names))[:MOST]
    return Contents(
        place=place,
        lines=lines,
        note=_note(message, content),
        ad=text(ad.get("headline")) or text(ad.get("source_id")),
        from_post=ad.get("source_type") == "post",
        forwarded=content.get("forwarded") is True,
        in_group=content.get("group") is True,
        says_all=bool(place or lines) and message.kind != MessageKind.ORDER,
    )


def _place(message: Message) -> Place | None:
    spot = contents.place_of(message)
    if spot is None:
        return None
    at = f"{spot.latitude:.6f},{spot.longitude:.6f}"
    url = MAP + urlencode({"api": "1", "query": at})
    return Place(name=spot.name or at, address=spot.address, url=url)


def _cards(message: Message) -> Iterator[Line]:
    for card in contents.cards_of(message):
        said = (*filter(None, (card.company,)), *card.phone_numbers, *card.emails)
        yield Line(card.name or _("Own number"), said[:MOST])


def _order(message: Message) -> Iterator[Line]:
    for item in contents.items_of(message):
        amount = _("Quantity: %(amount)s") % {"amount": item.quantity} if item.quantity else ""
        money = f"{item.price} {item.currency}".strip() if item.price else ""
        said = " · ".join(filter(None, (amount, money)))
        yield Line(item.product or _("Product"), (said,) if said else ())


def _answers(message: Message, names: Names) -> Iterator[Line]:
    for answer in contents.answers_of(message):
        said = tuple(fact_value(answer.key, each, names) for each in answer.values)
        yield Line(fact_name(answer.key, names), said or ("–",))


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
        return text(contents.member(content.get("list_reply")).get("description"))
    product = contents.member(content.get("referred_product"))
    if found := text(product.get("product_retailer_id")):
        return _("About the product %(product)s") % {"product": found}
    return ""


def reactions_of(messages: Iterable[Message]) -> Mapping[str, tuple[Reaction, ...]]:
    """The last reaction of each side, with its name. Oldest first."""
    return {
        target: tuple(Reaction(each.emoji, who(each.author)) for each in said)
        for target, said in last_of_each_side(messages).items()
    }


def who(author: str) -> str:
    """A side of the talk."""
    return str(dict(Author.choices).get(author, author))
