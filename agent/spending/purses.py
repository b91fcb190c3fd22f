"""Money is put aside before each call of a model and settled after it.

Each statement takes the purses in one order: lead, day, total. Whoever asks for more than a limit
leaves finds the row unchanged, so no number of workers spends more than was agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from agent.model_calls import NOTHING_USED, PlannedCall, Refusal, Usage
from agent.models import AgentRun, Purse, Reservation
from agent.spending import limits, prices
from agent.spending.limits import Limits

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Longer than a turn and the lease of a dead one: what is held then is nobody's any more.
LONGEST_CALL = timedelta(minutes=3)
BATCH = 200
REFUSALS = {
    Purse.Kind.LEAD: Refusal.LEAD_BUDGET,
    Purse.Kind.DAY: Refusal.DAY_BUDGET,
    Purse.Kind.TOTAL: Refusal.TOTAL_BUDGET,
}


def day_of(now: datetime) -> str:
    """The day that a call counts for, on the business's clock."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date().isoformat()


def reserve(
    *, run: AgentRun, lead_id: UUID, call: PlannedCall, now: datetime
) -> Reservation | Refusal:
    """Put aside what a call may cost at most. Needs a transaction; undo it when refused."""
    amount, allowed = _most(call), limits.current()
    if amount is None:
        return Refusal.NO_PRICE
    held = Reservation(
        run=run,
        lead_id=lead_id,
        day=day_of(now),
        model=call.model,
        amount=amount,
        created_at=now,
    )
    return _take(_keys(lead_id, held.day), amount, allowed) or _hold(held, allowed) or held


def pay_ahead(*, call: PlannedCall, now: datetime) -> Decimal | Refusal:
    """Pay for a call that no lead waits for, at its full price, from the day and the total.

    Needs a transaction; undo it when refused. What it did not take is given back; a worker that
    dies before that leaves nothing held.
    """
    amount = _most(call)
    if amount is None:
        return Refusal.NO_PRICE
    return _take(_common(day_of(now)), amount, limits.current(), at_once=True) or amount


def _most(call: PlannedCall) -> Decimal | None:
    """What it may cost at most; None without a price."""
    return prices.cost_of(call.model, Usage(call.tokens_in, 0, call.tokens_out))


def give_back(*, amount: Decimal, paid_at: datetime) -> None:
    """Return what a call that was paid ahead did not take."""
    _move(_common(day_of(paid_at)), spent=-amount, reserved=Decimal(0))


@transaction.atomic(savepoint=False)
def settle(
    *, held: Reservation, cost: Decimal | None, now: datetime, used: Usage = NOTHING_USED
) -> Decimal:
    """Book what the call took, with its run too; a cost of None is all that was put aside.

    Once: whoever settles later learns what was booked.
    """
    spent = held.amount if cost is None else cost
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"id": held.pk, "spent": spent, "now": now, **asdict(used)})
        first = cursor.rowcount
    if not first:
        held.refresh_from_db()
        return held.amount if held.cost is None else held.cost
    _move(_keys(held.lead_id, held.day), spent=spent, reserved=-held.amount)
    return spent


# The run's row comes before the purses: those are held by whoever calls a model just now.
SETTLE = """
WITH settled AS (
    UPDATE agent_reservation SET settled_at = %(now)s, cost = %(spent)s
     WHERE id = %(id)s AND settled_at IS NULL
 RETURNING run_id
)
UPDATE agent_agentrun AS run
   SET tokens_in = tokens_in + %(tokens_in)s, tokens_cached = tokens_cached + %(tokens_cached)s,
       tokens_out = tokens_out + %(tokens_out)s, cost = cost + %(spent)s
  FROM settled
 WHERE run.id = settled.run_id
"""


def settle_lost(*, now: datetime) -> int:
    """Settle in full what a dead turn left behind: its call may have been made."""
    lost = Reservation.objects.filter(settled_at=None, created_at__lt=now - LONGEST_CALL)
    rows = list(lost.order_by("created_at")[:BATCH])
    for held in rows:
        settle(held=held, cost=None, now=now)
    return len(rows)


def _keys(lead_id: UUID, day: str) -> Mapping[Purse.Kind, str]:
    return {Purse.Kind.LEAD: str(lead_id), Purse.Kind.DAY: day, Purse.Kind.TOTAL: ""}


def _common(day: str) -> Mapping[Purse.Kind, str]:
    return {Purse.Kind.DAY: day, Purse.Kind.TOTAL: ""}


def _take(
    keys: Mapping[Purse.Kind, str], amount: Decimal, allowed: Limits, *, at_once: bool = False
) -> Refusal | None:
    budgets = {
        Purse.Kind.LEAD: allowed.lead,
        Purse.Kind.DAY: allowed.day,
        Purse.Kind.TOTAL: allowed.total,
    }
    budgets = {kind: limit for kind, limit in budgets.items() if kind in keys}
    spent, reserved = (amount, Decimal(0)) if at_once else (Decimal(0), amount)
    room = {kind: limit for kind, limit in budgets.items() if limit is not None}
    # A purse that is not there yet has no row for the statement to look at.
    taken = _move(keys, spent=spent, reserved=reserved, limits_of=room)
    short = (kind for kind, limit in budgets.items() if limit is not None and amount > limit)
    missing = next((kind for kind in keys if kind not in taken), None) or next(short, None)
    return None if missing is None else REFUSALS[missing]


def _move(
    keys: Mapping[Purse.Kind, str],
    *,
    spent: Decimal,
    reserved: Decimal,
    limits_of: Mapping[Purse.Kind, Decimal] | None = None,
) -> set[str]:
    """Add to the purses, as far as their limits let it; gives the kinds that were changed."""
    room = limits_of or {}
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE,
            {
                "kinds": [kind.value for kind in keys],
                "keys": list(keys.values()),
                "spent": spent,
                "reserved": reserved,
                **{f"{kind.value}_limit": room.get(kind) for kind in Purse.Kind},
            },
        )
        return {kind for (kind,) in cursor.fetchall()}


MOVE = """
INSERT INTO agent_purse AS purse (kind, key, spent, reserved)
SELECT kind, key, %(spent)s, %(reserved)s
  FROM unnest(%(kinds)s::text[], %(keys)s::text[]) WITH ORDINALITY AS each (kind, key, position)
 ORDER BY position
ON CONFLICT (kind, key) DO UPDATE
   SET spent = purse.spent + EXCLUDED.spent, reserved = purse.reserved + EXCLUDED.reserved
 WHERE purse.spent + purse.reserved + EXCLUDED.spent + EXCLUDED.reserved <= COALESCE(
       CASE purse.kind WHEN 'lead' THEN %(lead_limit)s::numeric
                       WHEN 'day' THEN %(day_limit)s::numeric
                       ELSE %(total_limit)s::numeric END,
       'Infinity'::numeric)
RETURNING kind
"""


def _hold(held: Reservation, allowed: Limits) -> Refusal | None:
    """Store it, unless the lead had too many. The lead's purse is locked: nobody counts beside us."""
    with connection.cursor() as cursor:
        cursor.execute(
            HOLD,
            {
                "run": held.run_id,
                "lead": held.lead_id,
                "day": held.day,
                "model": held.model,
                "amount": held.amount,
                "now": held.created_at,
                "an_hour_ago": held.created_at - HOUR,
                "a_day_ago": held.created_at - DAY,
                "an_hour": allowed.calls_an_hour,
                "a_day": allowed.calls_a_day,
            },
        )
        held.pk, too_many = cursor.fetchone()
    if held.pk is not None:
        return None
    return Refusal.LEAD_HOUR if too_many else Refusal.LEAD_DAY


HOLD = """
WITH calls AS (
    SELECT count(*) FILTER (WHERE created_at > %(an_hour_ago)s) AS an_hour, count(*) AS a_day
      FROM agent_reservation
     WHERE lead_id = %(lead)s AND created_at > %(a_day_ago)s
), held AS (
    INSERT INTO agent_reservation (run_id, lead_id, day, model, amount, created_at)
    SELECT %(run)s, %(lead)s, %(day)s, %(model)s, %(amount)s, %(now)s
      FROM calls
     WHERE an_hour < %(an_hour)s AND a_day < %(a_day)s
 RETURNING id
)
SELECT (SELECT id FROM held), an_hour >= %(an_hour)s FROM calls
"""
