"""What Prometheus reads: gauges from the rows, none from a process, nothing about a person.

Every query is one of a fixed number and reads what is open now or what is recent: their cost does
not grow with the tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Min, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from agent.models import AgentRun
from conversations.models import OUTBOX, Direction, Meeting, MeetingState, Message, State
from conversations.models.ids import first_uuid7
from conversations.services.channel_state import WHATSAPP
from integrations.models import ChannelState, WebhookDelivery

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RECENTLY = timedelta(minutes=5)
DAY = timedelta(days=1)
# Failed jobs stay and have no index; more than this makes no difference to who reads it.
MOST_FAILED_JOBS = 1000
JOBS = """
SELECT (SELECT count(*) FROM procrastinate_jobs
         WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %(now)s)),
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'),
       (SELECT count(*) FROM (
           SELECT FROM procrastinate_jobs WHERE status = 'failed' LIMIT %(most)s) AS failed),
       (SELECT max(last_heartbeat) FROM procrastinate_workers)
"""


@dataclass(frozen=True)
class Gauge:
    """One name and its values: by the values of `label`, or a single one without."""

    name: str
    help: str
    values: Mapping[str, float]
    label: str = ""


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer who brings METRICS_TOKEN; without one set there is nothing here."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _is_known(request.headers.get("Authorization", "")):
        return HttpResponse(
            "The token is missing or wrong.\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    body = exposition(gauges(now=timezone.now()))
    return HttpResponse(body, content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def exposition(found: Iterable[Gauge]) -> str:
    """Write Prometheus' text format."""
    lines: list[str] = []
    for gauge in found:
        lines += [f"# HELP {gauge.name} {gauge.help}", f"# TYPE {gauge.name} gauge"]
        for value, number in gauge.values.items():
            labels = f'{{{gauge.label}="{_escaped(value)}"}}' if gauge.label else ""
            lines.append(f"{gauge.name}{labels} {_written(number)}")
    return "\n".join(lines) + "\n"


def gauges(*, now: datetime) -> Iterator[Gauge]:
    """Ask the database for every gauge."""
    yield from _inbound(now)
    yield from _outbox(now)
    yield from _sends(now)
    yield _deliveries(now)
    yield _bookings(now)
    yield _tokens(now)
    yield from _queue(now)
    yield from _channel(now)


def _inbound(now: datetime) -> Iterator[Gauge]:
    waiting = Message.objects.filter(state=State.RECEIVED)
    found = waiting.aggregate(oldest=Min("created_at"), number=Count("*"))
    yield _one(
        "inbound_unhandled_oldest_seconds",
        "How long the oldest message waits for the agent; 0 when none does.",
        _age(found["oldest"], now, never=0),
    )
    yield _one("inbound_unhandled", "Messages that wait for the agent.", found["number"])


def _outbox(now: datetime) -> Iterator[Gauge]:
    waiting = Message.objects.filter(state__in=OUTBOX)
    found = waiting.aggregate(
        oldest=Min("created_at"),
        queued=Count("pk", filter=Q(state=State.QUEUED)),
        unknown=Count("pk", filter=Q(state=State.UNKNOWN)),
    )
    yield _one("outbox_queued", "Messages that wait to be sent.", found["queued"])
    yield _one("outbox_unknown", "Messages that may have arrived.", found["unknown"])
    yield _one(
        "outbox_oldest_seconds",
        "How long ago the oldest message was written that has not left for certain; 0 when none.",
        _age(found["oldest"], now, never=0),
    )


def _sends(now: datetime) -> Iterator[Gauge]:
    """The window closes after a day, so the day's messages hold those that left just now."""
    ours = Message.objects.filter(id__gte=first_uuid7(now - DAY), direction=Direction.OUTBOUND)
    tried = Q(attempted_at__gte=now - RECENTLY)
    outcomes = [state for state in State if state not in (State.RECEIVED, State.HANDLED)]
    found = ours.aggregate(
        all_failed=Count("pk", filter=Q(state=State.FAILED)),
        doubled=Count("pk", filter=~Q(duplicate_ids=[])),
        **{state.value: Count("pk", filter=tried & Q(state=state)) for state in outcomes},
    )
    yield _one(
        "outbox_failed", "Messages written in the last 24 h that failed.", found["all_failed"]
    )
    yield _one(
        "duplicate_sends_24h", "Messages written in the last 24 h and sent twice.", found["doubled"]
    )
    yield Gauge(
        "sends_5m",
        "Messages tried in the last 5 minutes, by what became of them.",
        {state.value: found[state.value] for state in outcomes},
        "outcome",
    )


def _deliveries(now: datetime) -> Gauge:
    states = WebhookDelivery.State
    recent = WebhookDelivery.objects.filter(received_at__gte=now - RECENTLY)
    found = recent.aggregate(**{each.value: Count("pk", filter=Q(state=each)) for each in states})
    return Gauge(
        "webhook_deliveries_5m",
        "Webhook POSTs stored in the last 5 minutes, by how much was understood.",
        found,
        "state",
    )


def _bookings(now: datetime) -> Gauge:
    recent = Meeting.objects.filter(id__gte=first_uuid7(now - DAY))
    found = recent.aggregate(
        **{each.value: Count("pk", filter=Q(state=each)) for each in MeetingState}
    )
    return Gauge("bookings_24h", "Meetings asked for in the last 24 h, by state.", found, "result")


def _tokens(now: datetime) -> Gauge:
    recent = AgentRun.objects.filter(created_at__gte=now - DAY)
    found = recent.aggregate(
        **{"in": Sum("tokens_in", default=0), "out": Sum("tokens_out", default=0)}
    )
    return Gauge("llm_tokens_24h", "Tokens of the last 24 h's turns.", found, "direction")


def _queue(now: datetime) -> Iterator[Gauge]:
    with connection.cursor() as cursor:
        cursor.execute(JOBS, {"now": now, "most": MOST_FAILED_JOBS})
        ((waiting, doing, failed, heartbeat),) = cursor.fetchall()
    yield _one("jobs_waiting", "Jobs that could start now.", waiting)
    yield _one("jobs_doing", "Jobs that run.", doing)
    yield _one("jobs_failed", f"Failed jobs that are kept, {MOST_FAILED_JOBS} at most.", failed)
    yield _one(
        "worker_heartbeat_age_seconds",
        "How long ago a worker last gave a sign of life; +Inf when none runs.",
        _age(heartbeat, now, never=math.inf),
    )


def _channel(now: datetime) -> Iterator[Gauge]:
    state = ChannelState.objects.filter(channel=WHATSAPP).first() or ChannelState()
    paused = state.paused_until is not None and state.paused_until > now
    yield Gauge(
        "channel_paused",
        "1 while the whole number does not send.",
        {WHATSAPP: paused},
        "channel",
    )
    yield Gauge(
        "channel_failures",
        "Pauses of the whole number in a row, without a success since.",
        {WHATSAPP: state.failures},
        "channel",
    )


def _one(name: str, words: str, value: float) -> Gauge:
    return Gauge(name, words, {"": value})


def _age(moment: datetime | None, now: datetime, *, never: float) -> float:
    return never if moment is None else max(0.0, (now - moment).total_seconds())


def _is_known(header: str) -> bool:
    kind, _, token = header.partition(" ")
    return kind.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _written(number: float) -> str:
    return "+Inf" if math.isinf(number) else str(float(number))
