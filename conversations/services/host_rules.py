"""What a salesperson set, as rules for the slot engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from conversations.models import Salesperson
from conversations.services.holiday_dates import holidays_between
from conversations.services.slots import Rules

DAY = timedelta(days=1)
# A time offered at the last moment of the notice could no longer be tapped.
TIME_TO_CHOOSE = timedelta(minutes=15)


def rules_of(host: Salesperson) -> Rules:
    """Hours, notice and buffers, without absences; a length or step of nothing would never end."""
    return Rules(
        zone=ZoneInfo(host.time_zone),
        working_hours=host.working_hours,
        notice=timedelta(minutes=host.notice_minutes),
        horizon=timedelta(days=host.horizon_days),
        length=timedelta(minutes=max(host.meeting_minutes, 1)),
        step=timedelta(minutes=max(host.step_minutes, 1)),
        buffer_before=timedelta(minutes=host.buffer_before_minutes),
        buffer_after=timedelta(minutes=host.buffer_after_minutes),
        daily_cap=host.daily_cap,
    )


def rules_from(host: Salesperson, now: datetime) -> Rules:
    """The same with the days off and holidays until the horizon; wants `days_off` prefetched."""
    rules = rules_of(host)
    first = now.astimezone(rules.zone).date()
    last = (now + rules.horizon).astimezone(rules.zone).date()
    away = (
        _days(max(each.first_day, first), min(each.last_day, last)) for each in host.days_off.all()
    )
    holidays = holidays_between(host.holiday_country, host.holiday_region, first, last)
    return replace(rules, days_off=frozenset().union(*away), holidays=frozenset(holidays))


def offering(rules: Rules) -> Rules:
    """The rules for what is offered: it can still be tapped when it has been read."""
    return replace(rules, notice=rules.notice + TIME_TO_CHOOSE)


def _days(first: date, last: date) -> frozenset[date]:
    return frozenset(first + passed * DAY for passed in range((last - first).days + 1))
