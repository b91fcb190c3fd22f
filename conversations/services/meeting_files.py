"""A meeting as a file that any calendar reads, for leads whom no invitation reaches.

Behind a link that only we can make, without a login: so it holds the time, who it is with and the
link of the call, and nothing of the lead. The same link follows the meeting when it moves or ends.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse
from icalendar import Calendar, Event

from conversations.addresses import public_address
from conversations.models import Meeting, MeetingState

SALT = "conversations.meeting_file"
# How long after its end the link still answers.
KEPT = timedelta(days=1)
TITLES = {"es": "Reunión con {host}", "en": "Meeting with {host}", "pt": "Reunião com {host}"}
# What never came to be is no step of a meeting.
NEVER_WAS = (MeetingState.BOOKING, MeetingState.RELEASED)


@dataclass(frozen=True)
class MeetingFile:
    """What is handed out."""

    name: str
    content: bytes


def address_of(meeting_id: UUID) -> str:
    """The link for the lead; empty if nobody told us our own address."""
    base = public_address()
    return f"{base}{reverse('meeting-file', args=[token_of(meeting_id)])}" if base else ""


def token_of(meeting_id: UUID) -> str:
    """Short, and not to be guessed."""
    short = base64.urlsafe_b64encode(meeting_id.bytes).rstrip(b"=").decode()
    return _signer().sign(short)


def read(token: str, *, now: datetime) -> MeetingFile | None:
    """The file as it is now; None for what is not ours or lies behind."""
    try:
        meeting_id = UUID(bytes=base64.urlsafe_b64decode(_signer().unsign(token) + "=="))
    except (signing.BadSignature, binascii.Error, ValueError):
        return None
    chain = _chain(meeting_id)
    if not chain or chain[-1].during.upper + KEPT <= now:
        return None
    return MeetingFile("meeting.ics", _written(chain))


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")


def _chain(meeting_id: UUID) -> Sequence[Meeting]:
    """The meeting from its first time to the last, wherever in between this row is."""
    rows = Meeting.objects.filter(lead__meetings=meeting_id).exclude(state__in=NEVER_WAS)
    found = {row.pk: row for row in rows.select_related("salesperson__user", "lead__conversation")}
    if meeting_id not in found:
        return []
    after = {row.replaces_id: row for row in found.values() if row.replaces_id}
    chain = [found[meeting_id]]
    while chain[0].replaces_id in found:
        chain.insert(0, found[chain[0].replaces_id])
    while chain[-1].pk in after:
        chain.append(after[chain[-1].pk])
    return chain


def _written(chain: Sequence[Meeting]) -> bytes:
    first, last = chain[0], chain[-1]
    cancelled = last.state == MeetingState.CANCELLED
    event = Event()
    event.add("uid", f"{first.pk}@leadbot")
    event.add("sequence", len(chain) - 1 + cancelled)
    event.add("dtstamp", (last.ended_at or last.confirmed_at or last.created_at).astimezone(UTC))
    event.add("dtstart", last.during.lower.astimezone(UTC))
    event.add("dtend", last.during.upper.astimezone(UTC))
    event.add("summary", _title(last))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if last.join_url:
        event.add("location", last.join_url)
        event.add("url", last.join_url)
    calendar = Calendar()
    calendar.add("prodid", "-//leadbot//meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _title(meeting: Meeting) -> str:
    spoken = meeting.lead.conversation.language or meeting.lead.language
    return TITLES.get(spoken, TITLES["es"]).format(host=meeting.salesperson)
