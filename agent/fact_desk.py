"""Staff answer a playbook question: the form field for its kind, the check, the new score."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from agent import rating
from agent.context import known_facts
from agent.engines.guided.memory import Memory
from agent.models import PlaybookVersion
from agent.playbook.schema import Playbook, Question, parse_playbook
from agent.tools.answers import LONGEST, misfit
from conversations.admin.labels import FactLabel, MisfitError, QuestionField, in_language
from conversations.models import Lead, User
from conversations.services import facts

LARGEST = Decimal(10) ** 14
NUMBERS = ("number", "money")


class PlaybookDesk:
    """The questions of the published playbook, in the viewer's language."""

    def labels(self) -> Mapping[str, FactLabel]:
        playbook = _published()
        return (
            {}
            if playbook is None
            else {one.key: _label(one, playbook) for one in playbook.questions}
        )

    def declined(self, *, lead: Lead) -> Collection[str]:
        conversation = getattr(lead, "conversation", None)
        return Memory.load(conversation.agent_state).declined if conversation else ()

    def question(self, key: str, *, current: Any) -> QuestionField | None:
        playbook = _published()
        question = playbook.question(key) if playbook else None
        if question is None:
            return None
        field = _field(question)
        field.initial = _shown(question, current)
        return QuestionField(in_language(question.label), field)

    @transaction.atomic
    def correct(
        self, *, lead_id: UUID, key: str, value: Any, staff: User, now: datetime, lock: bool
    ) -> None:
        playbook = _published()
        stored = _stored(value)
        if playbook is None or misfit(playbook.question(key), stored):
            raise MisfitError
        facts.correct(lead_id=lead_id, key=key, value=stored, staff=staff, now=now, lock=lock)


def rescore(*, lead_id: UUID) -> None:
    """Rate a lead by the published rules."""
    playbook = _published()
    if playbook is not None:
        known = known_facts(Lead.objects.get(pk=lead_id))
        rating.rate(lead_id=lead_id, playbook=playbook, facts=known)


def readable(content: Any) -> Playbook | None:
    """The playbook in a stored version, unless it is broken."""
    try:
        return parse_playbook(content)
    except ValidationError:
        return None


def _published() -> Playbook | None:
    rows = PlaybookVersion.objects.filter(state=PlaybookVersion.State.PUBLISHED)
    return readable(rows.values_list("content", flat=True).first())


def _label(question: Question, playbook: Playbook) -> FactLabel:
    return FactLabel(
        rules=tuple(in_language(each.label) for each in playbook.rules if each.key == question.key),
        label=in_language(question.label),
        values={choice.value: in_language(choice.label) for choice in question.choices},
    )


def _field(question: Question) -> forms.Field:
    if question.kind in NUMBERS:
        least = 0 if question.kind == "money" else -LARGEST
        return forms.DecimalField(max_value=LARGEST, min_value=least)
    if question.kind == "choice":
        choices = [(each.value, in_language(each.label)) for each in question.choices]
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
    if question.kind == "yes_no":
        return forms.TypedChoiceField(
            choices=[("yes", _("Yes")), ("no", _("No"))],
            coerce=lambda text: text == "yes",
            widget=forms.RadioSelect,
        )
    if question.kind == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    if question.kind == "email":
        return forms.EmailField(max_length=LONGEST)
    return forms.CharField(max_length=LONGEST)


def _shown(question: Question, current: Any) -> Any:
    if question.kind == "yes_no" and isinstance(current, bool):
        return "yes" if current else "no"
    return current


def _stored(value: Any) -> Any:
    """As the agent stores the same answer."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value
