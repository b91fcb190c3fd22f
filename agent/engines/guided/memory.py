"""What the guided flow carries from turn to turn, read back without trusting it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.turn import SlotWish


@dataclass
class Memory:
    """`phase` is "" while asking, "slots" while times are on offer, "declined" after a no.

    `confirming` is "", "cancel", "book:<slot id>" or "move:<slot id>". `wish` is the last time
    they asked for. `skipped` are questions not to be asked again, `declined` those among them
    that the lead did not want to answer. `misses` counts the turns that brought no answer, per question ("" outside of
    questions); `given_up` the questions dropped for that reason, one after the other. `asked` counts
    how often a question was put, `off_topic` the messages in a row about something else; `ruled_out`
    is the fact for which they were told that we cannot help.
    """

    asking: str = ""
    last: str = ""
    phase: str = ""
    confirming: str = ""
    moving: bool = False
    zone: str = ""
    wish: SlotWish = field(default_factory=SlotWish)
    skipped: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    misses: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    off_topic: int = 0
    ruled_out: str = ""
    given_up: int = 0

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> Memory:
        """Read a state that another engine or an older version may have written."""
        return cls(
            asking=_text(state.get("asking")),
            last=_text(state.get("last")),
            phase=_text(state.get("phase")),
            confirming=_text(state.get("confirming")),
            moving=state.get("moving") is True,
            zone=_zone(state.get("zone")),
            wish=load_wish(state.get("wish")),
            skipped=_texts(state.get("skipped")),
            declined=_texts(state.get("declined")),
            misses=_counts(state.get("misses")),
            asked=_counts(state.get("asked")),
            unknown=_count(state.get("unknown")),
            off_topic=_count(state.get("off_topic")),
            ruled_out=_text(state.get("ruled_out")),
            given_up=_count(state.get("given_up")),
        )

    def dump(self) -> dict[str, Any]:
        """Write what differs from an empty memory, JSON-safe."""
        values: dict[str, Any] = {
            "asking": self.asking,
            "last": self.last,
            "phase": self.phase,
            "confirming": self.confirming,
            "moving": self.moving,
            "zone": self.zone,
            "wish": dump_wish(self.wish),
            "skipped": self.skipped,
            "declined": self.declined,
            "misses": self.misses,
            "asked": self.asked,
            "unknown": self.unknown,
            "off_topic": self.off_topic,
            "ruled_out": self.ruled_out,
            "given_up": self.given_up,
        }
        return {key: value for key, value in values.items() if value}

    def decline(self, keys: Iterable[str]) -> None:
        """Ask no more of what the lead does not want to say; staff see that they were asked."""
        for key in keys:
            self.skipped.append(key)
            self.declined.append(key)

    def settle(self) -> None:
        """Forget the choice that was open: something was booked, kept or cancelled."""
        self.phase, self.confirming, self.moving, self.asking = "", "", False, ""
        self.wish = SlotWish()
        self.misses = {}


def dump_wish(wish: SlotWish) -> dict[str, str]:
    """Write a wish."""
    values = {
        "day": wish.day.isoformat() if wish.day else "",
        "part": wish.part,
        "earliest": wish.earliest.isoformat() if wish.earliest else "",
        "or_day": wish.or_day.isoformat() if wish.or_day else "",
        "at": wish.at.isoformat() if wish.at else "",
        "bound": wish.bound,
    }
    return {key: value for key, value in values.items() if value}


def load_wish(value: Any) -> SlotWish:
    """Read a wish; a broken one is no wish."""
    if not isinstance(value, Mapping):
        return SlotWish()
    part, bound = value.get("part"), value.get("bound")
    try:
        day = date.fromisoformat(value["day"]) if value.get("day") else None
        or_day = date.fromisoformat(value["or_day"]) if value.get("or_day") else None
        at = time.fromisoformat(value["at"]) if value.get("at") else None
        earliest = datetime.fromisoformat(value["earliest"]) if value.get("earliest") else None
    except (TypeError, ValueError):
        return SlotWish()
    if earliest is not None and earliest.tzinfo is None:
        earliest = None
    return SlotWish(
        day=day,
        part="morning" if part == "morning" else "afternoon" if part == "afternoon" else "",
        earliest=earliest,
        or_day=or_day,
        at=at,
        bound="after" if bound == "after" else "before" if bound == "before" else "",
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _counts(value: Any) -> dict[str, int]:
    pairs = value.items() if isinstance(value, Mapping) else ()
    return {str(key): count for key, count in pairs if isinstance(count, int)}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return [_text(each) for each in value] if isinstance(value, list | tuple) else []


def _zone(value: Any) -> str:
    name = _text(value)
    if not name:
        return ""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return name
