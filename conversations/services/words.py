"""What a message says in its author's own words: its text, or what was heard in its voice notes."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from conversations.models import Attachment, Author, ConsentEntry, Direction, Lead, Message
from conversations.services import consent_words, contents
from conversations.services.media import SPOKEN
from integrations.messaging import MessageKind

# Their text is no words of their author: the names on a card, a place's address, «Sent» for every
# form (the words of which are its fields), what the provider tells about a number or a call.
LABELLED = frozenset(
    {
        MessageKind.CONTACTS,
        MessageKind.LOCATION,
        MessageKind.FLOW_REPLY,
        MessageKind.SYSTEM,
        MessageKind.CALL,
        MessageKind.UNSUPPORTED,
        MessageKind.REQUEST_WELCOME,
    }
)
# What asks for no answer; `starts_turn` of the webhook's message is not kept with the row.
UNASKING = frozenset(
    {
        MessageKind.REACTION,
        MessageKind.EDIT,
        MessageKind.REVOKE,
        MessageKind.SYSTEM,
        MessageKind.CALL,
    }
)

NOT_QUOTED = "the quote is not in the message"


def of(message: Message) -> str:
    """The words, as every reader gets them: engines, gates and quotes alike."""
    if message.kind == MessageKind.FLOW_REPLY:
        return "\n".join(value for _field, value in form_of(message))
    if message.kind in LABELLED:
        return ""
    if message.text or message.kind not in SPOKEN:
        return message.text
    heard = [file.transcript for file in message.attachments.all() if file.transcript]
    return "\n".join(heard)


def quoted_at(quote: str, text: str) -> int:
    """Where in these words the quote stands; -1 where it does not."""
    return text.find(quote) if quote else -1


def label_of(message: Message) -> str:
    """What came with a message that its author did not write: data, never to be quoted."""
    if message.kind in (MessageKind.CONTACTS, MessageKind.LOCATION):
        return message.text
    lines = [f"{item.quantity} x {item.product}" for item in contents.items_of(message)]
    lines += [f"{said.key}: {', '.join(said.values)}" for said in contents.answers_of(message)]
    return "\n".join(lines)


def form_of(message: Message) -> tuple[tuple[str, str], ...]:
    """The fields of a form and what was written or chosen in each."""
    answers = contents.answers_of(message)
    return tuple((said.key, value) for said in answers for value in said.values)


def refuses_marketing(message: Message) -> bool:
    """Whether it is the tap on a button like «Stop promotions», as the webhook read it."""
    payload = contents.text(message.content.get("reply_id"))
    return message.kind == MessageKind.BUTTON_REPLY and consent_words.refuses_marketing(
        message.text, payload
    )


def shares_own_number(message: Message) -> bool:
    """Whether it is the card with which the lead answered our request for their number."""
    cards = message.content.get("contacts") if message.kind == MessageKind.CONTACTS else None
    first = cards[0] if isinstance(cards, list) and cards else None
    return contents.member(first).get("origin") == "contact_request"


def by_id(*, lead: Lead, ids: Collection[UUID]) -> dict[str, str]:
    """The words of these messages, of those that the lead wrote."""
    messages = Message.objects.filter(
        id__in=ids, conversation__lead=lead, direction=Direction.INBOUND
    )
    return {str(message.pk): of(message) for message in hear(list(messages))}


def hear(messages: list[Message]) -> list[Message]:
    """The same, the voice notes among them with what was heard, in one query or none."""
    spoken = [message for message in messages if message.kind in SPOKEN]
    prefetch_related_objects(spoken, "attachments")
    return messages


def not_silent(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those of these that say something."""
    files = Attachment.objects.filter(message=OuterRef("pk")).exclude(transcript="")
    said = ~Q(text="") | (Q(kind__in=SPOKEN) & Exists(files))
    return messages.filter(said).exclude(kind__in=LABELLED)


def asking(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Those of these by which the lead asks for an answer; a word of consent is settled by code."""
    settled = ConsentEntry.objects.filter(message=OuterRef("pk"))
    wrote = messages.filter(author=Author.LEAD, revoked_at=None, content__group__isnull=True)
    return wrote.exclude(kind__in=UNASKING).exclude(Exists(settled))
