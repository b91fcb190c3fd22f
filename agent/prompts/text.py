"""Text that others wrote, made safe to show to a model and comparable."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Cf holds zero-width, direction marks and Unicode tags; Cc everything but tab and newline.
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u034f\u115f\u1160\u3164\uffa0]")
_PHONE = re.compile(
    r"(?<![\w.,@$-])(?:\+\d[\d\s().-]{7,17}\d|\d{10,13}|\(?\d{2,4}\)?(?:[ .-]\d{2,4}){2,4})(?![\w,@])"
)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{2}[-.]\d{2}[-.]\d{4}")


# Angle brackets are our delimiters: a lead's become these look-alikes.
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})
_SAME = str.maketrans("\u2039\u203a\u201c\u201d\u00ab\u00bb\u2018\u2019\u00b4`", "<>\"\"\"\"''''")


def clean(text: str) -> str:
    """Drop characters that a person cannot see."""
    kept = "".join(
        char
        for char in text
        if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs")
    )
    return _VARIATION.sub("", kept).strip()


def as_data(text: str, *, limit: int = 2000) -> str:
    """Render a lead's words: invisible characters, our own delimiters and phone numbers gone."""
    shown = clean(text).translate(_ANGLES)
    shown = _PHONE.sub(_hide_phone, shown)
    return shown if len(shown) <= limit else shown[:limit] + " […]"


def fold(text: str) -> str:
    """Lower case, no accents, single spaces: for comparing, never for showing."""
    # Not by way of the positions: a turn folds tens of thousands of characters in its gates.
    return " ".join(filter(None, "".join(map(_fold_char, text)).split(" ")))


def find_quote(quote: str, text: str) -> str:
    """The exact stretch of `text` that `quote` stands for, or "" if it is not there."""
    wanted = fold(quote)
    folded, positions = _fold_with_positions(text)
    at = folded.find(wanted) if wanted else -1
    if at < 0:
        return ""
    return text[positions[at] : positions[at + len(wanted) - 1] + 1]


def _hide_phone(match: re.Match[str]) -> str:
    digits = sum(char.isdigit() for char in match[0])
    return match[0] if _ISO_DAY.search(match[0]) or not 10 <= digits <= 15 else "[phone]"


def _fold_with_positions(text: str) -> tuple[str, list[int]]:
    folded: list[str] = []
    positions: list[int] = []
    for index, char in enumerate(text):
        for piece in _fold_char(char):
            if piece == " " and (not folded or folded[-1] == " "):
                continue
            folded.append(piece)
            positions.append(index)
    if folded and folded[-1] == " ":
        folded.pop()
        positions.pop()
    return "".join(folded), positions


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char.isspace():
        return " "
    if unicodedata.category(char) in ("Cc", "Cf") or _VARIATION.match(char):
        return ""
    plain = unicodedata.normalize("NFKD", char.translate(_SAME).casefold())
    return "".join(piece for piece in plain if not unicodedata.combining(piece))
