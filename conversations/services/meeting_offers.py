"""Which times a lead is offered: whose, when, and that we remember having offered them."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from psycopg.types.range import Range

from conversations.models import (
    TAKES_TIME,
    Conversation,
    Lead,
    Meeting,
    MeetingState,
    Salesperson,
    SlotOffer,
)
from conversations.services import slot_signing
from conversations.services.meeting_results import Offer, OfferedSlot, offered_slot_of
from conversations.services.slot_choice import Option, Wish, pick_varied
from conversations.services.slot_signing import ChosenSlot
from conversations.services.slots import Interval, Rules, free_slots
from integrations.scheduling import BusyInterval, Calendar, CalendarError, MailboxBusy

OFFER_LASTS = timedelta(hours=24)
# A time offered at the last moment of the notice could no longer be tapped.
TIME_TO_CHOOSE = timedelta(minutes=15)
KEPT = timedelta(days=30)
NEVER = datetime.min.replace(tzinfo=UTC)

# How an offer is remembered until somebody chooses from it.
Keep = Callable[
    [Conversation, Sequence[Option], Mapping[int, Salesperson], datetime], tuple[OfferedSlot, ...]
]


def offer_slots(*, conversation_id: UUID, wish: Wish, calendar: Calendar, now: datetime) -> Offer:
    """Find varied free times for the lead and store them: they can be booked for a day."""
    return _offer(conversation_id, wish, calendar, now, keep=_stored)


def find_slots(*, conversation_id: UUID, wish: Wish, calendar: Calendar, now: datetime) -> Offer:
    """The same for staff who look: nothing is written, the ids carry what can be booked."""
    return _offer(conversation_id, wish, calendar, now, keep=_signed)


def chosen_slot(slot_id: str) -> ChosenSlot | None:
    """The time that an id of either kind stands for, whether or not it can still be had."""
    try:
        offer = SlotOffer.objects.filter(pk=UUID(slot_id)).first()
    except ValueError:
        return slot_signing.read(slot_id)
    if offer is None:
        return None
    return ChosenSlot(
        offer.conversation_id,
        offer.salesperson_id,
        offer.during.lower,
        offer.during.upper,
        offer.expires_at,
    )


def current_offer(*, conversation_id: UUID, now: datetime) -> tuple[OfferedSlot, ...]:
    """The times of the latest offer to the lead that are still to be had."""
    offered = SlotOffer.objects.filter(conversation_id=conversation_id)
    latest = offered.order_by("-created_at")[:1]
    offers = (
        offered.filter(
            created_at=latest.values("created_at"),
            expires_at__gt=now,
            during__startswith__gt=now,
        )
        .prefetch_related("salesperson__user")
        .order_by("during")
    )
    return tuple(offered_slot_of(offer) for offer in offers)


def prune(*, now: datetime) -> int:
    """Forget offers after 30 days; each ran out long before."""
    deleted, _per_model = SlotOffer.objects.filter(created_at__lt=now - KEPT).delete()
    return deleted


def rules_of(host: Salesperson) -> Rules:
    """Read what a salesperson set; a length or step of nothing would never end."""
    return Rules(
        zone=ZoneInfo(host.time_zone),
        working_hours=host.working_hours,
        notice=timedelta(minutes=host.notice_minutes),
        horizon=timedelta(days=host.horizon_days),
        length=timedelta(minutes=max(host.meeting_minutes, 1)),
        step=timedelta(minutes=max(host.step_minutes, 1)),
        buffer_before=timedelta(minutes=host.buffer_before_minutes),
        buffer_after=timedelta(minutes=host.buffer_after_minutes),
    )


def free_to_offer(rules: Rules, *, busy: Iterable[BusyInterval], now: datetime) -> list[Interval]:
    """Every free time that can still be tapped when it has been read."""
    unhurried = replace(rules, notice=rules.notice + TIME_TO_CHOOSE)
    return free_slots(unhurried, busy=busy, now=now)


def lead_zone(lead: Lead) -> ZoneInfo:
    """The lead's own clock, or the business's until we know."""
    return ZoneInfo(lead.time_zone or settings.TIME_ZONE)


def rota(conversation: Conversation, now: datetime) -> dict[int, Salesperson]:
    """The host they already have, the owner, the one offered before, then whose turn it is."""
    lead = conversation.lead
    current = (
        Meeting.objects.filter(lead=lead, state=MeetingState.CONFIRMED, during__endswith__gt=now)
        .values_list("salesperson_id", flat=True)
        .first()
    )
    offered = (
        SlotOffer.objects.filter(conversation=conversation, expires_at__gt=now)
        .order_by("-created_at", "during")
        .values_list("salesperson_id", flat=True)
        .first()
    )

    def order(host: Salesperson) -> tuple[bool, bool, bool, datetime, int]:
        return (
            host.pk != current,
            host.user_id != lead.owner_id,
            host.pk != offered,
            host.last_assigned_at or NEVER,
            zlib.crc32(f"{lead.pk}/{host.pk}".encode()),
        )

    hosts = Salesperson.objects.filter(takes_meetings=True, user__is_active=True)
    return {host.pk: host for host in sorted(hosts.select_related("user"), key=order)}


def _offer(
    conversation_id: UUID, wish: Wish, calendar: Calendar, now: datetime, *, keep: Keep
) -> Offer:
    conversation = Conversation.objects.select_related("lead").get(pk=conversation_id)
    hosts = rota(conversation, now)
    if not hosts:
        return Offer(problem="no_slots")
    rules = {host.pk: rules_of(host) for host in hosts.values()}
    starts_at = now - max(each.buffer_before for each in rules.values())
    ends_at = now + max(each.horizon + each.buffer_after for each in rules.values())
    try:
        busy = calendar.busy(
            [host.mailbox for host in hosts.values()], starts_at=starts_at, ends_at=ends_at
        )
    except CalendarError:
        return Offer(problem="calendar_down")
    reachable = [host for host in hosts.values() if _is_reachable(busy.get(host.mailbox))]
    if not reachable:
        return Offer(problem="calendar_down")
    own = _own_bookings(rules, starts_at, ends_at)
    picked = pick_varied(
        _free_by_host(reachable, rules, busy, own, now),
        zone=lead_zone(conversation.lead),
        wish=wish,
    )
    return Offer(keep(conversation, picked, hosts, now)) if picked else Offer(problem="no_slots")


def _is_reachable(answer: MailboxBusy | None) -> bool:
    return answer is not None and not answer.error


def _own_bookings(
    rules: Mapping[int, Rules], starts_at: datetime, ends_at: datetime
) -> Mapping[int, Sequence[BusyInterval]]:
    """Our own meetings with their buffers; the calendar may not know of them yet."""
    rows = Meeting.objects.filter(
        state__in=TAKES_TIME, salesperson__in=rules, during__overlap=Range(starts_at, ends_at)
    ).values_list("salesperson_id", "during")
    found: dict[int, list[BusyInterval]] = defaultdict(list)
    for host_id, during in rows:
        found[host_id].append(rules[host_id].padded(during.lower, during.upper))
    return found


def _free_by_host(
    hosts: Sequence[Salesperson],
    rules: Mapping[int, Rules],
    busy: Mapping[str, MailboxBusy],
    own: Mapping[int, Sequence[BusyInterval]],
    now: datetime,
) -> Iterator[tuple[int, list[Interval]]]:
    for host in hosts:
        taken = [*busy[host.mailbox].intervals, *own.get(host.pk, ())]
        yield host.pk, free_to_offer(rules[host.pk], busy=taken, now=now)


def _stored(
    conversation: Conversation,
    picked: Sequence[Option],
    hosts: Mapping[int, Salesperson],
    now: datetime,
) -> tuple[OfferedSlot, ...]:
    offers = SlotOffer.objects.bulk_create(
        SlotOffer(
            conversation=conversation,
            salesperson=hosts[option.host_id],
            during=Range(option.slot.starts_at, option.slot.ends_at),
            expires_at=now + OFFER_LASTS,
            created_at=now,
        )
        for option in picked
    )
    return tuple(offered_slot_of(offer) for offer in offers)


def _signed(
    conversation: Conversation,
    picked: Sequence[Option],
    hosts: Mapping[int, Salesperson],
    now: datetime,
) -> tuple[OfferedSlot, ...]:
    return tuple(
        OfferedSlot(
            slot_signing.sign(
                ChosenSlot(
                    conversation.pk,
                    option.host_id,
                    option.slot.starts_at,
                    option.slot.ends_at,
                    now + OFFER_LASTS,
                )
            ),
            option.slot.starts_at,
            option.slot.ends_at,
            str(hosts[option.host_id]),
        )
        for option in picked
    )
