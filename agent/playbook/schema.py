"""The playbook as engines read it. Texts are per language: {"es": …, "en": …}."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

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


RuleTest = Literal["known", "equals", "one_of", "at_least", "at_most"]


@dataclass(frozen=True)
class ScoreRule:
    """Points when the fact meets the test. `at_least`/`at_most` compare numbers and money."""

    key: str
    test: RuleTest
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
class Disqualifier:
    """A fact that rules a lead out: cold whatever the points, and no meeting is offered.

    `say` is what the lead is told, kindly; empty: our own words.
    """

    key: str
    test: RuleTest
    label: Texts
    value: Any = None
    say: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class HandOffRules:
    """When a person takes over, beyond being asked for one.

    `words` hand over at once (folded, any language). `stuck_after` counts questions without an
    answer in a row, `off_topic_after` messages in a row that are not about the business.
    """

    words: tuple[str, ...] = ()
    stuck_after: Annotated[int, Field(ge=1, le=10)] = 2
    off_topic_after: Annotated[int, Field(ge=1, le=10)] = 3


@dataclass(frozen=True)
class OpenHours:
    """When people of the business answer: one stretch of a weekday (0 Monday), its own clock."""

    weekday: Annotated[int, Field(ge=0, le=6)]
    opens: time
    closes: time


@dataclass(frozen=True)
class Nudge:
    """What a silent lead hears, `after_minutes` after our last words.

    `template` is the name of an approved template for when the window has closed; empty: nothing
    is sent then.
    """

    after_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 30)]
    text: Texts
    template: str = ""


def no_show_text() -> Texts:
    """What a playbook says that was written before one could say it otherwise."""
    return {
        "es": "No pudimos vernos en la cita, no pasa nada. ¿Buscamos otra hora?",
        "en": "We missed each other at the appointment, no worries. Shall we find another time?",
        "pt": "A gente se desencontrou na reunião, sem problema. Vamos marcar outro horário?",
    }


@dataclass(frozen=True)
class FollowUpRules:
    """What is said unasked. Nothing leaves from `quiet_from` to `quiet_until`, the lead's clock.

    `reminders` are minutes before a meeting; `reminder_template` is for a closed window. Who did
    not come hears `no_show_text`, `no_show_minutes` after the meeting's end; empty: nothing.
    """

    nudges: tuple[Nudge, ...] = ()
    quiet_from: time = time(21)
    quiet_until: time = time(9)
    reminders: tuple[Annotated[int, Field(ge=5, le=60 * 24 * 7)], ...] = ()
    reminder_template: str = ""
    no_show_minutes: Annotated[int, Field(ge=5, le=60 * 24 * 7)] = 30
    no_show_text: Texts = field(default_factory=no_show_text)
    no_show_template: str = ""


@dataclass(frozen=True)
class Playbook:
    """Everything a business edits.

    `meeting_note` says how a meeting takes place that has no link to join it. `tone` is how the
    model speaks. `opening_hours` are on the clock of `time_zone` (IANA).
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
    tone: Texts = field(default_factory=dict)
    languages: tuple[str, ...] = ("es", "en")
    disqualifiers: tuple[Disqualifier, ...] = ()
    meetings_offered: bool = True
    hand_off: HandOffRules = field(default_factory=HandOffRules)
    time_zone: str = "America/Mexico_City"
    opening_hours: tuple[OpenHours, ...] = ()
    follow_ups: FollowUpRules = field(default_factory=FollowUpRules)

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


def dump_playbook(playbook: Playbook) -> dict[str, Any]:
    """The JSON to store, every field in it."""
    plain: dict[str, Any] = PLAYBOOK.dump_python(playbook, mode="json")
    return plain
