"""Asks a lead for the phone number that WhatsApp does not show us; a button in the chat gives it.

The answer is a contact card that says so; it joins the number to the lead as any other alias.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conversations.models import Author, Conversation, Direction, Message, State, User
from conversations.services import outbound
from integrations.messaging import MessageKind

TEXTS = {
    "es": (
        "¿Me compartes tu número de teléfono? Así podemos llamarte si hace falta. "
        "Solo toca el botón 👇"
    ),
    "en": "Could you share your phone number, so we can call you if needed? Just tap the button 👇",
    "pt": (
        "Pode compartilhar seu número de telefone? Assim a gente consegue te ligar se precisar. "
        "É só tocar no botão 👇"
    ),
}
# Asked again sooner, it would be begging.
AGAIN_AFTER = timedelta(hours=24)


class PhoneKnownError(Exception):
    """We know their number already."""


class AlreadyAskedError(Exception):
    """They were asked within a day."""


@transaction.atomic
def ask(*, conversation_id: UUID, staff: User, now: datetime) -> Message:
    """Queue the request. Code's own words: whoever answers the lead goes on doing so.

    Raises OptedOutError, WindowClosedError, PhoneKnownError or AlreadyAskedError.
    """
    conversation = outbound.lock_writable(conversation_id=conversation_id, now=now)
    if conversation.lead.phone_number:
        raise PhoneKnownError
    if _asked_lately(conversation, now):
        raise AlreadyAskedError
    return outbound.queue_one(
        conversation,
        author=Author.SYSTEM,
        staff=staff,
        kind=MessageKind.CONTACT_REQUEST,
        text=TEXTS.get(conversation.language, TEXTS["es"]),
        now=now,
    )


def _asked_lately(conversation: Conversation, now: datetime) -> bool:
    asked = Message.objects.filter(
        conversation=conversation,
        direction=Direction.OUTBOUND,
        kind=MessageKind.CONTACT_REQUEST,
        created_at__gt=now - AGAIN_AFTER,
    )
    return asked.exclude(state__in=[State.FAILED, State.CANCELLED]).exists()
