"""A lead who talked to the agent, and the rows of everybody to compare."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import connection

from agent.models import AgentRun
from tests.agent.guided.stage import Stage, make_salesperson

INTRO = ("Hola, quiero paneles", "Soy Marta Díaz", "En mi casa")
# Answers all questions, and takes the first of the times that are offered.
BOOKS = (
    "Hola, soy Marta Díaz, quiero paneles para mi casa en Puebla y pago 4500 al mes",
    "Lo antes posible",
    "marta@example.com",
    "la primera",
)


def talked(*lines: str) -> Stage:
    """A conversation with the default playbook, turn by turn."""
    make_salesperson()
    stage = Stage()
    for line in lines:
        stage.say(line)
    return stage


def runs() -> list[AgentRun]:
    """Its turns, in order."""
    return list(AgentRun.objects.order_by("created_at"))


def contents(but: Collection[str]) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - set(but):
            cursor.execute(f'SELECT t.*::text FROM "{table}" t ORDER BY 1')  # noqa: S608
            found[table] = cursor.fetchall()
    return found


@contextmanager
def nothing_written(but: Collection[str] = ()) -> Iterator[None]:
    """No row of any other table may change meanwhile."""
    before = contents(but)
    yield
    assert contents(but) == before
