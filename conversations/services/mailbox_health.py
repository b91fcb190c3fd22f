"""Which mailboxes cannot be read: out of the rota until a timer finds that they answer again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from conversations.models import Salesperson
from integrations.scheduling import Calendar, CalendarError, MailboxBusy

SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
LOOKED_AT = timedelta(hours=1)
AT_ONCE = 20


def note(answers: Iterable[MailboxBusy], *, now: datetime) -> None:
    """Keep what the calendar said of each mailbox; what stays as it was costs one reading."""
    said = {answer.mailbox: answer.error for answer in answers}
    changed = Salesperson.objects.filter(mailbox__in=said).exclude(
        mailbox_problem="", mailbox__in=[mailbox for mailbox, error in said.items() if not error]
    )
    for host in changed:
        error = said[host.mailbox]
        # By the address as well: under a new one the old one's trouble says nothing.
        same = Salesperson.objects.filter(pk=host.pk, mailbox=host.mailbox)
        if error:
            same.update(
                mailbox_problem=error[:300],
                mailbox_failing_since=Coalesce(F("mailbox_failing_since"), Value(now)),
                mailbox_check_due_at=now + _pause(host.mailbox_failing_since, now),
            )
        else:
            same.update(mailbox_problem="", mailbox_failing_since=None, mailbox_check_due_at=None)


def check_due(*, calendar: Calendar, now: datetime) -> int:
    """Ask again for the mailboxes whose time has come; how many were asked for."""
    mailboxes = _due(now)
    if not mailboxes:
        return 0
    try:
        answers = calendar.busy(mailboxes, starts_at=now, ends_at=now + LOOKED_AT)
    except CalendarError:
        # The calendar as a whole: that says nothing of these mailboxes.
        return 0
    note(answers.values(), now=now)
    return len(mailboxes)


def recheck(*, host_id: int, now: datetime) -> None:
    """Ask at the next round: somebody may have mended it, or given another address."""
    Salesperson.objects.filter(pk=host_id).exclude(mailbox_problem="").update(
        mailbox_check_due_at=now
    )


def failing() -> tuple[Salesperson, ...]:
    """Who is offered to nobody because of it, longest first; see their `mailbox_…` fields."""
    hosts = Salesperson.objects.filter(takes_meetings=True, user__is_active=True)
    broken = hosts.exclude(mailbox_problem="").select_related("user")
    return tuple(broken.order_by("mailbox_failing_since"))


def _pause(failing_since: datetime | None, now: datetime) -> timedelta:
    """As long again as it has been failing."""
    failing_for = now - failing_since if failing_since else SOONEST
    return min(max(failing_for, SOONEST), LATEST)


def _due(now: datetime) -> list[str]:
    """Take a few that are due, pushed back first so that two workers do not both ask."""
    with transaction.atomic():
        due = Salesperson.objects.select_for_update(skip_locked=True, no_key=True).filter(
            mailbox_check_due_at__lte=now
        )
        hosts = list(due.order_by("mailbox_check_due_at")[:AT_ONCE])
        for host in hosts:
            pause = _pause(host.mailbox_failing_since, now)
            Salesperson.objects.filter(pk=host.pk).update(mailbox_check_due_at=now + pause)
    return [host.mailbox for host in hosts]
