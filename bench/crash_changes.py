"""The changes of a meeting that bench.crash_meetings kills, their steps, and what must come of them."""

from __future__ import annotations

import os
import signal
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import django

django.setup()

from django.db import connections  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.utils import timezone  # noqa: E402
from urllib3.connection import HTTPConnection  # noqa: E402

from bench import crash_laws  # noqa: E402
from conversations import crashpoints  # noqa: E402
from conversations.models import Conversation, Lead, Meeting, Salesperson  # noqa: E402
from conversations.services import meetings  # noqa: E402
from conversations.services.meetings import Booked, BookingStatus  # noqa: E402
from conversations.services.slot_signing import ChosenSlot, sign  # noqa: E402
from integrations import conf  # noqa: E402
from integrations.outlook.auth import TokenSource  # noqa: E402
from integrations.outlook.calendar import OutlookCalendar  # noqa: E402

TOKENS = TokenSource(conf.outlook())
# The last one is of this process: a fork must not speak on its parent's connections.
CALENDARS = [OutlookCalendar(conf.outlook(), tokens=TOKENS)]
# A slot, its neighbour for a move, and the buffers around them.
APART = timedelta(hours=4)
FIRST = timedelta(days=2)
# The sweeper comes again every minute; an event that may still land is looked for during three.
ROUNDS, EVERY = 8, timedelta(minutes=2)
NAMED = (
    "booking.claimed",
    "booking.checked",
    "booking.answered",
    "booking.settled",
    "cancel.stored",
    "cancel.done",
)
WHEN = ("before", "during", "after")


@dataclass(frozen=True)
class Wish:
    """One lead's turn, whose call is the same when it is taken up again."""

    conversation: Conversation
    hosts: tuple[Salesperson, Salesperson]
    starts_at: datetime
    turn_id: UUID

    def slot(self, host: Salesperson, later: timedelta = timedelta()) -> str:
        """A time of a host, as it was offered to this lead."""
        starts_at = self.starts_at + later
        ends_at = starts_at + timedelta(minutes=30)
        return sign(ChosenSlot(self.conversation.pk, host.pk, starts_at, ends_at, self.starts_at))


@dataclass(frozen=True)
class Change:
    """What is begun and killed; `is_prepared` where there is a meeting to change."""

    name: str
    act: Callable[[Wish], Booked]
    is_prepared: bool
    stands: int


def _book(wish: Wish, index: int = 0) -> Booked:
    return meetings.book(slot_id=wish.slot(wish.hosts[0]), **_call(wish, index))


def _move(wish: Wish, place: int) -> Booked:
    slot_id = wish.slot(wish.hosts[place], APART / 2)
    return meetings.reschedule(slot_id=slot_id, **_call(wish, 1))


def _cancel(wish: Wish) -> Booked:
    return meetings.cancel(by="lead", **_call(wish, 2))


def _call(wish: Wish, index: int) -> dict[str, Any]:
    return {
        "conversation_id": wish.conversation.pk,
        "calendar": CALENDARS[-1],
        "turn_id": wish.turn_id,
        "turn_index": index,
        "now": timezone.now(),
    }


class Bench:
    """All leads of a run; nobody's rows are touched twice."""

    changes = (
        Change("book", _book, is_prepared=False, stands=1),
        Change("move", partial(_move, place=0), is_prepared=True, stands=1),
        Change("move to another salesperson", partial(_move, place=1), is_prepared=True, stands=1),
        Change("cancel", _cancel, is_prepared=True, stands=0),
    )

    def __init__(self) -> None:
        self._hosts = list(Salesperson.objects.filter(mailbox__startswith="sales").order_by("pk"))
        self._numbers = count()
        self._started_at = timezone.now().replace(minute=0, second=0, microsecond=0)
        self._wrong: defaultdict[str, list[str]] = defaultdict(list)
        # The token is fetched now, and in no step of a change.
        mailbox, at = self._hosts[0].mailbox, self._started_at
        CALENDARS[-1].busy([mailbox], starts_at=at, ends_at=at + APART)

    def campaign(self, change: Change, *, per_point: int) -> tuple[int, ...]:
        """Kill at each step so often: steps, kills, by whom it was taken up, and broken ones."""
        steps = self._steps(change)
        healed: Counter[str] = Counter()
        for place, step in enumerate(steps):
            for number in range(place, place + per_point):
                wish = self._wish(change)
                if not _dies(change, wish, step):
                    self._wrong["step was not reached"].append(f"{change.name} {step}")
                healer = ("turn", "sweeper")[number % 2]
                self._heal(change, wish, healer)
                healed[healer] += 1
                self._judge(change, wish, step)
        wrong = sum(
            each.startswith(f"{change.name} ") for law in self._wrong.values() for each in law
        )
        return len(steps), healed.total(), healed["turn"], healed["sweeper"], wrong

    def broken(self) -> dict[str, Any]:
        """What does not hold, of single leads and of all rows and events together."""
        laws = {
            "meetings of one lead": crash_laws._double_bookings(),
            "events without their meeting": crash_laws._orphans(),
            "events of one mailbox overlap": crash_laws._overlaps(),
            "meetings without their event": crash_laws._without_event(),
            "not at rest": crash_laws._restless(),
        }
        return {law: cases for law, cases in (self._wrong | laws).items() if cases}

    def _wish(self, change: Change) -> Wish:
        number = next(self._numbers)
        lead = Lead.objects.create(time_zone="America/Mexico_City", created_at=timezone.now())
        conversation = Conversation.objects.create(
            lead=lead, last_message_at=timezone.now(), created_at=timezone.now()
        )
        pair = number % (len(self._hosts) // 2)
        starts_at = self._started_at + FIRST + APART * (number // (len(self._hosts) // 2))
        hosts = (self._hosts[2 * pair], self._hosts[2 * pair + 1])
        wish = Wish(conversation, hosts, starts_at, uuid4())
        if change.is_prepared:
            booked = _book(wish)
            assert booked.status is BookingStatus.CONFIRMED, booked
        return wish

    def _steps(self, change: Change) -> list[str]:
        """What the change passes when nobody kills it."""
        wish = self._wish(change)
        calls, passed = _watched(lambda: change.act(wish))
        graph = [f"call {number} {when}" for number in range(1, calls + 1) for when in WHEN]
        return [name for name in NAMED if name in passed] + graph

    def _heal(self, change: Change, wish: Wish, healer: str) -> None:
        if healer == "turn":
            change.act(wish)
        for number in range(1, ROUNDS + 1):
            if not _restless(wish).exists():
                return
            now = timezone.now() + number * EVERY
            meetings.finish_pending(calendar=CALENDARS[-1], now=now)

    def _judge(self, change: Change, wish: Wish, step: str) -> None:
        rows = Meeting.objects.filter(lead=wish.conversation.lead)
        found = rows.filter(state__in=crash_laws.STANDING).count()
        # A sweeper cannot cancel for a lead whose wish was never stored; the turn says it again.
        if found != change.stands or _restless(wish).exists():
            states = sorted(rows.values_list("state", flat=True))
            self._wrong["leads"].append(f"{change.name} {step}: {found} stand, {states}")


def _restless(wish: Wish) -> Any:
    open_rows = Q(state="booking") | Q(sync_due_at__isnull=False)
    return Meeting.objects.filter(open_rows, lead=wish.conversation.lead)


def _dies(change: Change, wish: Wish, step: str) -> bool:
    """Begin it in a process that is killed there; False if it lived."""

    def act() -> None:
        _arm(step)
        change.act(wish)

    child = _fork(act)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _fork(act: Callable[[], None]) -> int:
    """Do it in a process of its own, which ends there however it goes."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            CALENDARS.append(OutlookCalendar(conf.outlook(), tokens=TOKENS))
            act()
            os._exit(0)
        except Exception:
            traceback.print_exc()
            raise
        finally:
            os._exit(1)
    return child


def _arm(step: str) -> None:
    if step in NAMED:
        crashpoints.arm(step)
        return
    _call, wanted, when = step.split()
    seen = count(1)

    def kill_at(moment: str, number: int) -> None:
        if (moment, number) == (when, int(wanted)):
            os.kill(os.getpid(), signal.SIGKILL)

    _hook(lambda: next(seen), kill_at)


def _hook(number: Callable[[], int], reach: Callable[[str, int], None]) -> None:
    """Say where each call over HTTP is: nothing sent, all sent, or answered."""
    request, answer = HTTPConnection.request, HTTPConnection.getresponse
    current = [0]

    def hooked_request(self: HTTPConnection, *args: Any, **kwargs: Any) -> None:
        current[0] = number()
        reach("before", current[0])
        request(self, *args, **kwargs)
        reach("during", current[0])

    def hooked_answer(self: HTTPConnection) -> Any:
        answered = answer(self)
        reach("after", current[0])
        return answered

    HTTPConnection.request = hooked_request  # type: ignore[method-assign]
    HTTPConnection.getresponse = hooked_answer  # type: ignore[method-assign]


def _watched(act: Callable[[], object]) -> tuple[int, set[str]]:
    """Do it in a process of its own: how many calls it makes, and which points it passes."""
    readable, writable = os.pipe()

    def watch() -> None:
        passed: set[str] = set()
        calls: list[int] = []
        numbers = count(1)
        _hook(lambda: next(numbers), lambda _when, number: calls.append(number))
        crashpoints._armed = _Passed(passed)
        act()
        os.write(writable, ",".join([str(max(calls)), *passed]).encode())

    child = _fork(watch)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        calls, *names = pipe.read().split(",")
    os.waitpid(child, 0)
    return int(calls), set(names)


class _Passed(Counter[str]):
    """Armed at no point, and knows which were asked for."""

    def __init__(self, passed: set[str]) -> None:
        super().__init__()
        self._names = passed

    def __contains__(self, name: object) -> bool:
        self._names.add(str(name))
        return False
