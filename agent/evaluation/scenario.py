"""Scenarios as data: what a lead does, and what must have come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, TypeAdapter

FOLDER = Path(__file__).with_name("scenarios")
Words = Annotated[str, StringConstraints(min_length=1)]
Wait = Annotated[str, StringConstraints(pattern=r"^\d+[mhd]$")]


@dataclass(frozen=True)
class Step:
    """One thing the lead does; exactly one field is set, and `if_offered` beside `tap`.

    `say` is one message or a burst. `answer` answers up to so many questions, one turn each, as
    long as one is asked. `tap` is "first", "last", or what an option's title begins with; with
    `if_offered` it is left out where nothing of the kind is on offer. `voice` is a voice note with
    what was heard in it, "" for nothing. `wait` is "90m", "26h" or "3d". `staff` is what a
    colleague does meanwhile.
    """

    say: Words | tuple[Words, ...] | None = None
    answer: Annotated[int, Field(ge=1, le=12)] | None = None
    tap: Words | None = None
    if_offered: bool = False
    voice: str | None = None
    wait: Wait | None = None
    staff: Literal["no_show", "take_over", "release"] | None = None


@dataclass(frozen=True)
class Known:
    """What the lead would answer to a question, and what the row must hold then.

    `quote` is the part of the words that says so, where it is not all of them; only the scripted
    model reads it.
    """

    say: Words
    value: Any
    quote: str = ""


@dataclass(frozen=True)
class Expected:
    """The rows at the end, and the words on the way.

    `facts` must equal the current facts, all of them; a list of values means any of them. `at` is
    the meeting's local time in the lead's zone. `said` and `never` are regular expressions, without
    regard to case, over everything that we said; `last` is one over the last answer.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    meeting: Literal["none", "booked", "cancelled"] = "none"
    at: str = ""
    handed_off: str = ""
    opted_out: bool = False
    language: str = ""
    stage: str = ""
    said: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    last: str = ""


@dataclass(frozen=True)
class Scenario:
    """One lead. `needs` says what it takes: nothing, or a model that reads between the lines."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    title: Words
    language: Literal["es", "en", "pt"]
    kind: Words
    steps: tuple[Step, ...]
    expect: Expected
    knows: Mapping[str, Known] = field(default_factory=dict)
    needs: Literal["nothing", "model"] = "nothing"
    phone: Annotated[str, StringConstraints(pattern=r"^\d{10,15}$")] = "5215550101234"
    profile_name: str = ""
    begins_at: datetime | None = None


SCENARIOS = TypeAdapter(tuple[Scenario, ...])


def load(folder: Path = FOLDER) -> tuple[Scenario, ...]:
    """Every scenario of a folder of JSON files; raises pydantic.ValidationError."""
    found = [
        scenario
        for path in sorted(folder.glob("*.json"))
        for scenario in SCENARIOS.validate_json(path.read_bytes())
    ]
    doubles = {each.id for each in found if [one.id for one in found].count(each.id) > 1}
    if doubles:
        raise ValueError(f"Scenario ids must be unique: {', '.join(sorted(doubles))}.")
    return tuple(found)
