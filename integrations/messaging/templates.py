"""Message templates: what a provider holds, says of them, and how one is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class TemplateStatus(StrEnum):
    """Whether a template may be sent: only an approved one may."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    DELETED = "deleted"
    OTHER = "other"


@dataclass(frozen=True)
class TemplateChange:
    """Something about a template changed; None and "" are what was not said."""

    name: str
    language: str
    provider_template_id: str = ""
    status: TemplateStatus | None = None
    category: str = ""
    quality: str = ""
    reason: str = ""


@dataclass(frozen=True)
class TemplateUse:
    """An approved template with its variables filled, in the order of their places.

    `names` is parallel to `body`, and `header_names` to `header`, when the template's variables
    have names instead of numbers. `buttons` holds (index of the button, value) for those that take
    a value.
    """

    name: str
    language: str
    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    buttons: tuple[tuple[int, str], ...] = ()
    header_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class TemplateInfo:
    """A template as the provider holds it. `components` is the provider's own, for read_template.

    Every string may be stored in Postgres as it is.
    """

    name: str
    language: str
    status: TemplateStatus
    provider_template_id: str = ""
    category: str = ""
    quality: str = ""
    reason: str = ""
    components: Sequence[Any] = ()
    named_parameters: bool = False


@dataclass(frozen=True)
class TemplateButton:
    """A button under a template. With `takes_value`, `url` ends with a place for one."""

    index: int
    text: str
    url: str = ""
    takes_value: bool = False


@dataclass(frozen=True)
class TemplateShape:
    """What a template says, with {{places}} in its texts, and what each place shows as a sample.

    `obstacle` says in a word why we cannot send it: it needs a file, a form or a code of ours.
    """

    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    header_places: tuple[str, ...] = ()
    body_places: tuple[str, ...] = ()
    samples: Mapping[str, str] = field(default_factory=dict)
    obstacle: str = ""


class TemplateSourceError(Exception):
    """The templates could not be read; the text is for staff."""


class TemplateSource(Protocol):
    """Holds the message templates that the provider approved, or not."""

    def templates(self) -> Sequence[TemplateInfo]:
        """Give all of them or raise TemplateSourceError: part of a list would look like deletions."""
