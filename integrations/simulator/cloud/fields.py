"""Reads the fields of a request body; what is missing, unknown or too long is Meta's error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.simulator.cloud.errors import GraphError

Body = Mapping[str, Any]


def known(parent: Body, names: str, where: str = "") -> None:
    """Refuse a field that the API does not have; `names` are those it has."""
    unknown = sorted(set(parent) - set(names.split()))
    if unknown:
        raise GraphError(100, f'Unexpected key "{unknown[0]}" on param "{where.strip(".")}".')


def read_object(parent: Body, name: str, where: str) -> Body:
    """Give a field that must be there and must be an object."""
    value = parent.get(name)
    if value is None:
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    if not isinstance(value, dict):
        raise GraphError(100, f"The parameter {where}{name} must be an object.")
    return value


def read_objects(parent: Body, name: str, most: int, where: str) -> list[Body]:
    """Give a list of 1 to `most` objects."""
    value = parent.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    if not 1 <= len(value) <= most:
        raise GraphError(131009, f"{where}{name}: 1 to {most} allowed, {len(value)} given")
    return value


def read_text(parent: Body, name: str, most: int, where: str) -> str:
    """Give a text that must be there."""
    if not optional(parent, name, most, where):
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    return str(parent[name])


def optional(parent: Body, name: str, most: int, where: str = "") -> str:
    """Give a text, or an empty one; null is as good as absent, as with Meta."""
    value = parent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise GraphError(100, f"The parameter {where}{name} must be a string.")
    if len(value) > most:
        raise GraphError(131009, f"{where}{name}: at most {most} characters, {len(value)} given")
    return value


def read_number(parent: Body, name: str, most: float, where: str) -> float:
    """Give a number between -most and most; Meta takes it as text as well."""
    value = parent.get(name)
    if value is None:
        raise GraphError(131008, f"The parameter {where}{name} is required.")
    try:
        number = float(value) if isinstance(value, int | float | str) else float("nan")
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or not -most <= number <= most:
        raise GraphError(131009, f"{where}{name} must be a number from -{most:g} to {most:g}")
    return number


def unique(values: list[str], name: str) -> None:
    """Refuse the same value twice."""
    if len(set(values)) != len(values):
        raise GraphError(131009, f"{name} must be unique")
