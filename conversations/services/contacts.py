"""Who a batch of events speaks of: the names a provider uses, joined to leads. No database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from conversations.models import Identity, Mode, Source
from conversations.models.ids import uuid7
from integrations.messaging import IdentityChange, Referral, Sender
from integrations.whatsapp.phones import canonical_phone

Alias = tuple[str, str]


@dataclass
class Contact:
    """A lead as this batch sees it.

    `numbered_at` is when we last heard of a number of theirs, also by WhatsApp saying that it
    changed: what was written before from another one must not take answers back to it.
    """

    lead_id: UUID
    conversation_id: UUID
    mode: str = Mode.BOT
    opted_out: bool = False
    source: str = Source.DIRECT
    profile_name: str = ""
    username: str = ""
    phone_number: str | None = None
    has_bsuid: bool = False
    last_inbound_at: datetime | None = None
    numbered_at: datetime | None = None
    epoch: int = 0
    window_expires_at: datetime | None = None
    awaits_original_until: datetime | None = None
    consented_at: datetime | None = None
    is_new: bool = False
    changed: bool = False
    referral: Referral | None = None

    def came_from(self, referral: Referral) -> None:
        """Remember the ad or post, the first time only."""
        if self.source == Source.DIRECT:
            self.source = source_of(referral)
            self.referral = referral

    def keep_open(self, until: datetime) -> None:
        """They wrote: we may answer until then, or longer if a later message came first."""
        self.window_expires_at = max(until, self.window_expires_at or until)

    def decide(self, *, given: bool, at: datetime) -> None:
        """A stop or resume word; one older than what they said last changes nothing."""
        last = self.consented_at
        if last is None or at > last or (at == last and not given):
            self.opted_out, self.consented_at = not given, at


@dataclass
class Contacts:
    """Everybody a batch speaks of, by alias."""

    by_alias: dict[Alias, Contact] = field(default_factory=dict)
    new_aliases: dict[Alias, tuple[str, datetime | None]] = field(default_factory=dict)
    conflicts: set[tuple[UUID, UUID]] = field(default_factory=set)
    announced: dict[Alias, datetime] = field(default_factory=dict)

    def of(self, sender: Sender, *, at: datetime | None = None) -> Contact:
        """The lead behind these ids, a new one if nobody had any of them."""
        contact = self._known(sender) or Contact(uuid7(), uuid7(), is_new=True)
        self.attach(contact, sender, at=at)
        return contact

    def author(self, sender: Sender, *, at: datetime) -> Contact:
        """The lead who wrote this: their number is the one that they last wrote from."""
        contact = self.of(sender, at=at)
        if _is_later(at, contact.last_inbound_at):
            _take_profile(contact, sender)
            contact.last_inbound_at = at
        self._take_number(contact, sender, at)
        return contact

    def _take_number(self, contact: Contact, sender: Sender, at: datetime) -> Alias | None:
        """Their number from now on; None when it is somebody else's or they told a later one."""
        number = canonical_phone(sender.phone) if sender.phone else None
        phone = next((a for a in aliases_of(sender) if a[0] == Identity.Kind.PHONE.value), None)
        if not (number and phone and self.by_alias[phone] is contact):
            return None
        if not _is_later(at, contact.numbered_at):
            return None
        _set(contact, "phone_number", number)
        contact.numbered_at = at
        return phone

    def _known(self, sender: Sender) -> Contact | None:
        """By BSUID, else by phone, unless that belongs to somebody with another BSUID.

        Numbers are given to new people: a stranger must not read on in their predecessor's talk.
        """
        for alias in aliases_of(sender):
            contact = self.by_alias.get(alias)
            if contact and not (
                alias[0] == Identity.Kind.PHONE.value and sender.bsuid and contact.has_bsuid
            ):
                return contact
        return None

    def change(self, change: IdentityChange, *, at: datetime) -> Contact:
        """The lead that got new ids: the previous ones find it, the current ones join it."""
        contact = self._known(change.previous) or self._known(change.current)
        contact = contact or Contact(uuid7(), uuid7(), is_new=True)
        self.attach(contact, change.previous, at=at)
        self.attach(contact, change.current, at=at)
        if phone := self._take_number(contact, change.current, at):
            # Back to a number they had: its row must say that it is their latest.
            self.announced[phone] = at
        return contact

    def attach(self, contact: Contact, sender: Sender, *, at: datetime | None = None) -> None:
        """Give the lead more aliases; one that belongs to somebody else becomes a conflict."""
        for alias, address in aliases_of(sender).items():
            owner = self.by_alias.get(alias)
            if owner is None:
                self.by_alias[alias] = contact
                self.new_aliases[alias] = (address, at)
                contact.has_bsuid |= alias[0] == Identity.Kind.BSUID.value
            elif owner is not contact:
                low, high = sorted((contact.lead_id, owner.lead_id))
                self.conflicts.add((low, high))
        _complete(contact, sender)

    @property
    def are_as_stored(self) -> bool:
        """Whether nothing of what was learned since they were loaded has to be written."""
        return not (
            self.new_aliases
            or self.conflicts
            or self.announced
            or any(each.is_new or each.changed or each.referral for each in self.everyone())
        )

    def everyone(self) -> list[Contact]:
        """Each lead once."""
        return list({contact.lead_id: contact for contact in self.by_alias.values()}.values())


def source_of(referral: Referral) -> Source:
    """A post, or else an ad."""
    return Source.POST if referral.source_type == "post" else Source.AD


def aliases_of(sender: Sender) -> dict[Alias, str]:
    """(kind, value) → the provider's spelling, strongest first."""
    aliases: dict[Alias, str] = {}
    if sender.bsuid:
        aliases[Identity.Kind.BSUID.value, sender.bsuid] = sender.bsuid
    if sender.phone:
        value = canonical_phone(sender.phone) or sender.phone
        aliases[Identity.Kind.PHONE.value, value] = sender.phone
    if sender.parent_bsuid:
        aliases[Identity.Kind.PARENT_BSUID.value, sender.parent_bsuid] = sender.parent_bsuid
    return aliases


def _is_later(at: datetime, than: datetime | None) -> bool:
    return than is None or at >= than


def _take_profile(contact: Contact, sender: Sender) -> None:
    """What they are called now."""
    if sender.profile_name:
        _set(contact, "profile_name", sender.profile_name)
    if sender.username:
        _set(contact, "username", sender.username)


def _complete(contact: Contact, sender: Sender) -> None:
    """What we did not know at all."""
    if sender.profile_name and not contact.profile_name:
        _set(contact, "profile_name", sender.profile_name)
    if sender.username and not contact.username:
        _set(contact, "username", sender.username)
    if sender.phone and not contact.phone_number:
        _set(contact, "phone_number", canonical_phone(sender.phone))


def _set(contact: Contact, name: str, value: str) -> None:
    if getattr(contact, name) != value:
        setattr(contact, name, value)
        contact.changed = True
