"""Whose times a lead is offered first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from conversations.models import Conversation, Meeting, MeetingState, Salesperson, SlotOffer
from conversations.models.ids import first_uuid7
from conversations.models.user import MOST_WEIGHT
from conversations.services.turn_order import Candidate, in_turn

# Keys are in order of time, so that years of meetings need not be read.
REMEMBERED = timedelta(days=90)


@dataclass(frozen=True)
class Rota:
    """Salespeople by id in the order in which they are asked.

    `moving` is the lead's confirmed meeting, which a new time would replace. `all_unread`: there
    are salespeople, but the calendar of none can be read.
    """

    hosts: Mapping[int, Salesperson]
    moving: UUID | None = None
    all_unread: bool = False


def taking_meetings() -> QuerySet[Salesperson]:
    """Everyone who meets leads, whether or not their calendar can be read."""
    return Salesperson.objects.filter(takes_meetings=True, user__is_active=True)


def rota(conversation: Conversation, now: datetime) -> Rota:
    """Everyone who takes meetings and whose calendar can be read; see turn_order.in_turn."""
    found = taking_meetings().select_related("user", "watch").prefetch_related("days_off")
    everyone = {host.pk: host for host in found}
    hosts = {pk: host for pk, host in everyone.items() if not host.mailbox_problem}
    current = Meeting.objects.filter(
        lead=conversation.lead, state=MeetingState.CONFIRMED, during__endswith__gt=now
    )
    moving, current_host = current.values_list("pk", "salesperson_id").first() or (None, None)
    offered_host = (
        SlotOffer.objects.filter(conversation=conversation, expires_at__gt=now)
        .order_by("-created_at", "during")
        .values_list("salesperson_id", flat=True)
        .first()
    )
    assigned = _assigned(hosts.values(), now)
    language = (conversation.language or conversation.lead.language)[:2]
    candidates = (
        Candidate(
            host_id=pk,
            weight=host.weight,
            assigned=assigned[pk],
            has_meeting=pk == current_host,
            is_owner=host.user_id == conversation.lead.owner_id,
            speaks=not (language and host.languages) or language in host.languages,
            was_offered=pk == offered_host,
        )
        for pk, host in hosts.items()
    )
    ordered = in_turn(candidates, conversation.lead.pk)
    return Rota({pk: hosts[pk] for pk in ordered}, moving, bool(everyone) and not hosts)


def _assigned(hosts: Iterable[Salesperson], now: datetime) -> Mapping[int, Sequence[datetime]]:
    """When each was last given a meeting; of who weighs more than one, the times before as well.

    Places that nobody took for so long are free.
    """
    found: dict[int, list[datetime]] = defaultdict(list)
    heavier = []
    for host in hosts:
        if host.weight > 1:
            heavier.append(host.pk)
        elif host.last_assigned_at:
            found[host.pk].append(host.last_assigned_at)
    if heavier:
        place = Window(
            RowNumber(), partition_by=F("salesperson_id"), order_by=F("confirmed_at").desc()
        )
        rows = Meeting.objects.filter(
            salesperson__in=heavier,
            confirmed_at__isnull=False,
            pk__gte=first_uuid7(now - REMEMBERED),
        )
        rows = rows.annotate(place=place).filter(place__lte=MOST_WEIGHT).order_by("place")
        for host_id, confirmed_at in rows.values_list("salesperson_id", "confirmed_at"):
            found[host_id] += [confirmed_at] if confirmed_at else []
    return found
