"""Many leads tap one time at once. `.venv/bin/python -m bench.races --racers 50 --rounds 200`

Each racer is a thread with a connection of its own; all start together, some by a hair later. Exactly
one of them may have the time, and each of the others gets times that are still free. Half of the
rounds race on separate offers, half on one that all of them look at; in every fifth the winner's
calendar answers late, so that the others meet a hold and no meeting.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from threading import Barrier
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from conversations.models import Salesperson
    from conversations.services.meetings import Booked

SLOWLY = 5
HAIR_SECONDS = 0.01
CALENDAR_SECONDS = 0.05


@dataclass
class Result:
    """What the rounds came to. `wrong` says of which rounds not exactly one had the time."""

    statuses: Counter[str] = field(default_factory=Counter)
    took_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    deadlocks: int = 0

    @property
    def holds(self) -> bool:
        """Whether every round had one winner, nobody left without times, and no deadlock."""
        return not (self.wrong or self.errors or self.deadlocks)


def main() -> None:
    """Race, print a table, and fail if a law did not hold."""
    parser = argparse.ArgumentParser(prog="bench.races", description=__doc__.splitlines()[0])
    parser.add_argument("--racers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = _with_database(Path(folder), options)
    _print(result, options)
    sys.exit(0 if result.holds else 1)


def _with_database(folder: Path, options: argparse.Namespace) -> Result:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "leadbot.settings",
        "LEADBOT_DATA_DIR": str(folder),
        "SECRET_KEY": "races-only-" + "x" * 50,
        "CALENDAR": "local",
    }
    from leadbot import embedded_postgres

    with embedded_postgres.start(folder) as server:
        os.environ["DATABASE_URL"] = server.url
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        # A pool would let fewer in at once than there are racers.
        settings.DATABASES["default"].get("OPTIONS", {}).pop("pool", None)
        call_command("migrate", verbosity=0)
        return race(racers=options.racers, rounds=options.rounds, seed=options.seed)


def race(*, racers: int, rounds: int, seed: int) -> Result:
    """Run the rounds on the database at hand, which must be empty and committed to."""
    from tests.conversations.meeting_rows import make_conversation, make_host

    result, chance = Result(), random.Random(seed)
    host = make_host("racers", buffer_before_minutes=15, buffer_after_minutes=15)
    leads = [make_conversation().pk for _ in range(racers)]
    before = _deadlocks()
    with ThreadPoolExecutor(racers) as pool:
        for number in range(rounds):
            _Round(host, leads, chance, result, number).run(pool)
        together = Barrier(racers)
        list(pool.map(lambda _each: _hang_up(together), range(racers)))
    time.sleep(0.6)  # the server's own counters come a little late
    result.deadlocks = _deadlocks() - before
    return result


class _Round:
    """One time, and everybody who wants it."""

    def __init__(
        self,
        host: Salesperson,
        leads: list[UUID],
        chance: random.Random,
        result: Result,
        number: int,
    ) -> None:
        from tests.fakes.calendar import FakeCalendar

        self.calendar, self.result, self.number = FakeCalendar(), result, number
        self.slots = self._offers(host, leads)
        self.late = [chance.uniform(0, HAIR_SECONDS) * chance.randint(0, 1) for _ in leads]
        self.barrier = Barrier(len(leads))
        if number % SLOWLY == 0:
            self.calendar.before["create"] = lambda: time.sleep(CALENDAR_SECONDS)

    def _offers(self, host: Salesperson, leads: list[UUID]) -> list[tuple[UUID, str]]:
        from datetime import timedelta

        from conversations.models import Conversation
        from conversations.services.slot_signing import ChosenSlot, sign
        from tests.conversations.meeting_rows import HALF_HOUR, NOW, TOMORROW_TEN, make_offer

        if self.number % 2:
            rows = Conversation.objects.in_bulk(leads)
            return [(lead, make_offer(rows[lead], host)) for lead in leads]
        until = NOW + timedelta(hours=1)
        ends_at = TOMORROW_TEN + HALF_HOUR
        chosen = (ChosenSlot(lead, host.pk, TOMORROW_TEN, ends_at, until) for lead in leads)
        return [(each.conversation_id, sign(each)) for each in chosen]

    def run(self, pool: ThreadPoolExecutor) -> None:
        """Let them race, and look at who has what."""
        booked = [each for each in pool.map(self._tap, self.slots, self.late) if each is not None]
        self._judge(booked)
        self._clear()

    def _tap(self, wanted: tuple[UUID, str], late: float) -> Booked | None:
        from uuid import uuid4

        from django.db import Error

        from conversations.services import meetings
        from tests.conversations.meeting_rows import NOW

        self.barrier.wait()
        time.sleep(late)
        began = time.perf_counter()
        try:
            return meetings.book(
                conversation_id=wanted[0],
                slot_id=wanted[1],
                calendar=self.calendar,
                turn_id=uuid4(),
                turn_index=0,
                now=NOW,
            )
        except Error as error:
            self.result.errors[f"{type(error).__name__}: {str(error).splitlines()[0]}"] += 1
            return None
        finally:
            self.result.took_ms.append((time.perf_counter() - began) * 1000)

    def _judge(self, booked: list[Booked]) -> None:
        from conversations.models import Meeting
        from conversations.services.meetings import BookingStatus

        statuses = Counter(str(each.status) for each in booked)
        self.result.statuses += statuses
        losers = [each for each in booked if each.status is BookingStatus.TAKEN]
        states = list(Meeting.objects.values_list("state", flat=True))
        facts = {
            "winners": (statuses["confirmed"], 1),
            "losers": (len(losers), len(self.slots) - 1),
            "losers without other times": (sum(not each.alternatives for each in losers), 0),
            "meetings": (states, ["confirmed"]),
            "events": (len(self.calendar.events), 1),
        }
        for name, (found, wanted) in facts.items():
            if found != wanted:
                self.result.wrong.append(f"round {self.number}: {name} {found}, not {wanted}")

    def _clear(self) -> None:
        from conversations.models import Lead, Meeting, SlotOffer

        Meeting.objects.all().delete()
        SlotOffer.objects.all().delete()
        Lead.objects.update(owner=None)


def _hang_up(together: Barrier) -> None:
    """Close this thread's connection; none goes on to take another one's turn."""
    from django.db import connection

    connection.close()
    together.wait()


def _deadlocks() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _print(result: Result, options: argparse.Namespace) -> None:
    cuts = quantiles(result.took_ms, n=20, method="inclusive")
    print("| rounds | racers | confirmed | taken | others | deadlocks | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|---|")
    taken, confirmed = result.statuses["taken"], result.statuses["confirmed"]
    others = result.statuses.total() - taken - confirmed + result.errors.total()
    print(
        f"| {options.rounds} | {options.racers} | {confirmed} | {taken} | {others} "
        f"| {result.deadlocks} | {cuts[9]:.0f} | {cuts[18]:.0f} |"
    )
    for line in [
        *result.wrong,
        *(f"{count} times {name}" for name, count in result.errors.items()),
    ]:
        print(line)


if __name__ == "__main__":
    main()
