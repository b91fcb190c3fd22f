"""What stands in the calendar entry: who comes, and what they told us in their own words."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override

from conversations.models import Fact, Lead, Meeting
from integrations.scheduling import Booking


def booking_of(meeting: Meeting) -> Booking:
    """The calendar's view of a meeting; wants `lead` and `salesperson` at hand."""
    lead = meeting.lead
    spoken = lead.language in dict(settings.LANGUAGES)
    with override(lead.language if spoken else settings.LANGUAGE_CODE):
        subject, body = _subject(lead), _body(lead)
    return Booking(
        meeting_id=meeting.pk,
        transaction_id=meeting.transaction_id,
        mailbox=meeting.salesperson.mailbox,
        starts_at=meeting.during.lower,
        ends_at=meeting.during.upper,
        time_zone=meeting.salesperson.time_zone,
        subject=subject,
        body=body,
        attendee_email=lead.email,
        attendee_name=_name(lead),
    )


def digest_of(booking: Booking) -> str:
    """What says whether the calendar still shows this text."""
    return hashlib.sha256(f"{booking.subject}\n{booking.body}".encode()).hexdigest()


def _name(lead: Lead) -> str:
    return lead.name or lead.profile_name or lead.username


def _subject(lead: Lead) -> str:
    name = _name(lead) or gettext("WhatsApp lead")
    who = f"{name} ({lead.company})" if lead.company else name
    return gettext("Meeting with %(who)s") % {"who": who}


def _body(lead: Lead) -> str:
    facts = Fact.objects.filter(lead=lead, superseded_at__isnull=True).order_by("created_at", "id")
    lines = [
        f"{gettext('Name')}: {_name(lead)}" if _name(lead) else "",
        f"{gettext('Company')}: {lead.company}" if lead.company else "",
        *(_line(fact) for fact in facts),
    ]
    return "\n".join(line for line in lines if line)


def _line(fact: Fact) -> str:
    line = f"{fact.key.replace('_', ' ').capitalize()}: {_shown(fact.value)}"
    return f"{line} (“{fact.quote}”)" if fact.quote else line


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return " ".join(_shown(each) for each in value.values())
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return str(value)
