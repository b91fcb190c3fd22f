"""Which times a lead is offered: whose, when, and that we remember having offered them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from psycopg.types.range import Range

from conversations.compiled import Compiled
from conversations.models import Conversation, Lead, Salesperson, SlotOffer
from conversations.services import slot_signing
from conversations.services.busy_times import busy_times
from conversations.services.host_rules import offering, rules_from
from conversations.services.meeting_results import Offer, OfferedSlot, offered_slot_of
from conversations.services.own_bookings import own_bookings
from conversations.services.rota import rota
from conversations.services.slot_choice import Option, Wish, pick_varied
from conversations.services.slot_signing import ChosenSlot
from conversations.services.slots import Taken, free_slots
from integrations.scheduling import Calendar, CalendarError, MailboxBusy

OFFER_LASTS = timedelta(hours=24)
KEPT = timedelta(days=30)

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
    offers = CURRENT.rows(conversation_id=conversation_id, now=now)
    return tuple(offered_slot_of(offer) for offer in offers)


def _current(conversation_id: UUID, now: datetime) -> QuerySet[SlotOffer]:
    offered = SlotOffer.objects.filter(conversation_id=conversation_id)
    latest = offered.order_by("-created_at")[:1]
    return (
        offered.filter(
            created_at=latest.values("created_at"),
            expires_at__gt=now,
            during__startswith__gt=now,
        )
        .prefetch_related("salesperson__user")
        .order_by("during")
    )


CURRENT = Compiled(_current, conversation_id=UUID, now=datetime)


def prune(*, now: datetime) -> int:
    """Forget offers after 30 days; each ran out long before."""
    deleted, _per_model = SlotOffer.objects.filter(created_at__lt=now - KEPT).delete()
    return deleted


def lead_zone(lead: Lead) -> ZoneInfo:
    """The lead's own clock, or the business's until we know."""
    return ZoneInfo(lead.time_zone or settings.TIME_ZONE)


def _offer(
    conversation_id: UUID, wish: Wish, calendar: Calendar, now: datetime, *, keep: Keep
) -> Offer:
    conversation = Conversation.objects.select_related("lead").get(pk=conversation_id)
    found = rota(conversation, now)
    hosts = found.hosts
    if not hosts:
        return Offer(problem="calendar_down" if found.all_unread else "no_slots")
    rules = {host.pk: offering(rules_from(host, now)) for host in hosts.values()}
    starts_at = now - max(each.buffer_before for each in rules.values())
    ends_at = now + max(each.horizon + each.buffer_after for each in rules.values())
    try:
        busy = busy_times.of(
            hosts.values(), starts_at=starts_at, ends_at=ends_at, calendar=calendar, now=now
        )
    except CalendarError:
        return Offer(problem="calendar_down")
    reachable = [host for host in hosts.values() if _is_reachable(busy.get(host.mailbox))]
    if not reachable:
        return Offer(problem="calendar_down")
    own = own_bookings(rules, starts_at=starts_at, ends_at=ends_at)
    taken = {
        host.pk: Taken(busy[host.mailbox].intervals, own.get(host.pk, ()), found.moving)
        for host in reachable
    }
    picked = pick_varied(
        ((pk, free_slots(rules[pk], taken=taken[pk], now=now)) for pk in taken),
        zone=lead_zone(conversation.lead),
        wish=wish,
    )
    return Offer(keep(conversation, picked, hosts, now)) if picked else Offer(problem="no_slots")


def _is_reachable(answer: MailboxBusy | None) -> bool:
    return answer is not None and not answer.error


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
