"""Names of questions. The playbook lies above us, so the agent's admin hands its names down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language


@dataclass(frozen=True)
class FactLabel:
    """A question's name, and the names of its allowed values."""

    label: str
    values: Mapping[str, str] = field(default_factory=dict)


Labels = Callable[[], Mapping[str, FactLabel]]


def _no_labels() -> Mapping[str, FactLabel]:
    return {}


_provider: list[Labels] = [_no_labels]


def provide(labels: Labels) -> None:
    """Take names from this function from now on."""
    _provider[0] = labels


def fact_labels() -> Mapping[str, FactLabel]:
    """Names in the viewer's language, by fact key; keys without one show as they are."""
    return _provider[0]()


def in_language(texts: object) -> str:
    """Pick the viewer's language from {"es": …, "en": …}; plain text stays."""
    if isinstance(texts, Mapping):
        language = (get_language() or "en")[:2]
        return str(texts.get(language) or next(iter(texts.values()), ""))
    return str(texts or "")
