"""When one salesperson can be met, and why not at other times: for staff who look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from conversations.models import Salesperson
from conversations.services import mailbox_health
from conversations.services.holiday_dates import holidays_between
from conversations.services.host_rules import offering, rules_from
from conversations.services.own_bookings import own_bookings
from conversations.services.slot_reasons import Code, Reason, reasons
from conversations.services.slots import Interval, Rules, Taken, free_slots
from conversations.services.wall_clock import instant_of
from integrations.scheduling import Calendar, CalendarError, MailboxBusy

NOT_READ = "The calendar did not answer."


@dataclass(frozen=True)
class FreeTimes:
    """What would be offered to a lead who asks now, were it this salesperson's turn.

    HOST: they take no meetings. NOCAL: the calendar cannot be read, `detail` says why.
    """

    rules: Rules
    slots: tuple[Interval, ...] = ()
    problem: Literal["", Code.HOST, Code.NOCAL] = ""
    detail: str = ""


def free_times(
    *, host_id: int, calendar: Calendar, now: datetime, moving: UUID | None = None
) -> FreeTimes:
    """Every time that is free until the horizon, whoever's turn it is.

    `moving` is the meeting that a new time is looked for: it fills no day.
    """
    host = _host(host_id)
    rules = offering(rules_from(host, now))
    if not _takes_meetings(host):
        return FreeTimes(rules, problem=Code.HOST)
    taken, trouble = _taken(host, rules, Interval(now, now + rules.horizon), calendar, now)
    if trouble:
        return FreeTimes(rules, problem=Code.NOCAL, detail=trouble)
    taken = replace(taken, moving=moving)
    return FreeTimes(rules, tuple(free_slots(rules, taken=taken, now=now)))


def explain(
    *, host_id: int, local: datetime, calendar: Calendar, now: datetime
) -> tuple[Reason, ...]:
    """Everything that speaks against a start at `local`, naive, on the salesperson's own clock.

    Nothing: it would be offered. The calendar itself is asked for that very time.
    """
    host = _host(host_id)
    rules = offering(rules_from(host, now))
    found = [] if _takes_meetings(host) else [Reason(Code.HOST)]
    instant = instant_of(local, rules.zone)
    if instant is None:
        return (*found, Reason(Code.CLOCK))
    taken, trouble = _taken(host, rules, Interval(instant, instant + rules.length), calendar, now)
    if trouble:
        found.append(Reason(Code.NOCAL, label=trouble))
    found += reasons(rules, taken=taken, instant=instant, now=now)
    return tuple(_labelled(found, host, local.date()))


def _host(host_id: int) -> Salesperson:
    hosts = Salesperson.objects.select_related("user").prefetch_related("days_off")
    return hosts.get(pk=host_id)


def _takes_meetings(host: Salesperson) -> bool:
    return host.takes_meetings and host.user.is_active


def _taken(
    host: Salesperson,
    rules: Rules,
    during: Interval,
    calendar: Calendar,
    now: datetime,
) -> tuple[Taken, str]:
    """Our meetings and what the calendar says, with the reason why it says nothing."""
    starts_at, ends_at = during
    own = own_bookings([host.pk], starts_at=starts_at, ends_at=ends_at).get(host.pk, ())
    try:
        answers: Mapping[str, MailboxBusy] = calendar.busy(
            [host.mailbox], starts_at=starts_at - rules.apart, ends_at=ends_at + rules.apart
        )
    except CalendarError as error:
        return Taken(own=own), str(error) or NOT_READ
    mailbox_health.note(answers.values(), now=now)
    answer = answers.get(host.mailbox) or MailboxBusy(host.mailbox, error=NOT_READ)
    return Taken(answer.intervals, own), answer.error


def _labelled(found: Iterable[Reason], host: Salesperson, day: date) -> Iterable[Reason]:
    for reason in found:
        if reason.code == Code.HOLIDAY:
            named = holidays_between(host.holiday_country, host.holiday_region, day, day)
            yield replace(reason, label=named.get(day, ""))
        elif reason.code == Code.DAYOFF:
            notes = (
                each.note for each in host.days_off.all() if each.first_day <= day <= each.last_day
            )
            yield replace(reason, label=next(notes, ""))
        else:
            yield reason
