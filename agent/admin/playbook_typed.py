"""What a manager typed, as the playbook stores it: the value of a rule, a name for a new row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from math import isfinite
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from agent.admin.playbook_words import SEPARATOR, Reader
from agent.playbook.problems import NUMBERS

# Kinds of answers that are also columns of the lead: their question is called as the column.
COLUMNS = ("name", "company", "email")
LONGEST_KEY = 40


def rule_value(given: Mapping[str, Any], reader: Reader) -> Any:
    """The value that a rule compares with; raises ValueError, in words for who typed it."""
    test, said = given.get("test"), given["value"]
    if test == "known":
        return None
    if test == "one_of":
        parts = filter(None, (part.strip() for part in said.split(SEPARATOR.strip())))
        return [_one_value(reader, given.get("key", ""), part) for part in parts]
    return _one_value(reader, given.get("key", ""), said.strip())


def _one_value(reader: Reader, key: str, said: str) -> Any:
    offered = reader.answers(key)
    for value, name in offered:
        if said.casefold() in (name.casefold(), str(value).casefold()):
            return value
    if offered and said:
        names = SEPARATOR.join(name for _value, name in offered)
        raise ValueError(_("Choose among: %(names)s.") % {"names": names})
    return _number_of(said) if reader.kind(key) in NUMBERS else said


def name_rows(part: str, stored: list[dict[str, Any]]) -> None:
    """Give each new row a name inside, from what people call it."""
    taken = {row[part] for row in stored}
    for row in stored:
        if not row[part]:
            row[part] = next(name for name in _names(row) if name not in taken)
            taken.add(row[part])


def _names(row: Mapping[str, Any]) -> Iterator[str]:
    if row.get("kind") in COLUMNS:
        yield row["kind"]
    said = next(
        (text for text in (*row.get("label", {}).values(), *row.get("words", ())) if text), ""
    )
    base = slugify(said).replace("-", "_")[:LONGEST_KEY].strip("_") or "row"
    yield base
    yield from (f"{base}_{number}" for number in count(2))


def _number_of(said: str) -> int | float | str:
    """A number where it is one; what is none is told by the checks of the playbook."""
    plain = said.replace(",", "").replace("$", "").replace(" ", "")
    try:
        number = float(plain)
    except ValueError:
        return said
    if not isfinite(number):
        return said
    return int(number) if number.is_integer() else number
