"""Queries of every turn, compiled once: Django's compiler takes half a millisecond or more for each.

The ORM stays their only source. What it makes of sample values is kept and asked with real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.db.transaction import TransactionManagementError

M = TypeVar("M", bound=Model)
Converters = dict[int, tuple[list[Callable[..., Any]], Any]]


@dataclass(frozen=True)
class _Plan:
    """SQL, its parameters with a name in place of each value that is asked for, and how to read."""

    sql: str
    parameters: tuple[Any, ...]
    columns: list[str]
    converters: Converters
    prefetches: tuple[Any, ...]
    locks: bool


@dataclass(frozen=True)
class _Asked:
    """Stands for a value in a plan."""

    name: str


class Compiled(Generic[M]):
    """A query for whole rows of one model.

    `asked` names the arguments of `make` and their types: UUID, datetime, int or str. The SQL must
    not depend on their values: no None, no lists.
    """

    def __init__(self, make: Callable[..., QuerySet[M]], **asked: type) -> None:
        self._make = make
        self._asked = asked

    def rows(self, **values: Any) -> list[M]:
        """What the query gives for these values."""
        plan = self._plan
        if plan.locks and not connection.in_atomic_block:
            raise TransactionManagementError("A row is locked within a transaction only.")
        given = [values[p.name] if isinstance(p, _Asked) else p for p in plan.parameters]
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, given)
            found = [
                self._model.from_db(connection.alias, plan.columns, row)
                for row in _read(cursor.fetchall(), plan.converters)
            ]
        if found and plan.prefetches:
            prefetch_related_objects(found, *plan.prefetches)
        return found

    def first(self, **values: Any) -> M | None:
        """The first of them."""
        return next(iter(self.rows(**values)), None)

    def get(self, **values: Any) -> M:
        """The one there is. Raises the model's DoesNotExist."""
        found = self.first(**values)
        if found is None:
            model: Any = self._model
            raise model.DoesNotExist
        return found

    @cached_property
    def _model(self) -> type[M]:
        return self._make(**self._samples).model

    @cached_property
    def _samples(self) -> dict[str, Any]:
        return {name: _sample(kind, n) for n, (name, kind) in enumerate(self._asked.items())}

    @cached_property
    def _plan(self) -> _Plan:
        rows: Any = self._make(**self._samples)
        compiler = rows.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        names = {sample: name for name, sample in self._samples.items()}
        marked = tuple(_Asked(names[p]) if _is_one_of(p, names) else p for p in parameters)
        if {p.name for p in marked if isinstance(p, _Asked)} != set(self._asked):
            raise ValueError("The query does not ask for each value.")
        fields = [column for column, _sql, _alias in compiler.select]
        return _Plan(
            sql,
            marked,
            [column.target.attname for column in fields],
            compiler.get_converters(fields),
            rows._prefetch_related_lookups,
            rows.query.select_for_update,
        )


def _sample(kind: type, number: int) -> Any:
    """A value that stands nowhere else in a query."""
    if kind is UUID:
        return uuid4()
    if kind is datetime:
        return datetime(1901, 1, 1, microsecond=number, tzinfo=UTC)
    return 7_201_326_000_000 + number if kind is int else f"{uuid4()}"


def _is_one_of(parameter: Any, samples: dict[Any, str]) -> bool:
    return isinstance(parameter, UUID | datetime | int | str) and parameter in samples


def _read(rows: list[tuple[Any, ...]], converters: Converters) -> Iterator[list[Any]]:
    for row in rows:
        values = list(row)
        for position, (convert, column) in converters.items():
            for each in convert:
                values[position] = each(values[position], column, connection)
        yield values
