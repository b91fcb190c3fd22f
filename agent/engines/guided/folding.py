"""Text without accents, case and invisible characters, that still knows where it came from."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from agent.engines.guided.words import word_pairs

APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u00b4`", "'"))


SHORTHAND = word_pairs("shorthand")
# Not the k of «3 k» and «vitamina k», nor the d of «d.f.», «d'água» and «i'd».
SHORT = re.compile(
    rf"(?<![\w.'])(?<!\d )(?:[kur](?= +[a-z])|[dx](?= +\w)|{'|'.join(w for w in SHORTHAND if w not in 'dkurx')})"
    r"(?![\w'.])"
)


@dataclass(frozen=True)
class Folded:
    """`plain` is for matching; `quote` gives back the lead's own characters."""

    text: str
    plain: str
    origin: tuple[int, ...]

    def quote(self, start: int, end: int) -> str:
        """Slice the original: always a substring of it, and nothing beyond its end."""
        end = min(end, len(self.origin))
        if start >= end:
            return ""
        stop = self.origin[end] if end < len(self.origin) else len(self.text)
        stop = max(stop, self.origin[end - 1] + 1)
        return self.text[self.origin[start] : stop].strip()


def fold(text: str) -> Folded:
    """Fold a message."""
    plain: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        for folded in _fold_char(char):
            plain.append(folded)
            origin.append(index)
    return _written_out(Folded(text, "".join(plain), tuple(origin)))


def _written_out(message: Folded) -> Folded:
    """Read «q» as «que»: each letter of the word stands where the short one stood."""
    plain, origin, end = "", list[int](), 0
    for match in SHORT.finditer(message.plain):
        word = SHORTHAND[match[0]]
        plain += message.plain[end : match.start()] + word
        origin += [
            *message.origin[end : match.start()],
            *[message.origin[match.start()]] * len(word),
        ]
        end = match.end()
    return Folded(message.text, plain + message.plain[end:], (*origin, *message.origin[end:]))


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """Fold a word or phrase of the playbook."""
    return " ".join(fold(text).plain.split())


@lru_cache(maxsize=8192)
def whole_words(phrase: str) -> re.Pattern[str]:
    """Compile a folded phrase once: a playbook has more of them than re keeps."""
    return re.compile(rf"\b{re.escape(phrase)}\b")


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    spread = unicodedata.normalize("NFKD", char).lower().translate(APOSTROPHES)
    kept = (part for part in spread if unicodedata.category(part) not in ("Mn", "Me", "Cf"))
    return "".join(" " if part in " \u00a0\t\r" else part for part in kept)
