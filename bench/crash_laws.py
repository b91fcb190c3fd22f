"""What must hold after any number of kills."""

from __future__ import annotations

from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from django.db.models import Count  # noqa: E402

from conversations.models import Conversation, Meeting, Message, Salesperson, User  # noqa: E402

MOVING = ["received", "queued", "sending", "unknown"]


def prepare(*, salespeople: int) -> None:
    """Migrate, and make enough people that times do not run out."""
    call_command("migrate", verbosity=0)
    call_command("seed_demo", verbosity=0)
    for number in range(salespeople):
        user = User.objects.create(username=f"sales{number}", first_name=f"Sales {number}")
        Salesperson.objects.create(user=user, mailbox=f"sales{number}@example.com")


def unsettled() -> bool:
    """Whether anything still waits or moves."""
    close_old_connections()
    return (
        Message.objects.filter(state__in=MOVING).exists()
        or Conversation.objects.filter(answer_due_at__isnull=False).exists()
        or Meeting.objects.filter(state="booking").exists()
    )


def broken(meta: Any) -> dict[str, Any]:
    """Each broken law with its cases; empty when all hold."""
    laws = {
        "lost: not handled or not sent": _stuck(),
        "lost: failed or cancelled by nobody": _given_up(),
        "lost: said sent, never accepted": _never_accepted(meta),
        "duplicate sends": [token for token, times in meta.accepted.items() if times > 1],
        "misordered": _misordered(meta),
        "duplicate bookings": _double_bookings(),
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


def _answered_twice() -> list[str]:
    """A run queues its replies once: the constraint says so, and so do the rows."""
    rows = Message.objects.filter(direction="outbound", turn_id__isnull=False)
    twice = rows.values("turn_id", "turn_index").annotate(n=Count("id")).filter(n__gt=1)
    return [str(row["turn_id"]) for row in twice]
