"""Amounts in a message: «$1,500», «2.5k», «mil quinientos», «two grand», «de 2 a 3 mil»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.engines.guided.number_words import (
    HUNDREDS,
    NEED_A_NUMBER,
    ONES,
    SCALES,
    TENS,
    UNITS,
)

JOINERS = frozenset({"y", "and", "e"})
HALVES = frozenset({"medio", "media", "half", "meio", "meia"})
AND = re.compile(r"\s+(?:y|and|e)\s")
MARKS = re.compile(
    r"\s*(?:pesos?|mxn|mx\b|varos|bolas|usd|dolares|dollars?|bucks|euros?|eur\b|soles|cop\b|reais|real\b|contos?\b|paus\b|brl\b|\$)"
)
LEADS = re.compile(r"(?:\$|usd|mxn|us\$|r\$)\s*$")
TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,']\d+)*)|(?P<word>[a-z]+)|(?P<other>[^\s-])"
)
RANGE = re.compile(r"\s*(?:-|–|a|to|o|or|ou|y|and|e|entre)\s*\$?\s*")
BIGGEST = 10**12
LONGEST_PLAIN = 9
SAID_IN_THOUSANDS = 20
SPLIT_HUNDREDS = frozenset({"cientos", "cientas", "centos", "centas"})


@dataclass(frozen=True)
class Amount:
    """A number said at [start, end) of the folded text. `marked` has a currency beside it."""

    value: float
    start: int
    end: int
    marked: bool = False
    bare_word: bool = False


@dataclass
class _Running:
    """A number while its words arrive: `room` is what the next word must stay below."""

    start: int
    end: int
    total: float = 0
    current: float = 0
    room: float = BIGGEST
    scale: float = 1
    words: int = 0

    @property
    def value(self) -> float:
        return self.total + self.current


def find_amounts(plain: str) -> list[Amount]:
    """Find every amount, ranges as their middle."""
    found: list[Amount] = []
    running: _Running | None = None
    joined = False
    for token in TOKEN.finditer(plain):
        if running is not None and token["word"] in JOINERS:
            joined = True
            continue
        if running is not None and _extend(running, token, plain, joined=joined):
            joined = False
            continue
        _close(running, plain, found)
        running, joined = _open(token, plain), False
    _close(running, plain, found)
    return _merge_ranges(found, plain)


def _open(token: re.Match[str], plain: str) -> _Running | None:
    running = _Running(token.start(), token.end())
    if token["number"]:
        value = read_digits(token["number"])
        digits = sum(char.isdigit() for char in token["number"])
        if value is None or (
            digits > LONGEST_PLAIN and not _lead_start(plain, token.start()) < token.start()
        ):
            return None
        running.current, running.room = value, 1
        return running
    return running if _take_word(running, token["word"] or "") else None


def _extend(running: _Running, token: re.Match[str], plain: str, *, joined: bool) -> bool:
    gap = plain[running.end : token.start()]
    if "\n" in gap or len(gap) > 8:
        return False
    word = token["word"] or ""
    if word in HALVES and AND.match(gap):
        running.current += running.scale / 2 if running.total else 0.5
    elif token["number"]:
        value = read_digits(token["number"])
        if value is None or joined or not running.total or value >= running.room:
            return False
        running.current, running.room = running.current + value, 1
    elif word == "a" and AND.match(gap):
        return True  # «two and a half»
    elif not _take_word(running, word):
        return False
    running.end = token.end()
    return True


def _take_word(running: _Running, word: str) -> bool:
    if word in SCALES or (word == "hundred"):
        return _take_scale(running, word)
    if word in SPLIT_HUNDREDS and 2 <= running.current <= 9:
        # «Ocho cientos», written apart.
        running.current, running.room = running.current * 100, 100
        return True
    value, room = _word_value(word)
    if word in HUNDREDS and not running.total and 1 <= running.current < SAID_IN_THOUSANDS:
        # «Tres quinientos» is three thousand five hundred.
        running.total, running.current, running.room = running.current * 1000, 0, 1000
    if value is None and len(word) > 4 and word.endswith("mil"):
        inner, _ = _word_value(word.removesuffix("mil"))
        if inner is not None and running.words == 0 and not running.current:
            running.total, running.room, running.words = inner * 1000.0, 1000, 2
            return True
    if value is None or value >= running.room or (value == 0 and running.words):
        return False
    running.current += value
    running.room = room
    running.words += 1
    return True


def _take_scale(running: _Running, word: str) -> bool:
    running.words += 1
    if word == "hundred":
        if running.current >= 100:
            return False
        running.current, running.room = (running.current or 1) * 100, 100
        return True
    scale = SCALES[word]
    if word in NEED_A_NUMBER and not running.current:
        return False
    if running.total and scale >= running.scale and scale != 1_000_000:
        return False
    if running.total and scale == 1_000_000:
        running.total = (running.total + running.current) * scale
    else:
        running.total += (running.current or 1) * scale
    running.current, running.room, running.scale = 0, scale, scale
    return running.total < BIGGEST


def _word_value(word: str) -> tuple[int | None, int]:
    if word in TENS and TENS[word] >= 20:
        return TENS[word], 10
    if word in UNITS:
        return UNITS[word], 1
    if word in HUNDREDS:
        return HUNDREDS[word], 100
    return None, 0


def _close(running: _Running | None, plain: str, found: list[Amount]) -> None:
    if running is None:
        return
    start, end = running.start, running.end
    before = _lead_start(plain, start)
    mark = MARKS.match(plain, end)
    bare = plain[start:end] in ONES
    found.append(
        Amount(
            running.value,
            before,
            mark.end() if mark else end,
            marked=before < start or mark is not None,
            bare_word=bare,
        )
    )


def _lead_start(plain: str, start: int) -> int:
    lead = LEADS.search(plain, max(0, start - 5), start)
    return lead.start() if lead else start


def _merge_ranges(found: Sequence[Amount], plain: str) -> list[Amount]:
    merged: list[Amount] = []
    for amount in found:
        before = merged[-1] if merged else None
        if before and RANGE.fullmatch(plain, before.end, amount.start) and not before.bare_word:
            low, high = before.value, amount.value
            for scale in (1_000_000, 1000):
                if low < 1000 <= high and high % scale == 0 and low * scale < high:
                    low *= scale  # «de 2 a 3 mil»
            if 0 < low < high <= low * 5:
                merged[-1] = Amount(
                    (low + high) / 2,
                    before.start,
                    amount.end,
                    marked=before.marked or amount.marked,
                )
                continue
        merged.append(amount)
    return merged


def read_digits(text: str) -> float | None:
    """Read digits with either thousands mark: «1.500,00», «1,500.00», «1.500», «2.5»."""
    compact = text.replace(" ", "").replace("'", "")
    marks = [char for char in compact if char in ".,"]
    if marks:
        last = marks[-1]
        head, _, tail = compact.rpartition(last)
        thousands = len(tail) == 3 and head.lstrip("0") != ""
        if len(set(marks)) == 1 and (thousands or len(marks) > 1):
            compact = compact.replace(".", "").replace(",", "")
        else:
            compact = head.replace(".", "").replace(",", "") + "." + tail
    if len(compact.partition(".")[0]) > 12:
        return None
    return float(compact)
