"""What was said about time, and the hour in it: «a las 5», «después de las 3», “noon”."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from agent.engines.guided.date_words import (
    CLOCK,
    HOUR_WORDS,
    NOON,
)

BEFORE = frozenset({"antes de", "antes da", "antes das", "ate", "before", "by"})
QUARTER = 15
AM = frozenset({"am", "delamanana", "damanha", "inthemorning"})
PM = frozenset(
    {"pm", "delatarde", "delanoche", "datarde", "danoite", "intheafternoon", "intheevening"}
)
OFF = {"half": 30, "quarter past": 15, "quarter to": -15, "cuarto": -15, "quinze": -15}
Part = Literal["", "morning", "afternoon"]


Bound = Literal["", "after", "before"]


@dataclass(frozen=True)
class When:
    """What was said about time. `spans` are the places in the text that said it.

    `onwards` makes the day the first of a stretch: «la próxima semana», «después del 15».
    `or_day` may have been meant too: today, when it is Monday and they say «el lunes».
    """

    day: date | None = None
    part: Part = ""
    hour: int | None = None
    minute: int = 0
    bound: Bound = ""
    onwards: bool = False
    or_day: date | None = None
    spans: tuple[tuple[int, int], ...] = ()

    def __bool__(self) -> bool:
        return self.day is not None or bool(self.part) or self.hour is not None


def find_hour(plain: str, when: When) -> When:
    """Add the hour that a text names."""
    if match := NOON.search(plain):
        return with_span(replace(when, hour=12), match.span())
    for match in CLOCK.finditer(plain):
        if _is_clock(match) or _follows_the_day(plain, match, when):
            return with_span(_read_clock(match, when), match.span())
    return when


def _is_clock(match: re.Match[str]) -> bool:
    at, worded = match["at"] or "", not match["hour"].isdigit()
    if match["off"]:
        return True
    if match["suffix"] or match["half"] or match["quarter"]:
        return not worded or bool(at or match["suffix"])
    if match["minute"]:
        return True
    article = at.strip() in {"la", "las"} and not match["bound"]
    return bool(match["bound"] or at) and not (article and at.strip() == "la")


def _follows_the_day(plain: str, match: re.Match[str], when: When) -> bool:
    """«Martes 10»: a bare number right after a named day can only be an hour."""
    if not when.spans or when.onwards or not match["hour"].isdigit():
        return False
    gap = plain[when.spans[0][1] : match.start("hour")]
    return bool(when.day) and match.start("hour") >= when.spans[0][1] and not gap.strip()


def _read_clock(match: re.Match[str], when: When) -> When:
    hour = HOUR_WORDS.get(match["hour"]) or int(match["hour"])
    minute = int(match["minute"] or 30 * bool(match["half"]) or QUARTER * bool(match["quarter"]))
    if match["off"]:
        minute = next(off for words, off in OFF.items() if words in match["off"])
    if minute < 0 or (match["quarter"] and "menos" in match["quarter"]):
        hour, minute = hour - 1, 60 - QUARTER
    suffix = (match["suffix"] or "").replace(".", "").replace(" ", "")
    bound: Bound = ""
    if match["bound"]:
        bound = "before" if match["bound"].strip() in BEFORE else "after"
    part: Part = when.part
    if suffix in PM:
        hour, part = (hour + 12 if hour < 12 else hour), "afternoon"
    elif suffix in AM:
        hour, part = hour % 12, "morning"
    elif suffix == "deldia":
        hour = hour + 12 if hour < 6 else hour
    return replace(when, hour=hour, minute=minute, bound=bound, part=part)


def settle_hour(when: When) -> When:
    """Read «a las 4» as the afternoon: nobody meets at four in the morning."""
    if when.hour is None:
        return when
    hour = when.hour
    if (hour < 12 and when.part == "afternoon") or (1 <= hour <= 7 and when.part != "morning"):
        hour += 12
    return replace(when, hour=hour)


def with_span(when: When, span: tuple[int, int]) -> When:
    """Note one more place that spoke of time."""
    return replace(when, spans=(*when.spans, span))
