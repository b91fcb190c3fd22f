"""What stands in the calendar entry: who comes, and what they told us in their own words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext, override

from conversations.models import Fact, Lead, Meeting
from conversations.services.notice_words import link_to
from integrations.scheduling import Booking

# These have lines of their own.
OF_THE_LEAD = frozenset({"name", "company"})


class Label(Protocol):
    """How a question and its possible answers are called."""

    @property
    def label(self) -> str:
        """The question's short name."""

    @property
    def values(self) -> Mapping[str, str]:
        """Names of the answers that one can choose."""


# By fact key; what has none shows as it is stored.
Labels = Mapping[str, Label]


def _no_labels() -> Labels:
    return {}


_sources: list[Callable[[], Labels]] = [_no_labels]


def provide(source: Callable[[], Labels]) -> None:
    """Ask this one for names, in the language at hand, from now on."""
    _sources[0] = source


def language_of(lead: Lead) -> str:
    """The one that the entry is in: who is invited reads it too."""
    return lead.language if lead.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def labels_in(language: str) -> Labels:
    """Names of questions and answers in a language."""
    with override(language):
        return _sources[0]()


def booking_of(meeting: Meeting) -> Booking:
    """The calendar's view of a meeting; wants `lead` and `salesperson` at hand."""
    facts = Fact.objects.filter(lead=meeting.lead_id, superseded_at__isnull=True)
    labels = labels_in(language_of(meeting.lead))
    return booking_with(meeting, facts.order_by("created_at", "id"), labels)


def booking_with(meeting: Meeting, facts: Iterable[Fact], labels: Labels) -> Booking:
    """The same, with the lead's current facts and names in their language at hand."""
    lead = meeting.lead
    with override(language_of(lead)):
        subject, body = _subject(lead), _body(lead, facts, labels)
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
    """What says whether the calendar still shows this text, and invites this address."""
    text = f"{booking.subject}\n{booking.body}\n{booking.attendee_email}"
    return hashlib.sha256(text.encode()).hexdigest()


def _name(lead: Lead) -> str:
    return lead.name or lead.profile_name or lead.username


def _subject(lead: Lead) -> str:
    name = _name(lead) or gettext("WhatsApp lead")
    who = f"{name} ({lead.company})" if lead.company else name
    return gettext("Meeting with %(who)s") % {"who": who}


def _body(lead: Lead, facts: Iterable[Fact], labels: Labels) -> str:
    link = link_to(lead.conversation)
    lines = [
        f"{gettext('Name')}: {_name(lead)}" if _name(lead) else "",
        f"{gettext('Company')}: {lead.company}" if lead.company else "",
        *(_line(fact, labels.get(fact.key)) for fact in facts if fact.key not in OF_THE_LEAD),
        f"{gettext('Conversation')}: {link}" if link else "",
    ]
    return "\n".join(line for line in lines if line)


def _line(fact: Fact, label: Label | None) -> str:
    name = label.label if label else fact.key.replace("_", " ").capitalize()
    shown = _shown(fact.value)
    line = f"{name}: {label.values.get(shown, shown) if label else shown}"
    return f"{line} (“{fact.quote}”)" if fact.quote else line


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, dict):
        return " ".join(_shown(each) for each in value.values())
    if isinstance(value, list):
        return ", ".join(_shown(each) for each in value)
    return str(value)
