from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agent.engines.guided.dates import find_when
from agent.engines.guided.folding import fold

WEDNESDAY = datetime(2026, 11, 25, 11, 0, tzinfo=ZoneInfo("America/Mexico_City"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mañana por la tarde", ("2026-11-26", "afternoon", None)),
        ("mañana por la mañana", ("2026-11-26", "morning", None)),
        ("en la mañana", ("", "morning", None)),
        ("el jueves", ("2026-11-26", "", None)),
        ("el miércoles", ("2026-12-02", "", None)),
        ("jueves a las 10", ("2026-11-26", "", 10)),
        ("a las 4", ("", "", 16)),
        ("a las diez", ("", "", 10)),
        ("next Tuesday after 3", ("2026-12-01", "", 15)),
        ("10am works", ("", "morning", 10)),
        ("pasado mañana a las 5 y media de la tarde", ("2026-11-27", "afternoon", 17)),
        ("el 26 de noviembre", ("2026-11-26", "", None)),
        ("dec 3rd at 4pm", ("2026-12-03", "afternoon", 16)),
        ("26/11", ("2026-11-26", "", None)),
        ("el 3", ("2026-12-03", "", None)),
        ("in 2 weeks", ("2026-12-09", "", None)),
        ("en dos semanas", ("2026-12-09", "", None)),
        ("el viernes de la próxima semana", ("2026-12-04", "", None)),
        ("hoy a mediodía", ("2026-11-25", "", 12)),
        ("buenas tardes", ("", "", None)),
        ("good morning", ("", "", None)),
        ("2500 pesos", ("", "", None)),
        ("el 20 mil", ("", "", None)),
        ("around two grand", ("", "", None)),
        ("tengo 2 casas", ("", "", None)),
        ("31/02", ("", "", None)),
    ],
)
def test_when(text: str, expected: tuple[str, str, int | None]) -> None:
    when = find_when(fold(text).plain, WEDNESDAY)
    assert (when.day.isoformat() if when.day else "", when.part, when.hour) == expected


def test_numeric_dates_follow_the_language() -> None:
    plain = "12/01"
    assert str(find_when(plain, WEDNESDAY).day) == "2027-01-12"
    assert str(find_when(plain, WEDNESDAY, language="en").day) == "2026-12-01"
