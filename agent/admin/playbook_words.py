"""A playbook in words: each part as a manager reads it, never as it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.utils.formats import number_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agent.playbook.anatomy import (
    BY_SLUG,
    LANGUAGES,
    SECTIONS,
    Kind,
    Part,
    Path,
    Rows,
    Section,
)
from conversations.admin.labels import in_language

Content = Mapping[str, Any]
SEPARATOR = "; "
HOUR, DAY = 60, 60 * 24


@dataclass(frozen=True)
class Line:
    """One part, in one language where it is a text."""

    name: str
    label: str
    language: str
    text: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownRow:
    """One of a list: what it is called, its parts, and the list within it."""

    title: str
    lines: tuple[Line, ...]
    lists: tuple[ShownList, ...]


@dataclass(frozen=True)
class ShownList:
    """A list of the same things."""

    label: str
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True)
class ShownSection:
    """A page of the editor, to read."""

    slug: str
    title: str
    help: str
    lines: tuple[Line, ...]
    lists: tuple[ShownList, ...]


class Reader:
    """Reads one playbook: rules name questions and answers by what they are called there."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._questions = {one["key"]: one for one in content["questions"]}

    def sections(self) -> list[ShownSection]:
        """All of it."""
        return [self._section(section) for section in SECTIONS]

    def questions(self) -> list[tuple[str, str]]:
        """Each question by its key."""
        return [(key, in_language(one["label"])) for key, one in self._questions.items()]

    def kind(self, key: str) -> str:
        """What kind of answer a question takes."""
        return str(self._questions.get(key, {}).get("kind", ""))

    def answers(self, key: str) -> list[tuple[Any, str]]:
        """The values that a question takes, as people call them; none where it takes any."""
        if self.kind(key) == "yes_no":
            return [(True, _("Yes")), (False, _("No"))]
        if self.kind(key) != "choice":
            return []
        choices = self._questions[key]["choices"]
        return [(one["value"], in_language(one["label"])) for one in choices]

    def lines(self, parts: Sequence[Part], held: Content) -> tuple[Line, ...]:
        """What is filled in."""
        return tuple(line for part in parts for line in self._lines(part, held) if line.text)

    def title(self, rows: Rows, row: Content) -> str:
        """What a row is called."""
        parts = [part for name in rows.title for part in rows.parts if part.name == name]
        return " · ".join(filter(None, (self.said(part, row) for part in parts))) or "–"

    def row_at(self, slug: str, path: Path) -> str:
        """What the row is called that a path on a page leads to; nothing where it leads to none."""
        section = BY_SLUG[slug]
        for rows in section.rows:
            if rows.name in path:
                held = section.held(self._content)[rows.name]
                return self.title(rows, held[path[path.index(rows.name) + 1]])
        return ""

    def said(self, part: Part, held: Content) -> str:
        """One part, a text in the viewer's language."""
        value = held[part.name]
        if part.kind == Kind.TEXTS:
            return in_language(value)
        if part.kind == Kind.QUESTION:
            return dict(self.questions()).get(str(value), str(value))
        if part.kind == Kind.ANSWER:
            return self.answer(held["key"], value)
        return SAID.get(part.kind, _plain)(part, value)

    def answer(self, key: str, value: Any) -> str:
        """The value of a rule."""
        names = self.answers(key)
        wanted = value if isinstance(value, list | tuple) else [value]
        return SEPARATOR.join(
            next((name for known, name in names if known == each), _number(each)) for each in wanted
        )

    def _lines(self, part: Part, held: Content) -> list[Line]:
        label = str(part.label)
        if part.kind == Kind.KEY:
            return []
        if part.kind == Kind.TEXTS:
            texts = held[part.name]
            order = sorted(texts, key=lambda one: list(LANGUAGES).index(one))
            return [Line(part.name, label, str(LANGUAGES[one]), texts[one]) for one in order]
        words = tuple(held[part.name]) if part.kind == Kind.WORDS else ()
        return [Line(part.name, label, "", self.said(part, held), words)]

    def _section(self, section: Section) -> ShownSection:
        held = section.held(self._content)
        return ShownSection(
            slug=section.slug,
            title=str(section.title),
            help=str(section.help),
            lines=self.lines(section.parts, held),
            lists=tuple(self._list(rows, held) for rows in section.rows),
        )

    def _list(self, rows: Rows, held: Content) -> ShownList:
        return ShownList(
            str(rows.many), tuple(self._row(rows, row) for row in held.get(rows.name, ()))
        )

    def _row(self, rows: Rows, row: Content) -> ShownRow:
        within = self._list(rows.within, row) if rows.within else None
        return ShownRow(
            title=self.title(rows, row),
            lines=self.lines(rows.parts, row),
            lists=(within,) if within and within.rows else (),
        )


def duration(minutes: int) -> str:
    """Days, hours or minutes, whichever comes out even."""
    if minutes % DAY == 0:
        return ngettext("%(n)s day", "%(n)s days", minutes // DAY) % {"n": minutes // DAY}
    if minutes % HOUR == 0:
        return ngettext("%(n)s hour", "%(n)s hours", minutes // HOUR) % {"n": minutes // HOUR}
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def _plain(_part: Part, value: Any) -> str:
    return str(value)


def _number(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(number_format(value, force_grouping=True))
    return "" if value is None else str(value)


def _option(part: Part, value: Any) -> str:
    return capfirst(str(dict(part.options).get(str(value), value)))


SAID: Mapping[Kind, Callable[[Part, Any], str]] = {
    Kind.WORDS: lambda _part, value: ", ".join(value),
    Kind.NUMBER: lambda _part, value: _number(value),
    Kind.POINTS: lambda _part, value: f"{value:+d}",
    Kind.FLAG: lambda _part, value: _("Yes") if value else _("No"),
    Kind.TIME: lambda _part, value: time_format(time.fromisoformat(value), "H:i"),
    Kind.DURATION: lambda _part, value: duration(value),
    Kind.REMINDERS: lambda _part, value: ", ".join(map(duration, value)),
    Kind.OPTION: _option,
    Kind.LANGUAGES: lambda _part, value: ", ".join(str(LANGUAGES.get(one, one)) for one in value),
}
