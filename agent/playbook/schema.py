"""The playbook as engines read it. Texts are per language: {"es": …, "en": …}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter

Texts = Mapping[str, str]
QuestionKind = Literal[
    "text", "name", "company", "email", "number", "money", "choice", "date", "yes_no"
]


@dataclass(frozen=True)
class Choice:
    """An allowed value, its label per language and the words that mean it (folded, any language)."""

    value: str
    label: Texts
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """Something to learn. `ask` is how to ask it, `again` how to ask once more.

    `hints` are words that mark an answer inside a longer message (folded, any language).
    `ask_invited` is how to ask where the calendar sends invitations by e-mail; empty: as always.
    """

    key: str
    kind: QuestionKind
    label: Texts
    ask: Texts
    required: bool = True
    again: Texts = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    hints: tuple[str, ...] = ()
    ask_invited: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class ScoreRule:
    """Points when the fact meets the test. `at_least`/`at_most` compare numbers and money."""

    key: str
    test: Literal["known", "equals", "one_of", "at_least", "at_most"]
    points: int
    label: Texts
    value: Any = None


@dataclass(frozen=True)
class Topic:
    """A business fact that answers a digression. `words` trigger it (folded, any language).

    Words that end in «?» must be the whole question. `answer_invited` is the answer where the
    calendar sends invitations with a link to a video call; empty: as always.
    """

    key: str
    words: tuple[str, ...]
    answer: Texts
    answer_invited: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Playbook:
    """Everything a business edits.

    `meeting_note` says how a meeting takes place that has no link to join it.
    """

    business_name: str
    assistant_name: str
    about: Texts
    questions: tuple[Question, ...]
    rules: tuple[ScoreRule, ...]
    topics: tuple[Topic, ...] = ()
    hot_from: int = 60
    warm_from: int = 30
    meeting_from: int = 0
    currency: str = "MXN"
    forbidden_claims: tuple[str, ...] = ()
    meeting_note: Texts = field(default_factory=dict)

    def question(self, key: str) -> Question | None:
        """The question with this key, if there is one."""
        return next((question for question in self.questions if question.key == key), None)

    def with_invitations(self) -> Playbook:
        """The same, as it may speak where the calendar sends invitations."""
        questions = (replace(one, ask=one.ask_invited or one.ask) for one in self.questions)
        topics = (replace(one, answer=one.answer_invited or one.answer) for one in self.topics)
        return replace(self, questions=tuple(questions), topics=tuple(topics))


PLAYBOOK = TypeAdapter(Playbook)


def parse_playbook(content: Any) -> Playbook:
    """Validate stored JSON; raises pydantic.ValidationError naming each wrong field."""
    return PLAYBOOK.validate_python(content)
