"""Form fields of the playbook editor: one for each kind of part."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent.admin.playbook_words import DAY, HOUR, Reader, duration
from agent.playbook.anatomy import LANGUAGES, REMINDERS, Kind, Part
from agent.playbook.problems import Problem, time_zones

LONGEST = 2000
Notes = Mapping[str, Sequence[Problem]]
UNITS = ((1, gettext_lazy("minutes")), (HOUR, gettext_lazy("hours")), (DAY, gettext_lazy("days")))


@dataclass(frozen=True)
class Desk:
    """What fields offer to choose from, and what is to be mended in them, by the field's name."""

    reader: Reader
    languages: Sequence[str]
    templates: Collection[str]
    notes: Notes


class TextsWidget(forms.Widget):
    """A box for each language, which the page draws."""

    def __init__(self, languages: Sequence[str]) -> None:
        super().__init__()
        self.languages = languages

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """Each language that was filled in."""
        given = {language: data.get(f"{name}-{language}", "") for language in self.languages}
        return {language: _lines(text) for language, text in given.items() if text.strip()}


class TextsField(forms.Field):
    """A text per language. Those of languages that the playbook left stay as they are."""

    def __init__(self, *, languages: Sequence[str]) -> None:
        super().__init__(required=False, widget=TextsWidget(languages))
        self.languages = languages

    def clean(self, value: Any) -> dict[str, str]:
        """Check the length."""
        if any(len(text) > LONGEST for text in value.values()):
            raise forms.ValidationError(_("At most %(most)s characters.") % {"most": LONGEST})
        return dict(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether a text differs."""
        before = initial or {}
        return any(before.get(one, "") != data.get(one, "") for one in self.languages)


class WordsField(forms.CharField):
    """Words or phrases, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """Show the list as lines."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        """Read the lines as a list, each once."""
        lines = (line.strip() for line in super().clean(value).splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether a line differs."""
        return bool(list(initial or []) != self.clean(data))


class DurationWidget(forms.MultiWidget):
    """A number and its unit."""

    def __init__(self, label: str) -> None:
        number = forms.NumberInput(attrs={"min": 1, "aria-label": label})
        unit = forms.Select(choices=UNITS, attrs={"aria-label": _("unit of time")})
        super().__init__({"number": number, "unit": unit})

    def decompress(self, value: Any) -> list[Any]:
        """Take the largest unit that comes out even."""
        if not value:
            return [None, HOUR]
        unit = next(size for size in (DAY, HOUR, 1) if value % size == 0)
        return [value // unit, unit]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Minutes, or nothing."""
        number, unit = super().value_from_datadict(data, files, name)
        if not (number or "").strip():
            return None
        try:
            return int(number) * int(unit or 1)
        except ValueError:
            return number


def build(part: Part, desk: Desk, current: Any) -> forms.Field:
    """The field of a part; what it holds now can be chosen even if nothing else offers it."""
    field = BUILDERS[part.kind](part, desk, current)
    field.label, field.help_text = str(part.label), str(part.help)
    return field


def _line(_part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.CharField(required=False, max_length=200)


def _key(_part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


def _texts(_part: Part, desk: Desk, _current: Any) -> forms.Field:
    return TextsField(languages=desk.languages)


def _words(part: Part, _desk: Desk, _current: Any) -> forms.Field:
    widget = forms.Textarea(attrs={"rows": part.lines})
    return WordsField(required=False, max_length=20_000, widget=widget)


def _number(part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.IntegerField(min_value=part.low, max_value=part.high)


def _flag(_part: Part, _desk: Desk, current: Any) -> forms.Field:
    # A new question is needed unless the manager says otherwise.
    return forms.BooleanField(required=False, initial=current is None)


def _time(_part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


def _duration(part: Part, _desk: Desk, _current: Any) -> forms.Field:
    widget = DurationWidget(str(part.label))
    return forms.IntegerField(min_value=part.low, max_value=part.high, widget=widget)


def _reminders(_part: Part, _desk: Desk, current: Any) -> forms.Field:
    offered = sorted({*REMINDERS, *(current or ())}, reverse=True)
    return forms.TypedMultipleChoiceField(
        required=False,
        coerce=int,
        choices=[(minutes, duration(minutes)) for minutes in offered],
        widget=forms.CheckboxSelectMultiple,
    )


def _option(part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.ChoiceField(choices=part.options, initial=part.options[0][0])


def _languages(_part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.MultipleChoiceField(
        choices=tuple(LANGUAGES.items()), widget=forms.CheckboxSelectMultiple
    )


def _zone(_part: Part, _desk: Desk, current: Any) -> forms.Field:
    names = sorted({*time_zones(), *filter(None, [current])})
    return forms.ChoiceField(choices=[(name, name.replace("_", " ")) for name in names])


def _question(_part: Part, desk: Desk, current: Any) -> forms.Field:
    offered = desk.reader.questions()
    if current and current not in dict(offered):
        gone = _("%(key)s (no question any more)") % {"key": current}
        offered = [*offered, (current, gone)]
    return forms.ChoiceField(choices=offered, initial=offered[0][0] if offered else None)


def _answer(_part: Part, _desk: Desk, _current: Any) -> forms.Field:
    return forms.CharField(required=False, max_length=500)


def _template(_part: Part, desk: Desk, current: Any) -> forms.Field:
    names = sorted({*desk.templates, *filter(None, [current])})
    return forms.ChoiceField(
        required=False, choices=[("", _("None")), *((name, name) for name in names)]
    )


BUILDERS: Mapping[Kind, Callable[[Part, Desk, Any], forms.Field]] = {
    Kind.KEY: _key,
    Kind.LINE: _line,
    Kind.TEXTS: _texts,
    Kind.WORDS: _words,
    Kind.NUMBER: _number,
    Kind.POINTS: _number,
    Kind.FLAG: _flag,
    Kind.TIME: _time,
    Kind.DURATION: _duration,
    Kind.REMINDERS: _reminders,
    Kind.OPTION: _option,
    Kind.LANGUAGES: _languages,
    Kind.ZONE: _zone,
    Kind.QUESTION: _question,
    Kind.ANSWER: _answer,
    Kind.TEMPLATE: _template,
}


def as_initial(part: Part, value: Any, reader: Reader, row: Mapping[str, Any]) -> Any:
    """A stored value as its field takes it."""
    if part.kind == Kind.TIME and value:
        return time.fromisoformat(value)
    if part.kind == Kind.ANSWER:
        return reader.answer(row["key"], value)
    return value


def as_stored(part: Part, value: Any, before: Any, desk: Desk) -> Any:
    """What a field read, as it is stored; texts of languages that are not spoken stay."""
    if part.kind == Kind.TIME:
        return value.isoformat()
    if part.kind == Kind.TEXTS:
        unspoken = {k: v for k, v in (before or {}).items() if k not in desk.languages}
        return {**unspoken, **value}
    return value


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
