"""The leads behind the names a provider uses: locked, loaded and stored, a batch at a time."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from conversations.models import Conversation, Identity, IdentityConflict, Lead
from conversations.services import bulk
from conversations.services.contacts import Alias, Contact, Contacts, aliases_of
from integrations.messaging import Referral, Sender
from integrations.whatsapp.phones import guess_time_zone

# Two POSTs that bring the same new person must not both create them. Locks are hashed into a few
# buckets so that a batch of 1,000 people cannot exhaust the server's lock table.
LOCK_BUCKETS = 256
LOCK_CLASS = 7_301


def load(senders: Iterable[Sender]) -> Contacts | None:
    """Load everybody, locking nobody; None when a name is new to us. One query."""
    aliases = list({alias for sender in senders for alias in aliases_of(sender)})
    with connection.cursor() as cursor:
        cursor.execute(SELECT, [[kind for kind, _ in aliases], [value for _, value in aliases]])
        contacts = _contacts(cursor.fetchall())
    return contacts if len(contacts.by_alias) == len(aliases) else None


def lock_and_load(senders: Iterable[Sender], *, also: Collection[UUID] = ()) -> Contacts:
    """Lock these people against other batches and load who is known. At most three queries.

    `also` are further conversations to lock: all in one order, or two batches could deadlock.
    """
    aliases = list({alias for sender in senders for alias in aliases_of(sender)})
    columns = [[kind for kind, _ in aliases], [value for _, value in aliases]]
    with connection.cursor() as cursor:
        if aliases:
            # A statement of its own, so that the next ones see what it waited for.
            cursor.execute(LOCK, [LOCK_CLASS, sorted({_bucket(alias) for alias in aliases})])
        if also:
            cursor.execute(LOCK_ALL, [list(also), *columns])
        if not aliases:
            return Contacts()
        cursor.execute(KNOWN, columns)
        return _contacts(cursor.fetchall())


def lock_all_aliases() -> None:
    """Hold everybody's aliases: no batch that speaks of a new person gets in between."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [LOCK_CLASS, list(range(LOCK_BUCKETS))])


def _contacts(rows: Iterable[tuple[Any, ...]]) -> Contacts:
    contacts = Contacts()
    by_lead: dict[UUID, Contact] = {}
    for kind, value, lead_id, *columns in rows:
        contact = by_lead.setdefault(lead_id, Contact(lead_id, *columns))
        contacts.by_alias[kind, value] = contact
    return contacts


LOCK = "SELECT pg_advisory_xact_lock(%s, bucket) FROM unnest(%s::int[]) AS bucket"
LOCK_ALL = """
    SELECT FROM conversations_conversation c
     WHERE c.id = ANY(%s)
        OR c.lead_id IN (SELECT i.lead_id FROM unnest(%s::text[], %s::text[]) AS a(kind, value)
                           JOIN conversations_identity i USING (kind, value))
     ORDER BY c.id FOR UPDATE
"""
# OFFSET 0 and the count hold the planner to one look into an index per alias. Left to itself, it
# reads the whole table while it knows no statistics, and again for everybody's BSUID. The inner
# SELECTs hide how many aliases there are, or it would plan every single POST anew.
SELECT = """
    SELECT i.kind, i.value, l.id, c.id, c.mode, l.opted_out_at IS NOT NULL, l.source,
           l.profile_name, l.username, l.phone_number,
           (SELECT count(*) FROM conversations_identity b
             WHERE b.lead_id = l.id AND b.kind = 'bsuid') > 0,
           c.last_inbound_at,
           greatest(c.last_inbound_at, (SELECT max(b.created_at) FROM conversations_identity b
                                         WHERE b.lead_id = l.id AND b.kind = 'phone')),
           c.epoch, c.window_expires_at, c.awaits_original_until
      FROM unnest((SELECT %s::text[]), (SELECT %s::text[])) AS a(kind, value)
     CROSS JOIN LATERAL (SELECT * FROM conversations_identity i
                          WHERE i.kind = a.kind AND i.value = a.value OFFSET 0) AS i
      JOIN conversations_lead l ON l.id = i.lead_id
      JOIN conversations_conversation c ON c.lead_id = l.id
"""
# The lead is locked too: else its columns would be as old as the wait for the conversation.
KNOWN = f"{SELECT} ORDER BY c.id, i.id FOR UPDATE OF c FOR NO KEY UPDATE OF l"


def store(contacts: Contacts, *, now: datetime) -> None:
    """Write new leads, new aliases, conflicts and changed profiles. At most six queries."""
    everyone = contacts.everyone()
    new = [contact for contact in everyone if contact.is_new]
    old = [contact for contact in everyone if not contact.is_new]
    # None of these asks the database when there is nothing to write.
    bulk.insert(Lead, [_new_lead(contact, now) for contact in new])
    bulk.insert(Conversation, [_new_conversation(contact, now) for contact in new])
    bulk.insert(Identity, _new_identities(contacts, now))
    _announce(contacts.announced)
    IdentityConflict.objects.bulk_create(_new_conflicts(contacts, now), ignore_conflicts=True)
    Lead.objects.bulk_update([_lead_row(each) for each in old if each.changed], PROFILE)
    Lead.objects.bulk_update([_lead_row(each) for each in old if each.referral], SOURCE)


ANNOUNCE = """
    UPDATE conversations_identity i
       SET created_at = a.at
      FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS a(kind, value, at)
     WHERE i.kind = a.kind AND i.value = a.value AND i.created_at < a.at
"""


def _announce(announced: Mapping[Alias, datetime]) -> None:
    """A number that WhatsApp named as the current one counts from then on."""
    if announced:
        with connection.cursor() as cursor:
            cursor.execute(
                ANNOUNCE,
                [
                    [kind for kind, _ in announced],
                    [value for _, value in announced],
                    list(announced.values()),
                ],
            )


PROFILE = ["profile_name", "username", "phone_number"]
SOURCE = ["source", "source_id", "source_url", "source_headline", "ctwa_clid"]


def _lead_row(contact: Contact) -> Lead:
    return Lead(id=contact.lead_id, **_profile(contact), **_source(contact))


def _profile(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in PROFILE}


def _source(contact: Contact) -> dict[str, Any]:
    referral = contact.referral or Referral()
    return {
        "source": contact.source,
        "source_id": referral.source_id,
        "source_url": referral.source_url,
        "source_headline": referral.headline,
        "ctwa_clid": referral.ctwa_clid,
    }


def _new_lead(contact: Contact, now: datetime) -> dict[str, object]:
    lead = {"id": contact.lead_id, "created_at": now, "updated_at": now, **_profile(contact)}
    if contact.referral:
        lead |= _source(contact)
    if contact.phone_number:
        lead["time_zone"], _certain = guess_time_zone(contact.phone_number)
    return lead


def _new_identities(contacts: Contacts, now: datetime) -> list[dict[str, object]]:
    return [
        {
            "lead_id": contacts.by_alias[kind, value].lead_id,
            "kind": kind,
            "value": value,
            "address": address,
            "created_at": at or now,
        }
        for (kind, value), (address, at) in contacts.new_aliases.items()
    ]


def _new_conflicts(contacts: Contacts, now: datetime) -> list[IdentityConflict]:
    reason = "One message named both leads."
    return [
        IdentityConflict(first_id=first, second_id=second, reason=reason, created_at=now)
        for first, second in sorted(contacts.conflicts)
    ]


def _new_conversation(contact: Contact, now: datetime) -> dict[str, object]:
    return {
        "id": contact.conversation_id,
        "lead_id": contact.lead_id,
        "last_message_at": now,
        "created_at": now,
    }


def _bucket(alias: Alias) -> int:
    return zlib.crc32("\0".join(alias).encode()) % LOCK_BUCKETS
