"""An hour or a day that a lead names is looked for in the calendar, not among six picks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conversations.models import Meeting, SlotOffer
from tests.agent.guided.stage import Stage, make_salesperson

pytestmark = pytest.mark.django_db

MEXICO = ZoneInfo("America/Mexico_City")
MONDAY_NIGHT = datetime(2026, 11, 23, 8, 19, tzinfo=UTC)  # Monday, 2:19 in Mexico City
READY = {
    "es": ("Hola, soy Ana, es para mi casa en Puebla, pago 3000 de luz y me urge", "no"),
    "en": ("Hi, I'm Ana, it's for my house in Puebla, I pay 3000 for power, asap", "no"),
}


@dataclass(frozen=True)
class Move:
    """What is said to a meeting on Monday the 30th at 9:30, and when it stands afterwards."""

    language: str
    says: str
    stands: str


MOVES = [
    Move("en", "can we move it to 4pm", "30 16:00"),
    Move("en", "could you change my 9:30 appointment to noon?", "30 12:00"),
    Move("es", "mejor pásala a las 5 de la tarde", "30 17:00"),
    Move("es", "¿la podemos mover al martes a las 4?", "01 16:00"),
    Move("es", "quiero mover mi cita de las 9:30", "30 09:30"),
]


@pytest.fixture
def stage() -> Stage:
    make_salesperson()
    return Stage()


def ready(stage: Stage, language: str) -> Stage:
    for words in READY[language]:
        stage.say(words)
    assert stage.options
    return stage


def rows(stage: Stage) -> list[str]:
    """The times on offer, as their rows are called."""
    return list(stage.options)


def offered(stage: Stage) -> list[datetime]:
    """The same as moments on the lead's clock."""
    slots = SlotOffer.objects.filter(pk__in=stage.options.values()).order_by("during")
    return [slot.during.lower.astimezone(MEXICO) for slot in slots]


def stands() -> str:
    meeting = Meeting.objects.get(state="confirmed")
    return f"{meeting.during.lower.astimezone(MEXICO):%d %H:%M}"


def book(stage: Stage, language: str) -> None:
    words = {"es": "el lunes 30 a las 9:30", "en": "Monday the 30th at 9:30"}
    ready(stage, language).say(words[language])
    assert stands() == "30 09:30"


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.says)
def test_a_move_to_an_hour_keeps_the_day(stage: Stage, move: Move) -> None:
    book(stage, move.language)
    stage.say(move.says)
    assert stands() == move.stands
    assert bool(stage.options) is (move.stands == "30 09:30")


@pytest.mark.parametrize(
    ("language", "says", "sorry", "nearest"),
    [
        ("es", "pásala a las 8 de la noche", "A esa hora ya no hay lugar", "lun 30 nov, 17:30"),
        ("en", "can we move it to 8pm", "That time isn't open", "Mon Nov 30, 5:30 PM"),
    ],
)
def test_an_hour_that_is_not_free_brings_the_nearest_of_that_day(
    stage: Stage, language: str, says: str, sorry: str, nearest: str
) -> None:
    book(stage, language)
    assert sorry in stage.say(says)
    assert nearest in rows(stage)
    assert sum(row[:3] in ("lun", "Mon") for row in rows(stage)) >= 3


@pytest.mark.parametrize(
    ("language", "says", "hour"),
    [("es", "¿tienes a las 5?", "17:00"), ("en", "anything at 5pm?", "5:00 PM")],
)
def test_an_hour_without_a_day_is_looked_for_on_every_day(
    stage: Stage, language: str, says: str, hour: str
) -> None:
    ready(stage, language).say(says)
    assert len(rows(stage)) > 3
    assert all(row.endswith(hour) for row in rows(stage))


@pytest.mark.parametrize(
    ("language", "says", "first", "last"),
    [
        ("es", "después de las 5 por favor", 17, 23),
        ("en", "sometime after 4pm", 16, 23),
        ("es", "el martes antes de las 10", 0, 9),
        ("en", "tuesday after 5pm", 17, 23),
    ],
)
def test_a_bound_is_kept(stage: Stage, language: str, says: str, first: int, last: int) -> None:
    ready(stage, language).say(says)
    hours = [at.hour for at in offered(stage)]
    assert len(hours) > 3
    assert all(first <= hour <= last for hour in hours)


@pytest.mark.parametrize(
    ("language", "says", "days"),
    [
        ("en", "do you have anything monday morning?", {23, 30}),
        ("es", "¿tienes algo el lunes en la mañana?", {23, 30}),
        ("en", "do you have anything next monday morning?", {30}),
        ("es", "¿tienes algo el próximo lunes en la mañana?", {30}),
    ],
)
def test_monday_said_on_a_monday_may_be_today(
    stage: Stage, language: str, says: str, days: set[int]
) -> None:
    stage.now = MONDAY_NIGHT
    ready(stage, language).say(says)
    assert {at.day for at in offered(stage) if at.weekday() == 0} == days


def test_monday_at_ten_said_on_a_monday_is_asked_about(stage: Stage) -> None:
    stage.now = MONDAY_NIGHT
    said = ready(stage, "es").say("el lunes a las 10")
    assert "¿Cuál de estas horas" in said
    assert rows(stage) == ["lun 23 nov, 10:00", "lun 30 nov, 10:00"]
    assert not Meeting.objects.exists()


def test_monday_at_ten_is_next_week_when_today_is_over(stage: Stage) -> None:
    stage.now = MONDAY_NIGHT + timedelta(hours=18)
    ready(stage, "es").say("el lunes a las 10")
    assert stands() == "30 10:00"


@pytest.mark.parametrize(
    ("language", "says"),
    [("es", "el viernes en la tarde"), ("en", "friday afternoon")],
)
def test_the_afternoon_begins_after_lunch(stage: Stage, language: str, says: str) -> None:
    ready(stage, language).say(says)
    fridays = [at.hour for at in offered(stage) if at.weekday() == 4]
    assert fridays
    assert min(fridays) >= 13
