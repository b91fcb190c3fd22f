"""The clicks on ads and posts that brought a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode

from conversations.admin import dates
from conversations.admin.addresses import anchor_of
from conversations.models import Lead, Source, Touch
from conversations.services.attribution import web_address

SHOWN = 50


@dataclass(frozen=True)
class TouchLine:
    """One click. What the referral said is the lead's word: `url` is http or https, or empty."""

    source: str
    is_ad: bool
    headline: str
    source_id: str
    ctwa_clid: str
    url: str
    when: str
    occurred_at: datetime
    anchor: str
    leads_url: str


def load(*, lead: Lead) -> tuple[TouchLine, ...]:
    """The newest clicks, newest first. One query."""
    rows = Touch.objects.filter(lead=lead).order_by("-occurred_at", "-id")
    return tuple(_line(row) for row in rows[:SHOWN])


def _line(touch: Touch) -> TouchLine:
    listed = reverse("admin:conversations_lead_changelist")
    return TouchLine(
        source=str(touch.get_source_display()),
        is_ad=touch.source == Source.AD,
        headline=touch.headline,
        source_id=touch.source_id,
        ctwa_clid=touch.ctwa_clid,
        url=web_address(touch.source_url),
        when=dates.exactly(touch.occurred_at),
        occurred_at=touch.occurred_at,
        anchor=anchor_of(touch.message_id),
        leads_url=f"{listed}?{urlencode({'ad': touch.source_id})}" if touch.source_id else "",
    )
