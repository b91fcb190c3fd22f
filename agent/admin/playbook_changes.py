"""Two playbooks side by side: what changed, field by field, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from agent.admin.playbook_words import Content, Line, Reader
from agent.playbook.anatomy import SECTIONS, Kind, Rows

# Rows without a name inside are the same row while so much of them is equal.
ALIKE = 0.5


@dataclass(frozen=True)
class Change:
    """One field then and now. Both are empty for a row that came or went: `lines` tell it.

    Of a list of words only those stand there that were taken off and those that were added.
    """

    label: str
    language: str = ""
    before: str = ""
    after: str = ""
    lines: tuple[Line, ...] = ()
    lists_words: bool = False
    came: bool = False
    went: bool = False


@dataclass(frozen=True)
class Changed:
    """What changed in one page of the editor."""

    title: str
    changes: tuple[Change, ...]


Pair = tuple[int | None, int | None]


def compare(before: Content, after: Content) -> list[Changed]:
    """Page by page; pages where nothing changed are left out."""
    comparison = _Comparison(Reader(before), Reader(after))
    found = []
    for section in SECTIONS:
        old, new = section.held(before), section.held(after)
        changes = comparison.lines(
            comparison.old.lines(section.parts, old), comparison.new.lines(section.parts, new)
        )
        for rows in section.rows:
            changes += comparison.rows(rows, old[rows.name], new[rows.name])
        if changes:
            found.append(Changed(str(section.title), tuple(changes)))
    return found


@dataclass(frozen=True)
class _Comparison:
    old: Reader
    new: Reader

    def lines(self, before: Sequence[Line], after: Sequence[Line], under: str = "") -> list[Change]:
        old = {(line.name, line.language): line for line in before}
        new = {(line.name, line.language): line for line in after}
        changes = []
        for place in dict.fromkeys([*new, *old]):
            was, now = old.get(place), new.get(place)
            line = now or was
            texts = was.text if was else "", now.text if now else ""
            if line and texts[0] != texts[1]:
                parted = _parted(was.words if was else (), now.words if now else ())
                changes.append(
                    Change(
                        _named(under, line.label),
                        line.language,
                        *(parted or texts),
                        lists_words=bool(parted),
                    )
                )
        return changes

    def rows(
        self, rows: Rows, before: Sequence[Content], after: Sequence[Content], under: str = ""
    ) -> list[Change]:
        pairs = _pairs(rows, before, after)
        changes: list[Change] = []
        for was, now in pairs:
            old = before[was] if was is not None else None
            new = after[now] if now is not None else None
            changes += self._row(rows, old, new, under)
        return [*changes, *self._order(rows, before, after, pairs, under)]

    def _row(
        self, rows: Rows, old: Content | None, new: Content | None, under: str
    ) -> list[Change]:
        if new is None:
            return [Change(_named(under, self.old.title(rows, old)), went=True)] if old else []
        title = _named(under, self.new.title(rows, new))
        if old is None:
            return [Change(title, lines=self._all(rows, new), came=True)]
        changes = self.lines(
            self.old.lines(rows.parts, old), self.new.lines(rows.parts, new), title
        )
        if rows.within is not None:
            name = rows.within.name
            changes += self.rows(rows.within, old[name], new[name], title)
        return changes

    def _all(self, rows: Rows, row: Content) -> tuple[Line, ...]:
        lines = self.new.lines(rows.parts, row)
        inner = rows.within
        if inner is None or not row[inner.name]:
            return lines
        titles = ", ".join(self.new.title(inner, each) for each in row[inner.name])
        return (*lines, Line(inner.name, str(inner.many), "", titles))

    def _order(
        self,
        rows: Rows,
        before: Sequence[Content],
        after: Sequence[Content],
        pairs: Sequence[Pair],
        under: str,
    ) -> list[Change]:
        stayed = [(was, now) for was, now in pairs if was is not None and now is not None]
        old = [was for was, _now in sorted(stayed)]
        new = [was for was, _now in sorted(stayed, key=lambda pair: pair[1])]
        if not rows.ordered or old == new:
            return []
        label = _("Order of: %(rows)s") % {"rows": rows.many}
        return [
            Change(
                _named(under, label),
                before=", ".join(self.old.title(rows, before[place]) for place in old),
                after=", ".join(self.new.title(rows, before[place]) for place in new),
            )
        ]


def _parted(before: Sequence[str], after: Sequence[str]) -> tuple[str, str] | None:
    """What was taken off a list of words and what was added; None where neither tells the change."""
    gone = [word for word in before if word not in after]
    new = [word for word in after if word not in before]
    return (", ".join(gone), ", ".join(new)) if gone or new else None


def _named(under: str, label: str) -> str:
    return f"{under}: {label}" if under else label


def _pairs(rows: Rows, before: Sequence[Content], after: Sequence[Content]) -> list[Pair]:
    """Which row is which; in the order of what is now, then what went."""
    left = dict(enumerate(before))
    found: dict[int, int] = {}
    # What is equal is paired first, so that a twin does not take its place.
    for least in (1.0, ALIKE):
        for now, row in enumerate(after):
            likeness = {was: _likeness(rows, old, row) for was, old in left.items()}
            best = max(likeness, key=lambda was: likeness[was], default=None)
            if now not in found and best is not None and likeness[best] >= least:
                found[now] = best
                del left[best]
    return [*((found.get(now), now) for now in range(len(after))), *((was, None) for was in left)]


def _likeness(rows: Rows, old: Content, new: Content) -> float:
    for part in rows.parts:
        if part.kind == Kind.KEY:
            return 1.0 if old[part.name] == new[part.name] else 0.0
    equal = [part for part in rows.parts if old[part.name] == new[part.name]]
    return len(equal) / len(rows.parts)
