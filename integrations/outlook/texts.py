"""What an event says: our part of its text, its subject, and whom it invites.

People write there too, so we change only what we wrote: the text between our marks, and subject
and invitation as long as they are the ones that the event itself remembers as ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape, unescape
from typing import Any

from integrations.outlook.payloads import BOOKING_PROPERTY, EventText
from integrations.scheduling import Booking

# Never change it: what was written before could not be told from what people wrote.
WROTE_PROPERTY = "String {6f1c0d52-3d0b-4f0e-9a53-5a1c7b0a9e11} Name leadbotWrote"
TEXT_ONLY = "subject,body,attendees"
TEXT_FIELDS = f"id,{TEXT_ONLY}"
TEXT_EXPANDED = f"singleValueExtendedProperties($filter=id eq '{WROTE_PROPERTY}')"
# Around our part. Plain ASCII: Outlook rewrites the HTML around it at will.
BEGINS, ENDS = "[leadbot]", "[/leadbot]"
MARKS = re.compile(r"\[(/?leadbot)\]", re.IGNORECASE)
# Exchange cuts a subject here; a brief as long as this nobody reads.
LONGEST_SUBJECT = 255
LONGEST_BRIEF = 8_000
TAG = re.compile(r"<[^>]*>")


def new_text(booking: Booking) -> dict[str, Any]:
    """What a new event says."""
    return {
        "subject": _subject(booking),
        "body": _body(f"<p>{BEGINS}{_brief(booking)}{ENDS}</p>"),
        "attendees": _invited(booking),
        **_remembered(booking),
    }


def text_changes(found: EventText, booking: Booking) -> dict[str, Any]:
    """What of the event has to be written anew; nothing where nothing differs."""
    wrote = _wrote(found)
    changes: dict[str, Any] = {}
    if (content := _with_brief(found.body.content, booking)) is not None:
        changes["body"] = _body(content)
    if "subject" in wrote and found.subject == wrote["subject"] != _subject(booking):
        changes["subject"] = _subject(booking)
    if _is_new(booking.attendee_email, found, wrote):
        known = [person.wire() for person in found.attendees or []]
        changes["attendees"] = [*known, *_invited(booking)]
    if changes:
        changes |= _remembered(booking)
    return changes


def changes_by_itself(found: EventText, booking: Booking) -> dict[str, Any]:
    """The same where the event's time stays. Outlook mails guests each change, whole text and all:
    what they are not new to waits until the event moves.
    """
    changes = text_changes(found, booking)
    return changes if "attendees" in changes or not found.attendees else {}


def _subject(booking: Booking) -> str:
    return " ".join(booking.subject.split())[:LONGEST_SUBJECT]


def _body(content: str) -> dict[str, str]:
    return {"contentType": "html", "content": content}


def _brief(booking: Booking) -> str:
    """Our part as HTML; what a lead wrote can neither be markup nor end it."""
    text = MARKS.sub(r"(\1)", booking.body)[:LONGEST_BRIEF]
    return "<br>".join(["", *(escape(line, quote=False) for line in text.splitlines()), ""])


def _with_brief(content: str, booking: Booking) -> str | None:
    """The event's text with our part renewed; None where that changes nothing or is not ours."""
    before, begins, rest = content.partition(BEGINS)
    inside, ends, after = rest.partition(ENDS)
    brief = _brief(booking)
    # Outlook spells the same text in another way: what is read is compared.
    if not (begins and ends) or _shown(inside) == _shown(brief):
        return None
    return f"{before}{BEGINS}{brief}{ENDS}{after}"


def _shown(markup: str) -> str:
    return " ".join(unescape(TAG.sub(" ", markup)).split())


def _invited(booking: Booking) -> list[dict[str, Any]]:
    if not booking.attendee_email:
        return []
    address = {"address": booking.attendee_email, "name": booking.attendee_name}
    return [{"emailAddress": address, "type": "required"}]


def _is_new(email: str, found: EventText, wrote: Mapping[str, Any]) -> bool:
    """Whether nobody invited this address yet; one taken off by the owner stays off."""
    invited = {person.address.casefold() for person in found.attendees or []}
    invited.add(str(wrote.get("attendee", "")).casefold())
    return bool(email) and email.casefold() not in invited


def _remembered(booking: Booking) -> dict[str, Any]:
    """Both of our properties: whoever takes a list as the whole list loses neither."""
    wrote = {"subject": _subject(booking), "attendee": booking.attendee_email}
    return {
        "singleValueExtendedProperties": [
            {"id": BOOKING_PROPERTY, "value": str(booking.meeting_id)},
            {"id": WROTE_PROPERTY, "value": json.dumps(wrote)},
        ]
    }


def _wrote(found: EventText) -> Mapping[str, Any]:
    """What the event remembers as ours; nothing where it was booked before it did."""
    for item in found.properties or []:
        if item.id.casefold() == WROTE_PROPERTY.casefold():
            try:
                wrote = json.loads(item.value or "")
            except ValueError:
                return {}
            return wrote if isinstance(wrote, dict) else {}
    return {}
