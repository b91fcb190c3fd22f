"""Small pieces of a list cell: badges, times, links. Everything is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conversations.admin import dates
from conversations.models import Lead, MeetingState, Stage, Temperature, User

STAGE_TONES: Mapping[str, str] = {
    Stage.NEW: "blue",
    Stage.QUALIFYING: "violet",
    Stage.QUALIFIED: "teal",
    Stage.MEETING: "green",
    Stage.WON: "green",
    Stage.LOST: "grey",
}
TEMPERATURE_TONES: Mapping[str, str] = {
    Temperature.COLD: "grey",
    Temperature.WARM: "amber",
    Temperature.HOT: "red",
}
MEETING_TONES: Mapping[str, str] = {
    MeetingState.BOOKING: "amber",
    MeetingState.CONFIRMED: "green",
    MeetingState.OVER: "amber",
    MeetingState.COMPLETED: "teal",
    MeetingState.NO_SHOW: "red",
}


def badge(text: object, tone: str = "grey") -> SafeString:
    """A short word on a coloured ground."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, text)


def name_of(user: User | None) -> str | None:
    """A colleague by name, or by what they log in with; nobody is nothing."""
    return user.shown_name if user else None


def stage_badge(stage: str) -> SafeString:
    """Where a lead stands."""
    return badge(dict(Stage.choices).get(stage, stage), STAGE_TONES.get(stage, "grey"))


def temperature_badge(temperature: str) -> SafeString:
    """What the score says, in one word."""
    label = dict(Temperature.choices).get(temperature, temperature)
    return badge(label, TEMPERATURE_TONES.get(temperature, "grey"))


def opted_out_badge(lead: Lead) -> SafeString:
    """That this person asked us not to write; nothing for everybody else."""
    return badge(_("Opted out"), "red") if lead.opted_out_at else SafeString()


def meeting_badge(state: str) -> SafeString:
    """How far a meeting came."""
    return badge(dict(MeetingState.choices).get(state, state), MEETING_TONES.get(state, "grey"))


def span_text(span: timedelta) -> str:
    """A length of time in one unit: now, 5 min, 3 h, 2 d."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return pgettext("how long ago", "now")
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    if minutes < 48 * 60:
        return _("%(count)d h") % {"count": minutes // 60}
    return _("%(count)d d") % {"count": minutes // (24 * 60)}


def countdown_text(span: timedelta) -> str:
    """Time left, to the minute while it is short."""
    hours, minutes = divmod(max(0, int(span.total_seconds() // 60)), 60)
    if hours >= 1:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%(count)d min") % {"count": minutes}


def moment(at: datetime | None, *, now: datetime) -> SafeString | None:
    """How long ago, with the exact time of the viewer's zone on hover; a date when long ago."""
    if at is None:
        return None
    local = timezone.localtime(at)
    full = dates.exactly(at)
    short = span_text(now - at) if now - at < timedelta(days=7) else dates.long_ago(local)
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), full, short)


def link(url: str, text: object, *, css: str = "") -> SafeString:
    """A link inside the admin."""
    return format_html('<a href="{}" class="{}">{}</a>', url, css, text)


def two_lines(first: object, second: object) -> SafeString:
    """A strong line and a quiet one under it."""
    return format_html(
        '<span class="cell-first">{}</span><span class="cell-second">{}</span>', first, second
    )


def lines(texts: Iterable[object]) -> SafeString:
    """One under the other."""
    return format_html_join(SafeString("<br>"), "{}", ((text,) for text in texts))
