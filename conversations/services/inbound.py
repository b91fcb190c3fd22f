"""What a webhook POST said becomes rows: all of it or nothing, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from conversations import queue
from conversations.models import (
    Attachment,
    ConsentEntry,
    Direction,
    HandoffReason,
    Mode,
    State,
)
from conversations.models.ids import uuid7
from conversations.services import (
    account_notices,
    amendments,
    attribution,
    echoes,
    fast_lane,
    handoff,
    identities,
    optout,
    raw_deliveries,
    receipts,
    standby,
    templates,
    threads,
)
from conversations.services.contacts import Contact, Contacts
from conversations.services.optout import ConsentChange
from conversations.services.threads import Arrival
from integrations.messaging import (
    InboundMessage,
    Sender,
    WebhookEvents,
)


@dataclass(frozen=True)
class Pace:
    """How long the agent waits for a lead to finish: after the last message, and at most."""

    after_last: timedelta
    at_most: timedelta = timedelta(seconds=10)


def receive(*, events: WebhookEvents, body: bytes, pace: Pace, now: datetime) -> None:
    """Store everything a POST said and hint at the work it makes. Repeating it changes nothing."""
    if not _receive_fast(events, body, pace, now):
        with transaction.atomic():
            raw_deliveries.keep(events=events, body=body, now=now)
            process(events=events, pace=pace, now=now)


def _receive_fast(events: WebhookEvents, body: bytes, pace: Pace, now: datetime) -> bool:
    """Whether that was a POST for the fast lane, and is stored."""
    if not fast_lane.takes(events, now=now):
        return False
    contacts = identities.load(message.sender for message in events.messages)
    if contacts is None or any(contact.opted_out for contact in contacts.everyone()):
        return False
    arrivals = _arrive(events.messages, contacts, now)
    return contacts.are_as_stored and fast_lane.store(
        arrivals,
        delivery=raw_deliveries.columns(events=events, body=body, now=now),
        after_last=pace.after_last,
        at_most=pace.at_most,
        now=now,
    )


def process(*, events: WebhookEvents, pace: Pace, now: datetime) -> None:
    """The part of `receive` that a replay repeats. Needs a transaction."""
    also = receipts.touched_conversations(events.receipts)
    contacts = identities.lock_and_load(_everybody(events), also=also)
    _recall_consent(events, contacts)
    arrivals = _arrive(events.messages, contacts, now)
    echoed = [(contacts.of(echo.recipient), echo.message) for echo in events.echoes]
    wishes = [(contacts.of(each.sender).lead_id, each) for each in events.preferences]
    identities.store(contacts, now=now)
    new = threads.store(arrivals, after_last=pace.after_last, at_most=pace.at_most, now=now)
    attribution.store(new)
    _amend(arrivals, new, now)
    standby.silence(new)
    optout.record([change for arrival in new if (change := _consent(arrival))], now=now)
    handoff.give_all_to_staff(
        conversation_ids={arrival.conversation_id for arrival in new if _wrote_after_stop(arrival)},
        reason=HandoffReason.WROTE_AFTER_STOP,
        now=now,
        held_too=True,
    )
    shown = echoes.store(echoed, now=now)
    files = [(arrival.id, arrival.message) for arrival in new] + shown
    queue.hint_media(_store_attachments(files, now))
    optout.record_marketing(wishes, now=now)
    queue.hint_deliver(receipts.store_and_apply(events.receipts, now=now))
    account_notices.record(events.account, now=now)
    templates.apply_changes(events.templates, now=now)


def _everybody(events: WebhookEvents) -> Iterator[Sender]:
    for message in events.messages:
        yield message.sender
        if message.identity_change:
            yield message.identity_change.previous
            yield message.identity_change.current
    yield from (echo.recipient for echo in events.echoes)
    yield from (preference.sender for preference in events.preferences)


def _recall_consent(events: WebhookEvents, contacts: Contacts) -> None:
    """When those who say stop or resume now, or said stop, last did: which word is older?"""
    deciding = [
        contacts.of(message.sender, at=message.occurred_at)
        for message in events.messages
        if optout.consent_given_by(message) is not None
    ]
    deciding += [contact for contact in contacts.everyone() if contact.opted_out]
    said = optout.last_said({contact.lead_id for contact in deciding})
    for contact in deciding:
        contact.consented_at = said.get(contact.lead_id)


def _arrive(messages: Sequence[InboundMessage], contacts: Contacts, now: datetime) -> list[Arrival]:
    """All authors first: whether one message may be answered hangs on the window of the others."""
    by_author = [(_author(message, contacts), message) for message in messages]
    return [
        Arrival(contact, message, _state(contact, message, now)) for contact, message in by_author
    ]


def _author(message: InboundMessage, contacts: Contacts) -> Contact:
    if message.identity_change:
        contact = contacts.change(message.identity_change, at=message.occurred_at)
    else:
        contact = contacts.author(message.sender, at=message.occurred_at)
    if message.referral:
        contact.came_from(message.referral)
    if message.opens_window:
        contact.keep_open(message.occurred_at + threads.WINDOW)
    return contact


def _state(contact: Contact, message: InboundMessage, now: datetime) -> State:
    """RECEIVED when the agent has to answer it, else HANDLED."""
    given = optout.consent_given_by(message)
    if given is not None:
        contact.decide(given=given, at=message.occurred_at)
    closes_at = contact.window_expires_at
    answerable = threads.can_be_answered(message, closes_at=closes_at, now=now)
    if answerable and contact.mode == Mode.BOT and not contact.opted_out:
        return State.RECEIVED
    return State.HANDLED


def _wrote_after_stop(arrival: Arrival) -> bool:
    """Whether they ask for an answer, but are not to get one: not without a word that resumes."""
    contact, message = arrival.contact, arrival.message
    if not contact.opted_out or not message.starts_turn or optout.decides(message):
        return False
    return contact.consented_at is None or message.occurred_at > contact.consented_at


def _consent(arrival: Arrival) -> ConsentChange | None:
    if not optout.decides(arrival.message):
        return None
    given = optout.consent_given_by(arrival.message)
    return ConsentChange(
        lead_id=arrival.contact.lead_id,
        conversation_id=arrival.contact.conversation_id,
        given=bool(given),
        words=arrival.message.text,
        provider_message_id=arrival.message.provider_message_id,
        occurred_at=arrival.message.occurred_at,
        scope=ConsentEntry.Scope.MARKETING if given is None else ConsentEntry.Scope.ALL,
    )


def _amend(arrivals: Sequence[Arrival], new: Sequence[Arrival], now: datetime) -> None:
    stored = {arrival.id for arrival in new}
    again = (each for each in arrivals if each.id not in stored)
    amendments.apply(
        [(each.contact, each.message) for each in new],
        [(each.contact, each.message) for each in again],
        direction=Direction.INBOUND,
        now=now,
    )


def _store_attachments(files: Iterable[tuple[UUID, InboundMessage]], now: datetime) -> list[UUID]:
    """Note each file; returns those to fetch."""
    rows = [
        Attachment(
            id=uuid7(),
            message_id=message_id,
            provider_media_id=media.provider_media_id or "",
            mime_type=media.mime_type,
            filename=media.filename,
            sha256=media.sha256,
            state=Attachment.State.PENDING if media.provider_media_id else Attachment.State.FAILED,
            created_at=now,
        )
        for message_id, message in files
        for media in message.media
    ]
    if rows:
        Attachment.objects.bulk_create(rows)
    return [row.id for row in rows if row.state == Attachment.State.PENDING]
