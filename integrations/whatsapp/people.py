"""Who wrote: the ids of a message, completed by the contact that shares one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from integrations.messaging import Sender
from integrations.whatsapp import payloads
from integrations.whatsapp.phones import canonical_phone


class Contacts:
    """The contacts of one value, found by id and never by position."""

    def __init__(self, contacts: Iterable[payloads.Contact]) -> None:
        self._by_user: dict[str, payloads.Contact] = {}
        self._by_phone: dict[str, payloads.Contact] = {}
        named = [contact for contact in contacts if contact.user_id or contact.wa_id]
        for contact in named:
            if contact.user_id:
                self._by_user.setdefault(contact.user_id, contact)
            if contact.wa_id:
                self._by_phone.setdefault(canonical_phone(contact.wa_id), contact)
        self._only = named[0] if len(named) == 1 else None

    def complete(self, sender: Sender) -> Sender:
        """Add what the contact of the same person knows."""
        contact = self._by_user.get(sender.bsuid) if sender.bsuid else None
        if contact is None and sender.phone:
            contact = self._by_phone.get(canonical_phone(sender.phone))
        return _completed(sender, contact) if contact else sender

    def only(self) -> Sender:
        """The one person of a value that holds one message, which names nobody."""
        return _completed(Sender(), self._only) if self._only else Sender()


def _completed(sender: Sender, contact: payloads.Contact) -> Sender:
    if sender.bsuid and contact.user_id and sender.bsuid != contact.user_id:
        return sender
    profile = contact.profile or payloads.Profile()
    return replace(
        sender,
        bsuid=sender.bsuid or contact.user_id,
        parent_bsuid=sender.parent_bsuid or contact.parent_user_id,
        phone=sender.phone or contact.wa_id,
        profile_name=profile.name,
        username=profile.username.removeprefix("@"),
    )


def sender_of(message: payloads.Message) -> Sender:
    """The ids in the message itself."""
    return Sender(
        bsuid=message.from_user_id,
        parent_bsuid=message.from_parent_user_id,
        phone=message.from_,
    )


def sender_of_system(message: payloads.Message, body: object) -> Sender:
    """Somebody whose ids changed is named by the old ones: those we know."""
    sender = sender_of(message)
    system = payloads.soft(payloads.SystemBody, body)
    if sender.key or system is None:
        return sender
    bsuid = system.previous_user_id or system.user_id
    return Sender(bsuid=bsuid, phone=None if bsuid else system.wa_id)
