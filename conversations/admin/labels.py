"""What the playbook says of facts. It lies above us, so the agent's admin hands it down."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.forms import Field
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from conversations.models import Lead, User


@dataclass(frozen=True)
class FactLabel:
    """A question's name, the names of its allowed values, and of the score's rules about it."""

    label: str
    values: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuestionField:
    """A question that staff may answer: its name and the form field for its kind of answer."""

    label: str
    field: Field


class MisfitError(Exception):
    """The answer does not fit its question."""


class FactDesk(Protocol):
    """Names of questions, and what follows when staff answer one."""

    def labels(self) -> Mapping[str, FactLabel]:
        """Names in the viewer's language, by fact key; keys without one show as they are."""

    def declined(self, *, lead: Lead) -> Collection[str]:
        """Keys of questions that the lead did not want to answer."""

    def question(self, key: str, *, current: Any) -> QuestionField | None:
        """How to ask staff for it, filled with what holds now."""

    def correct(
        self, *, lead_id: UUID, key: str, value: Any, staff: User, now: datetime, lock: bool
    ) -> None:
        """Store a cleaned answer and rate the lead again; raises MisfitError."""


class _NoDesk:
    """Nobody knows any question."""

    def labels(self) -> Mapping[str, FactLabel]:
        return {}

    def declined(self, *, lead: Lead) -> Collection[str]:
        return ()

    def question(self, key: str, *, current: Any) -> QuestionField | None:
        return None

    def correct(
        self, *, lead_id: UUID, key: str, value: Any, staff: User, now: datetime, lock: bool
    ) -> None:
        raise MisfitError


_desks: list[FactDesk] = [_NoDesk()]


def provide(desk: FactDesk) -> None:
    """Ask this desk from now on."""
    _desks[0] = desk


def desk() -> FactDesk:
    """Whoever knows the questions."""
    return _desks[0]


def in_language(texts: object) -> str:
    """Pick the viewer's language from {"es": …, "en": …}; plain text stays."""
    if isinstance(texts, Mapping):
        language = (get_language() or "en")[:2]
        return str(texts.get(language) or next(iter(texts.values()), ""))
    return str(texts or "")


def fact_name(key: str, names: Mapping[str, FactLabel]) -> str:
    """A fact by its question's name."""
    return names[key].label if key in names else key.replace("_", " ").capitalize()


def fact_value(key: str, value: Any, names: Mapping[str, FactLabel]) -> str:
    """A stored answer, by its label where the question has choices."""
    shown = value_text(value)
    return names[key].values.get(shown, shown) if key in names else shown


def value_text(value: Any) -> str:
    """A stored answer as people read it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part not in (None, ""))
    if isinstance(value, list):
        return ", ".join(value_text(part) for part in value)
    if isinstance(value, int | float):
        return f"{value:,}"
    return str(value)
