"""A page of the playbook editor: its parts and its lists of rows, read back into the playbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import BadRequest

from agent.admin.playbook_fields import Desk, as_initial, as_stored, build
from agent.admin.playbook_typed import name_rows, rule_value
from agent.admin.playbook_words import Content
from agent.playbook.anatomy import LANGUAGES, Kind, Part, Rows, Section
from agent.playbook.problems import Problem

MOST_ROWS = 300


@dataclass(frozen=True)
class ShownText:
    """The box of one language."""

    name: str
    language: str
    label: str
    value: str
    notes: Sequence[Problem]


@dataclass(frozen=True)
class ShownField:
    """A field with what is wrong in it, and its boxes where it is a text."""

    bound: forms.BoundField
    part: Part
    notes: Sequence[Problem]
    texts: Sequence[ShownText]


class PartsForm(forms.Form):
    """Some parts of the playbook."""

    def __init__(self, parts: Sequence[Part], desk: Desk, held: Content, **kwargs: Any) -> None:
        initial = {
            part.name: as_initial(part, held[part.name], desk.reader, held)
            for part in parts
            if part.name in held
        }
        super().__init__(**kwargs, initial=initial)
        self.parts, self.desk, self.held = parts, desk, held
        for part in parts:
            field = self.fields[part.name] = build(part, desk, held.get(part.name))
            name = self.add_prefix(part.name)
            if name in desk.notes:
                told = {"aria-invalid": "true", "aria-describedby": f"id_{name}_error"}
                field.widget.attrs |= told

    def clean(self) -> dict[str, Any]:
        """Read the value of a rule as its question's answers are stored."""
        given = super().clean() or {}
        if "value" in given and any(part.kind == Kind.ANSWER for part in self.parts):
            try:
                given["value"] = rule_value(given, self.desk.reader)
            except ValueError as error:
                self.add_error("value", str(error))
        return given

    def stored(self) -> dict[str, Any]:
        """The parts as the playbook holds them."""
        return {
            part.name: as_stored(
                part, self.cleaned_data[part.name], self.held.get(part.name), self.desk
            )
            for part in self.parts
        }

    def shown(self) -> Iterator[ShownField]:
        """The fields as the page draws them."""
        for part in self.parts:
            if part.kind != Kind.KEY:
                bound = self[part.name]
                notes = self.desk.notes.get(bound.html_name, ())
                texts = self._texts(bound) if part.kind == Kind.TEXTS else ()
                yield ShownField(bound, part, notes, tuple(texts))

    def _texts(self, bound: forms.BoundField) -> Iterator[ShownText]:
        for language in self.desk.languages:
            name = f"{bound.html_name}-{language}"
            value = (bound.value() or {}).get(language, "")
            label = str(LANGUAGES.get(language, language))
            yield ShownText(name, language, label, value, self.desk.notes.get(name, ()))


class RowForm(PartsForm):
    """One of a list. `is_new` rows that nobody filled in are left out."""

    def __init__(self, rows: Rows, desk: Desk, held: Content, **kwargs: Any) -> None:
        self.is_new = not held
        super().__init__(
            rows.parts,
            desk,
            held,
            empty_permitted=self.is_new,
            use_required_attribute=False,
            **kwargs,
        )
        self.title = "" if self.is_new else desk.reader.title(rows, held)
        given = self.data if self.is_bound else {}
        self.is_removed = f"{self.prefix}-remove" in given
        self.place = given.get(f"{self.prefix}-order", "")
        inner = rows.within
        self.within = (
            RowList(inner, desk, held.get(inner.name, ()), f"{self.prefix}-{inner.name}", self)
            if inner
            else None
        )

    def has_changed(self) -> bool:
        """Whether anything was filled in, the list within included."""
        return super().has_changed() or bool(self.within and self.within.has_changed())

    def wrong(self) -> bool:
        """Whether something in it is to be mended."""
        if self.is_bound and self.counts and not self.is_valid():
            return True
        return any(name.startswith(f"{self.prefix}-") for name in self.desk.notes)

    @property
    def counts(self) -> bool:
        """Whether it is a row at all."""
        return not self.is_removed and not (self.is_new and not self.has_changed())

    def is_valid(self) -> bool:
        """Whether all fields can be stored."""
        inner = self.within is None or self.within.is_valid()
        return super().is_valid() and inner

    def stored(self) -> dict[str, Any]:
        """The row as the playbook holds it."""
        inner = {self.within.rows.name: self.within.stored()} if self.within else {}
        return super().stored() | inner


class RowList:
    """A list on the page: the rows that are there, and blank ones to add."""

    def __init__(
        self,
        rows: Rows,
        desk: Desk,
        held: Sequence[Content],
        prefix: str,
        around: forms.Form,
    ) -> None:
        self.rows, self.prefix = rows, prefix
        self._desk = desk
        self._data = around.data if around.is_bound else None
        # The page of a row that is added later names the rows within it by another placeholder.
        self.placeholder = "__within__" if isinstance(around, RowForm) else "__row__"
        self.forms = [
            self._form(str(index), held[index] if index < len(held) else {})
            for index in range(self._count(len(held)))
        ]

    def blank(self) -> RowForm:
        """What the page copies for another row."""
        return RowForm(self.rows, self._desk, {}, prefix=f"{self.prefix}-{self.placeholder}")

    def has_changed(self) -> bool:
        """Whether a row was filled in."""
        return any(form.has_changed() for form in self.forms)

    def is_valid(self) -> bool:
        """Whether every row can be stored."""
        # Each of them, so that all errors show at once.
        return not [form for form in self.forms if form.counts and not form.is_valid()]

    def stored(self) -> list[dict[str, Any]]:
        """The rows in the order that was asked for."""
        counted = [form for form in self.forms if form.counts]
        counted.sort(key=lambda form: int(form.place) if form.place.isdigit() else MOST_ROWS)
        stored = [form.stored() for form in counted]
        for part in self.rows.parts:
            if part.kind == Kind.KEY:
                name_rows(part.name, stored)
        return stored

    def _form(self, index: str, held: Content) -> RowForm:
        return RowForm(
            self.rows, self._desk, held, prefix=f"{self.prefix}-{index}", data=self._data
        )

    def _count(self, held: int) -> int:
        if self._data is None:
            return held + 1
        given = self._data.get(f"{self.prefix}-rows", "")
        if not given.isdigit() or int(given) > MOST_ROWS:
            raise BadRequest
        return int(given)


class Editor:
    """One page: reads the draft, and what was sent back."""

    def __init__(self, section: Section, content: Content, desk: Desk, data: Any = None) -> None:
        self.section, self.desk, self._content = section, desk, content
        held = section.held(content)
        self.form = PartsForm(section.parts, desk, held, prefix=section.under or None, data=data)
        self.lists = [
            RowList(
                rows,
                desk,
                held[rows.name],
                f"{section.under}-{rows.name}" if section.under else rows.name,
                self.form,
            )
            for rows in section.rows
        ]

    def is_valid(self) -> bool:
        """Whether everything on the page can be stored."""
        # Each of them, so that all errors show at once.
        lists = [each for each in self.lists if not each.is_valid()]
        return self.form.is_valid() and not lists

    def content(self) -> dict[str, Any]:
        """The playbook with what was sent back."""
        read = self.form.stored() | {each.rows.name: each.stored() for each in self.lists}
        if not self.section.under:
            return {**self._content, **read}
        held = self.section.held(self._content)
        return {**self._content, self.section.under: {**held, **read}}
