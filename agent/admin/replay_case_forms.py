"""The form of a case: its title, whether it is played, and what must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent.admin import replay_words
from agent.engines.guided.folding import fold
from agent.playbook.schema import Playbook, Question
from agent.replay.expectations import ANY, END, Expectation, Kind
from agent.tools.answers import misfit
from conversations.admin.labels import in_language

TURN = "turn"
BLANK_ROWS = 2
SAYING = (Kind.MUST_SAY, Kind.MUST_NOT_SAY)
SCORING = (Kind.SCORE_AT_LEAST, Kind.SCORE_AT_MOST)


class CaseForm(forms.Form):
    """What a case is called, and whether it is played."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "replay-title"}),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("Played with every draft"), required=False, initial=True
    )


class ExpectationForm(forms.Form):
    """One thing that must hold; a row without a kind is no row."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    words = forms.CharField(label=gettext_lazy("Words"), max_length=300, required=False)
    key = forms.ChoiceField(label=gettext_lazy("Question"), required=False)
    value = forms.CharField(label=gettext_lazy("Answer"), max_length=300, required=False)
    points = forms.IntegerField(label=gettext_lazy("Points"), required=False)
    at = forms.ChoiceField(label=gettext_lazy("When"), required=False)
    turn = forms.IntegerField(label=gettext_lazy("Turn number"), min_value=1, required=False)

    def __init__(self, *args: Any, playbook: Playbook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._playbook = playbook
        questions = [(each.key, in_language(each.label)) for each in playbook.questions]
        self._choices("kind", [("", "—"), *replay_words.KINDS.items()])
        self._choices("key", [("", "—"), *questions])
        self._choices(
            "at", [(ANY, _("at any point")), (END, _("at the end")), (TURN, _("in a certain turn"))]
        )

    def clean(self) -> dict[str, Any]:
        """What a kind needs must be there."""
        given = super().clean() or {}
        kind = given.get("kind")
        if kind in SAYING and not given.get("words"):
            self.add_error("words", _("Which words?"))
        if kind in SCORING and given.get("points") is None:
            self.add_error("points", _("How many points?"))
        if given.get("at") == TURN and not given.get("turn"):
            self.add_error("turn", _("Which turn?"))
        if kind == Kind.FACT_EQUALS:
            self._clean_answer(given)
        return given

    def expectation(self) -> Expectation | None:
        """The row as a case stores it."""
        given = self.cleaned_data
        if not given.get("kind"):
            return None
        kind = Kind(given["kind"])
        answers = kind is Kind.FACT_EQUALS
        return Expectation(
            kind=kind,
            at=str(given["turn"]) if given["at"] == TURN else given["at"] or ANY,
            words=given["words"] if kind in SAYING else "",
            key=given["key"] if answers else "",
            value=given["value"] if answers else None,
            points=given["points"] if kind in SCORING else 0,
        )

    def _clean_answer(self, given: dict[str, Any]) -> None:
        question = self._playbook.question(given.get("key") or "")
        if question is None:
            self.add_error("key", _("Which question?"))
            return
        for candidate in candidates(question, given.get("value", "")):
            if not misfit(question, candidate):
                given["value"] = candidate
                return
        self.add_error("value", _("This answer does not fit the question."))

    def _choices(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]


def candidates(question: Question, typed: str) -> Iterable[Any]:
    """What somebody who typed this may mean, as the agent stores answers."""
    text = typed.strip()
    for choice in question.choices:
        if fold(text).plain in {fold(label).plain for label in choice.label.values()}:
            yield choice.value
    if question.kind == "yes_no":
        yield from [truth for truth, words in YES_NO.items() if fold(text).plain in words]
    number = text.replace(",", "")
    if question.kind in ("number", "money") and number.replace(".", "", 1).isdigit():
        yield float(number) if "." in number else int(number)
    yield text


YES_NO: Mapping[bool, tuple[str, ...]] = {
    True: ("yes", "si", "sim", "true"),
    False: ("no", "nao", "false"),
}


def row_of(expected: Expectation) -> dict[str, Any]:
    """A stored expectation as the form shows it."""
    is_turn = expected.at not in (ANY, END)
    return {
        "kind": expected.kind,
        "words": expected.words,
        "key": expected.key,
        "value": _shown(expected.value),
        "points": expected.points if expected.kind in SCORING else None,
        "at": TURN if is_turn else expected.at,
        "turn": int(expected.at) if is_turn else None,
    }


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "" if value is None else str(value)


Rows = forms.formset_factory(ExpectationForm, extra=BLANK_ROWS, max_num=20, absolute_max=20)
