"""A model that fails again and again is left alone for a while; then one turn tries it.

closed → open → half open → closed | open, as agent.models.Breaker draws it. Every worker sees the
same rows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from agent.model_calls import Failure
from agent.models import Breaker
from conversations.compiled import Compiled

FAILURES = 5
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
# Keys and money: nothing gets better by itself.
HOPELESS = timedelta(minutes=5)
# A probe whose worker died is over after this.
PROBE = timedelta(minutes=1)


def admits(model: str, *, now: datetime) -> bool:
    """Whether the model may be asked now. When its time alone is over, by one at a time."""
    breaker = OF_MODEL.first(model=model)
    if breaker is None or breaker.open_until is None:
        return True
    rows = Breaker.objects.filter(model=model)
    idle = Q(trying_until=None) | Q(trying_until__lte=now)
    return bool(rows.filter(idle, open_until__lte=now).update(trying_until=now + PROBE))


OF_MODEL = Compiled(lambda model: Breaker.objects.filter(model=model), model=str)


def note(model: str, failure: Failure, *, now: datetime) -> None:
    """A call that brought nothing: it tells of the model's health, or that the model is well."""
    if failure.sick:
        note_failure(model, failure.kind, hopeless=failure.hopeless, now=now)
    else:
        note_success(model)


def note_success(model: str) -> None:
    """It answered: whatever was wrong is over."""
    with connection.cursor() as cursor:
        cursor.execute(MENDED, [model])


# By hand: each call of a model ends with it.
MENDED = """
    UPDATE agent_breaker
       SET failures = 0, openings = 0, open_until = NULL, trying_until = NULL, problem = ''
     WHERE model = %s AND (failures > 0 OR open_until IS NOT NULL)
"""


@transaction.atomic
def note_failure(model: str, problem: str, *, hopeless: bool, now: datetime) -> None:
    """Count it; the fifth in a row, a failed probe or a hopeless one opens the breaker."""
    Breaker.objects.get_or_create(model=model)
    row = Breaker.objects.select_for_update().get(model=model)
    row.failures += 1
    row.problem, row.failed_at = problem[:100], now
    # Calls that were under way when it opened say nothing new.
    waiting = row.open_until is not None and row.open_until > now
    if not waiting and (hopeless or row.open_until is not None or row.failures >= FAILURES):
        row.openings += 1
        row.open_until = now + (HOPELESS if hopeless else _pause(row.openings))
    row.trying_until = None
    row.save()


def _pause(openings: int) -> timedelta:
    doubled: int = 2 ** min(openings - 1, 10)
    return min(SHORTEST * doubled, LONGEST)
