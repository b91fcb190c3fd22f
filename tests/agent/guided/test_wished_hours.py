"""An hour or a day that a lead names is looked for in the calendar, not among six picks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from conversations.models import Meeting, SlotOffer
from tests.agent.guided.stage import Stage, make_salesperson

pytestmark = pytest.mark.django_db

MEXICO = ZoneInfo("America/Mexico_City")
MONDAY_NIGHT = datetime(2026, 11, 23, 8, 19, tzinfo=UTC)  # Monday, 2:19 in Mexico City
READY = {
    "es": ("Hola, soy Ana, es para mi casa en Puebla, pago 3000 de luz y me urge", "no"),
    "en": ("Hi, I'm Ana, it's for my house in Puebla, I pay 3000 for power, asap", "no"),
}


# What is said to a meeting on Monday the 30th at 9:30, and when it stands afterwards.
MOVES = {
    "en": {
        "can we move it to 4pm": "30 16:00",
        "could you change my 9:30 appointment to noon?": "30 12:00",
    },
    "es": {
        "mejor pásala a las 5 de la tarde": "30 17:00",
        "¿la podemos mover al martes a las 4?": "01 16:00",
        "quiero mover mi cita de las 9:30": "30 09:30",
    },
}
NOT_FREE = {
    "es": ("pásala a las 8 de la noche", "A esa hora ya no hay lugar", "lun 30 nov, 17:30"),
    "en": ("can we move it to 8pm", "That time isn't open", "Mon Nov 30, 5:30 PM"),
}
AN_HOUR = {"es": ("¿tienes a las 5?", "17:00"), "en": ("anything at 5pm?", "5:00 PM")}
# The first and the last hour that may be offered.
BOUNDS = {
    "es": {"después de las 5 por favor": (17, 23), "el martes antes de las 10": (0, 9)},
    "en": {"sometime after 4pm": (16, 23), "tuesday after 5pm": (17, 23)},
}
AFTERNOON = {"es": "el viernes en la tarde", "en": "friday afternoon"}
MONDAYS = {
    "en": {
        "do you have anything monday morning?": {23, 30},
        "do you have anything next monday morning?": {30},
    },
    "es": {
        "¿tienes algo el lunes en la mañana?": {23, 30},
        "¿tienes algo el próximo lunes en la mañana?": {30},
    },
}
BOTH = pytest.mark.parametrize("language", ["es", "en"])


@pytest.fixture
def stage() -> Stage:
    make_salesperson()
    return Stage()


@contextmanager
def aside(stage: Stage, says: str) -> Iterator[Stage]:
    """Let the lead say this; afterwards it was never said."""
    with transaction.atomic():
        other = deepcopy(stage)
        other.say(says)
        yield other
        transaction.set_rollback(True)


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


@BOTH
def test_a_move_to_an_hour_keeps_the_day(stage: Stage, language: str) -> None:
    words = {"es": "el lunes 30 a las 9:30", "en": "Monday the 30th at 9:30"}
    ready(stage, language).say(words[language])
    assert stands() == "30 09:30"
    for says, stood in MOVES[language].items():
        with aside(stage, says) as moved:
            assert stands() == stood, says
            assert bool(moved.options) is (stood == "30 09:30"), says
    says, sorry, nearest = NOT_FREE[language]
    with aside(stage, says) as refused:
        assert sorry in refused.said[0].text
        assert nearest in rows(refused)
        assert sum(row[:3] in ("lun", "Mon") for row in rows(refused)) >= 3


@BOTH
def test_an_hour_without_a_day_and_a_bound_are_looked_for_on_every_day(
    stage: Stage, language: str
) -> None:
    ready(stage, language)
    says, hour = AN_HOUR[language]
    with aside(stage, says) as answered:
        assert len(rows(answered)) > 3
        assert all(row.endswith(hour) for row in rows(answered))
    for bounded, (first, last) in BOUNDS[language].items():
        with aside(stage, bounded) as answered:
            hours = [at.hour for at in offered(answered)]
            assert len(hours) > 3, bounded
            assert all(first <= hour <= last for hour in hours), bounded
    with aside(stage, AFTERNOON[language]) as answered:
        fridays = [at.hour for at in offered(answered) if at.weekday() == 4]
        assert fridays
        # The afternoon begins after lunch.
        assert min(fridays) >= 13


@BOTH
def test_monday_said_on_a_monday_may_be_today(stage: Stage, language: str) -> None:
    stage.now = MONDAY_NIGHT
    ready(stage, language)
    for says, days in MONDAYS[language].items():
        with aside(stage, says) as answered:
            assert {at.day for at in offered(answered) if at.weekday() == 0} == days, says
    if language == "es":
        said = stage.say("el lunes a las 10")
        assert "¿Cuál de estas horas" in said
        assert rows(stage) == ["lun 23 nov, 10:00", "lun 30 nov, 10:00"]
        assert not Meeting.objects.exists()


def test_monday_at_ten_is_next_week_when_today_is_over(stage: Stage) -> None:
    stage.now = MONDAY_NIGHT + timedelta(hours=18)
    ready(stage, "es").say("el lunes a las 10")
    assert stands() == "30 10:00"
