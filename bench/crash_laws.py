"""What must hold after any number of kills."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import close_old_connections, connection, connections  # noqa: E402
from django.db.models import Count, Q  # noqa: E402

from conversations.models import (  # noqa: E402
    Conversation,
    Meeting,
    Message,
    Salesperson,
    User,
)
from integrations.models import SimulatedMailbox, SimulatedMailboxEvent  # noqa: E402

GRAPH = "graph"
STANDING = ["confirmed", "over"]
MOVING = ["received", "queued", "sending", "unknown"]


def prepare(*, salespeople: int) -> None:
    """Migrate, and make enough people that times do not run out."""
    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0)
    for number in range(salespeople):
        user = User.objects.create(username=f"sales{number}", first_name=f"Sales {number}")
        Salesperson.objects.create(user=user, mailbox=f"sales{number}@example.com")
    _prepare_graph()


def _prepare_graph() -> None:
    """The simulated mailboxes lie in a database of their own."""
    name = connection.ops.quote_name(connections[GRAPH].settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    call_command("migrate", "integrations", database=GRAPH, verbosity=0)
    SimulatedMailbox.objects.using(GRAPH).bulk_create(
        SimulatedMailbox(address=host.mailbox, time_zone=host.time_zone)
        for host in Salesperson.objects.all()
    )


def forget_graph() -> None:
    """Drop the simulator's database."""
    name = connection.ops.quote_name(connections[GRAPH].settings_dict["NAME"])
    connections[GRAPH].close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def unsettled() -> bool:
    """Whether anything still waits or moves."""
    close_old_connections()
    return (
        Message.objects.filter(state__in=MOVING).exists()
        or Conversation.objects.filter(answer_due_at__isnull=False).exists()
        or Meeting.objects.filter(Q(state="booking") | Q(sync_due_at__isnull=False)).exists()
    )


def broken(meta: Any) -> dict[str, Any]:
    """Each broken law with its cases; empty when all hold."""
    laws = {
        "lost: not handled or not sent": _stuck(),
        "lost: failed or cancelled by nobody": _given_up(),
        "lost: said sent, never accepted": _never_accepted(meta),
        "duplicate sends": [token for token, times in meta.accepted.items() if times > 1],
        "misordered": _misordered(meta),
        "duplicate bookings: meetings of one lead": _double_bookings(),
        "duplicate bookings: events without their meeting": _orphans(),
        "duplicate bookings: events of one mailbox overlap": _overlaps(),
        "lost: meetings without their event": _without_event(),
        "not at rest: meetings": _restless(),
        "turns answered twice": _answered_twice(),
        "webhook posts lost": meta.lost_posts,
    }
    return {law: cases for law, cases in laws.items() if cases}


def _stuck() -> list[str]:
    return [f"{m.state} {m.pk}" for m in Message.objects.filter(state__in=MOVING)]


def _given_up() -> list[str]:
    rows = Message.objects.filter(direction="outbound", state__in=["failed", "cancelled"])
    return [f"{m.state} {m.error_text}" for m in rows]


def _never_accepted(meta: Any) -> list[str]:
    tokens = Message.objects.filter(direction="outbound", state__in=["sent", "delivered", "read"])
    return [
        str(t) for t in tokens.values_list("send_token", flat=True) if str(t) not in meta.accepted
    ]


def _misordered(meta: Any) -> list[str]:
    bad = []
    numbers = dict(Message.objects.filter(direction="outbound").values_list("send_token", "number"))
    for phone, tokens in meta.order.items():
        first_times = list(dict.fromkeys(tokens))
        order = [numbers[next(t for t in numbers if str(t) == token)] for token in first_times]
        if order != sorted(order):
            bad.append(phone)
    return bad


def _double_bookings() -> list[str]:
    rows = Meeting.objects.filter(state__in=["booking", "confirmed"])
    twice = rows.values("lead").annotate(n=Count("id")).filter(n__gt=1)
    return [str(row["lead"]) for row in twice]


def standing() -> int:
    """How many meetings there are in the end."""
    return Meeting.objects.filter(state__in=STANDING).count()


def _live_events() -> list[SimulatedMailboxEvent]:
    """What stands in Outlook, read from the simulator's rows."""
    rows = SimulatedMailboxEvent.objects.using(GRAPH).filter(deleted_at=None)
    return list(rows.select_related("mailbox").order_by("mailbox", "starts_at"))


def _orphans() -> list[str]:
    """Events that are not the one event of one standing meeting: leftovers and second ones."""
    meetings = Counter(
        Meeting.objects.filter(state__in=STANDING).values_list("event_id", flat=True)
    )
    return [
        f"{event.mailbox} {event.starts_at} {event.transaction_id}: {meetings[event.pk]} meetings"
        for event in _live_events()
        if meetings[event.pk] != 1
    ]


def _without_event() -> list[str]:
    """Meetings whose event is gone, at another time or in somebody else's calendar."""
    events = {
        (event.pk, event.mailbox.address, event.starts_at, event.ends_at)
        for event in _live_events()
    }
    rows = Meeting.objects.filter(state__in=STANDING).select_related("salesperson")
    return [
        f"{m.pk} {m.during}"
        for m in rows
        if (m.event_id, m.salesperson.mailbox, m.during.lower, m.during.upper) not in events
    ]


def _overlaps() -> list[str]:
    by_mailbox = defaultdict(list)
    for event in _live_events():
        by_mailbox[event.mailbox.address].append(event)
    return [
        f"{address} {later.starts_at}"
        for address, events in by_mailbox.items()
        for earlier, later in pairwise(events)
        if later.starts_at < earlier.ends_at
    ]


def _restless() -> list[str]:
    rows = Meeting.objects.filter(Q(state="booking") | Q(sync_due_at__isnull=False))
    return [f"{m.state} {m.pk} {m.problem}" for m in rows]


def _answered_twice() -> list[str]:
    """A run queues its replies once: the constraint says so, and so do the rows."""
    rows = Message.objects.filter(direction="outbound", turn_id__isnull=False)
    twice = rows.values("turn_id", "turn_index").annotate(n=Count("id")).filter(n__gt=1)
    return [str(row["turn_id"]) for row in twice]
