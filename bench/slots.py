"""What a search for free times costs. `.venv/bin/python -m bench.slots`

Twenty salespeople, 14 days, 2,000 busy intervals: processor time of our own code in one search, with
every salesperson's free times worked out (a real search stops where it has enough). Beside it, in the
same rounds, an engine that asks every busy interval about every slot. Apart: choosing what to offer,
when the first salesperson has it and when nobody has it, and reading our own meetings from Postgres.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from uuid import UUID
from zoneinfo import ZoneInfo

from bench.stack import Stack
from conversations.services.slot_choice import Option, Wish, pick_varied
from conversations.services.slots import Interval, OwnMeeting, Rules, Taken, free_slots
from integrations.scheduling import BusyInterval

AIM_MS = 20.0
NOW = datetime(2026, 11, 23, 15, 7, 12, 345678, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURS = {str(day): [["09:00", "14:00"], ["16:00", "18:00"]] for day in range(5)}
ZONES = ("America/Mexico_City", "America/Santiago", "Europe/Madrid", "America/New_York")
SALESPEOPLE, BUSY, OWN = 20, 100, 10
SUNDAY = date(2026, 11, 29)

Team = Sequence[tuple[Rules, Taken]]


def main() -> None:
    """Measure, print a table, and say whether the aim is met."""
    parser = argparse.ArgumentParser(prog="bench.slots", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--no-database", action="store_true", help="leave out what reads Postgres")
    options = parser.parse_args()
    team = [_salesperson(random.Random(number)) for number in range(SALESPEOPLE)]
    assert [_ours(*each) for each in team] == [list(_naive(*each)) for each in team]
    free = list(enumerate(_ours(*each) for each in team))
    print(f"{sum(len(slots) for _, slots in free)} free times of {SALESPEOPLE} salespeople")
    parts: dict[str, Callable[[], object]] = {
        "free times": lambda: [_ours(*each) for each in team],
        "naive engine": lambda: [list(_naive(*each)) for each in team],
        "choosing, anything soon": lambda: _chosen(free, Wish()),
        "choosing, a day on which nobody works": lambda: _chosen(free, Wish(day=SUNDAY)),
    }
    took = _measured(parts, options.rounds)
    print("| part | median ms | p95 ms | ÷ naive engine |\n|---|---|---|---|")
    naive = median(took["naive engine"])
    for part, times in took.items():
        print(f"| {part} | {median(times):.1f} | {_p95(times):.1f} | {median(times) / naive:.3f} |")
    if not options.no_database:
        _print_reading(options.rounds)
    sys.exit(0 if _p95(took["free times"]) <= AIM_MS else 1)


def _measured(parts: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Processor time; they take turns, so that a busy machine slows all of them."""
    took: dict[str, list[float]] = {part: [] for part in parts}
    for number in range(rounds):
        for part, act in parts.items():
            if part == "naive engine" and number % 20:
                continue
            began = time.process_time()
            act()
            took[part].append((time.process_time() - began) * 1000)
    return took


def _p95(times: Sequence[float]) -> float:
    return quantiles(times, n=20, method="inclusive")[18]


def _salesperson(chance: random.Random) -> tuple[Rules, Taken]:
    rules = Rules(
        zone=ZoneInfo(chance.choice(ZONES)),
        working_hours=HOURS,
        notice=timedelta(hours=2),
        horizon=timedelta(days=14),
        length=30 * MINUTE,
        step=30 * MINUTE,
        buffer_after=10 * MINUTE,
        days_off=frozenset({date(2026, 11, 27)}),
        daily_cap=5,
    )
    spans = [_span(chance) for _ in range(BUSY)]
    own = [OwnMeeting(*_span(chance), UUID(int=each), UUID(int=each)) for each in range(OWN)]
    return rules, Taken([BusyInterval(*span) for span in spans], own)


def _span(chance: random.Random) -> Interval:
    starts_at = NOW.replace(minute=0, second=0, microsecond=0)
    starts_at += 15 * MINUTE * chance.randrange(14 * 96)
    return Interval(starts_at, starts_at + MINUTE * chance.choice([15, 30, 60, 120]))


def _ours(rules: Rules, taken: Taken) -> list[Interval]:
    return free_slots(rules, taken=taken, now=NOW)


def _chosen(free: Sequence[tuple[int, list[Interval]]], wish: Wish) -> list[Option]:
    return pick_varied(free, zone=ZoneInfo(ZONES[0]), wish=wish)


def _naive(rules: Rules, taken: Taken) -> Iterator[Interval]:
    """As one would write it first; right here, where no clock changes on a worked day."""
    others = [(each.starts_at, each.ends_at) for each in taken.busy]
    others += [
        (each.starts_at - rules.buffer_before, each.ends_at + rules.buffer_after)
        for each in taken.own
    ]
    days = [each.starts_at.astimezone(rules.zone).date() for each in taken.own]
    midnight = NOW.astimezone(rules.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while midnight < NOW + rules.horizon:
        for opens, closes in rules.working_hours.get(str(midnight.weekday()), ()):
            local = midnight.replace(hour=int(opens[:2]), minute=int(opens[3:]))
            end = midnight.replace(hour=int(closes[:2]), minute=int(closes[3:]))
            while local + rules.length <= end:
                slot = Interval(local.astimezone(UTC), local.astimezone(UTC) + rules.length)
                begin, until = (
                    slot.starts_at - rules.buffer_before,
                    slot.ends_at + rules.buffer_after,
                )
                if (
                    slot.starts_at >= NOW + rules.notice
                    and slot.ends_at <= NOW + rules.horizon
                    and local.date() not in rules.days_off
                    and days.count(local.date()) < (rules.daily_cap or len(days) + 1)
                    and not any(begin < b and a < until for a, b in others)
                ):
                    yield slot
                local += rules.step
        midnight += timedelta(days=1)


def _print_reading(rounds: int) -> None:
    """What Django and psycopg take; Postgres itself takes half a millisecond."""
    with Stack() as stack:
        os.environ.update(stack.environment)
        stack.manage("migrate")
        import django

        django.setup()
        from django.db import connection

        from conversations.services.own_bookings import own_bookings

        host_ids = _stored()
        until = NOW + timedelta(days=14)
        took = []
        for _ in range(rounds):
            began = time.process_time()
            found = own_bookings(host_ids, starts_at=NOW, ends_at=until)
            took.append((time.process_time() - began) * 1000)
        connection.close()
    read = sum(map(len, found.values()))
    print(
        f"| reading {read} meetings of ours, Postgres aside | {median(took):.1f} | {_p95(took):.1f} | |"
    )


def _stored() -> list[int]:
    """Salespeople with a meeting each day."""
    from psycopg.types.range import Range

    from conversations.models import Lead, Meeting, MeetingState, Salesperson, User

    users = [User(username=f"host{number}") for number in range(SALESPEOPLE)]
    User.objects.bulk_create(users)
    hosts = [Salesperson(user=user, mailbox=f"{user.username}@example.com") for user in users]
    Salesperson.objects.bulk_create(hosts)
    leads = [Lead(created_at=NOW) for _ in range(SALESPEOPLE * OWN)]
    Lead.objects.bulk_create(leads)
    starts = [NOW + timedelta(days=1 + number // SALESPEOPLE) for number in range(len(leads))]
    Meeting.objects.bulk_create(
        Meeting(
            lead=lead,
            salesperson=hosts[number % SALESPEOPLE],
            during=Range(starts[number], starts[number] + 30 * MINUTE),
            state=MeetingState.CONFIRMED,
            time_zone=ZONES[0],
            created_at=NOW,
        )
        for number, lead in enumerate(leads)
    )
    return [host.pk for host in hosts]


if __name__ == "__main__":
    main()
