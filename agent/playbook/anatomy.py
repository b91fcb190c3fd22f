"""The parts of a playbook, named once: the editor, its checks and comparisons all read this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise
Options = tuple[tuple[str, Words], ...]


class Kind(StrEnum):
    """What a part holds, which says how it is edited, checked and shown."""

    KEY = auto()
    LINE = auto()
    TEXTS = auto()
    WORDS = auto()
    NUMBER = auto()
    POINTS = auto()
    FLAG = auto()
    TIME = auto()
    DURATION = auto()
    REMINDERS = auto()
    OPTION = auto()
    LANGUAGES = auto()
    ZONE = auto()
    QUESTION = auto()
    ANSWER = auto()
    TEMPLATE = auto()


@dataclass(frozen=True)
class Part:
    """One thing that a manager fills in.

    `needed` parts may not be empty when the playbook is published. `lines` is how much room a text
    gets; `low` and `high` are what the schema takes.
    """

    name: str
    kind: Kind
    label: Words
    help: Words = ""
    needed: bool = False
    lines: int = 1
    low: int | None = None
    high: int | None = None
    options: Options = ()


@dataclass(frozen=True)
class Rows:
    """A list of the same things, in an order that may matter. `title` names the part to call it by."""

    name: str
    one: Words
    many: Words
    parts: tuple[Part, ...]
    title: tuple[str, ...]
    within: Rows | None = None
    ordered: bool = True


@dataclass(frozen=True)
class Section:
    """A page of the editor. `under` is the object of the playbook that holds its parts."""

    slug: str
    title: Words
    help: Words
    parts: tuple[Part, ...] = ()
    rows: tuple[Rows, ...] = ()
    under: str = ""

    def held(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """What of the content this section edits."""
        return content[self.under] if self.under else content


LANGUAGES: Mapping[str, Words] = {"es": _("Spanish"), "en": _("English"), "pt": _("Portuguese")}
REMINDERS = (2880, 1440, 720, 180, 120, 60, 30, 15)
KINDS: Options = (
    ("text", _("Free text")),
    ("name", _("Name")),
    ("company", _("Company")),
    ("email", _("E-mail")),
    ("number", _("Number")),
    ("money", _("Amount of money")),
    ("choice", _("One of the allowed answers")),
    ("date", _("Date")),
    ("yes_no", _("Yes or no")),
)
TESTS: Options = (
    ("known", _("was answered")),
    ("equals", _("is exactly")),
    ("one_of", _("is one of")),
    ("at_least", _("is at least")),
    ("at_most", _("is at most")),
)
WEEKDAYS: Options = (
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
)
ANY_LANGUAGE = _("One a line, in any language; accents and capitals do not matter.")

KEY = Part("key", Kind.KEY, _("name inside"))
LABEL = Part("label", Kind.TEXTS, _("Name"), _("As staff see it."), needed=True)
CHOICES = Rows(
    "choices",
    _("allowed answer"),
    _("Allowed answers"),
    (
        Part("value", Kind.KEY, _("name inside")),
        Part("label", Kind.TEXTS, _("Answer"), _("As the lead sees it."), needed=True),
        Part("words", Kind.WORDS, _("Words that mean it"), ANY_LANGUAGE, lines=3),
    ),
    ("label",),
)
QUESTIONS = Rows(
    "questions",
    _("question"),
    _("Questions"),
    (
        KEY,
        LABEL,
        Part("kind", Kind.OPTION, _("Kind of answer"), options=KINDS),
        Part("required", Kind.FLAG, _("Needed to qualify a lead")),
        Part("ask", Kind.TEXTS, _("How to ask"), needed=True, lines=2),
        Part(
            "again",
            Kind.TEXTS,
            _("How to ask once more"),
            _("When the answer was not understood. Empty: the same words."),
            lines=2,
        ),
        Part(
            "ask_invited",
            Kind.TEXTS,
            _("How to ask where the calendar sends invitations"),
            _("Empty: as always."),
            lines=2,
        ),
        Part(
            "hints",
            Kind.WORDS,
            _("Words that mark the answer in a longer message"),
            ANY_LANGUAGE,
            lines=3,
        ),
    ),
    ("label",),
    within=CHOICES,
)
TESTED = (
    Part("key", Kind.QUESTION, _("Answer to")),
    Part("test", Kind.OPTION, _("Test"), options=TESTS),
    Part(
        "value",
        Kind.ANSWER,
        _("Value"),
        _("A number, yes or no, or an allowed answer; several are parted by «;»."),
    ),
)
RULES = Rows(
    "rules",
    _("rule"),
    _("Rules"),
    (
        *TESTED,
        Part("points", Kind.POINTS, _("Points"), low=-1000, high=1000),
        Part("label", Kind.TEXTS, _("Explanation"), _("Shown beside the points."), needed=True),
    ),
    ("label", "points"),
)
DISQUALIFIERS = Rows(
    "disqualifiers",
    _("disqualifier"),
    _("Disqualifiers"),
    (
        *TESTED,
        Part("label", Kind.TEXTS, _("Explanation"), _("Shown to staff."), needed=True),
        Part("say", Kind.TEXTS, _("What the lead is told"), _("Empty: our own words."), lines=3),
    ),
    ("label",),
)
TOPICS = Rows(
    "topics",
    _("answer"),
    _("Answers it knows"),
    (
        KEY,
        Part(
            "words",
            Kind.WORDS,
            _("Words that ask for it"),
            _("One a line, in any language. A line that ends in «?» must be the whole question."),
            needed=True,
            lines=4,
        ),
        Part("answer", Kind.TEXTS, _("Answer"), needed=True, lines=3),
        Part(
            "answer_invited",
            Kind.TEXTS,
            _("Answer where the calendar sends invitations"),
            _("Empty: as always."),
            lines=3,
        ),
    ),
    ("answer",),
)
OPENING_HOURS = Rows(
    "opening_hours",
    _("hours of a day"),
    _("Opening hours"),
    (
        Part("weekday", Kind.OPTION, _("Day"), options=WEEKDAYS),
        Part("opens", Kind.TIME, _("Opens")),
        Part("closes", Kind.TIME, _("Closes")),
    ),
    ("weekday", "opens", "closes"),
    ordered=False,
)
NUDGES = Rows(
    "nudges",
    _("nudge"),
    _("Nudges to a silent lead"),
    (
        Part("after_minutes", Kind.DURATION, _("After our last words"), low=5, high=43200),
        Part("text", Kind.TEXTS, _("What it says"), needed=True, lines=3),
        Part(
            "template",
            Kind.TEMPLATE,
            _("Template for when the 24 hours are over"),
            _("Without one nothing is sent then."),
        ),
    ),
    ("after_minutes", "text"),
)
SECTIONS = (
    Section(
        "business",
        _("The business"),
        _("Who the agent speaks for, and how."),
        (
            Part("business_name", Kind.LINE, _("Name of the business"), needed=True),
            Part("assistant_name", Kind.LINE, _("Name of the assistant"), needed=True),
            Part("about", Kind.TEXTS, _("What the business does"), needed=True, lines=4),
            Part("tone", Kind.TEXTS, _("Tone"), _("How the model speaks."), lines=3),
            Part(
                "languages",
                Kind.LANGUAGES,
                _("Languages"),
                _("Every text is written in each of them."),
                needed=True,
            ),
            Part("currency", Kind.LINE, _("Currency"), _("Three letters, such as MXN.")),
        ),
    ),
    Section(
        "topics",
        _("Business facts"),
        _("What leads ask about, and the answers. Nothing else is claimed."),
        rows=(TOPICS,),
    ),
    Section(
        "questions",
        _("Questions"),
        _("What the agent finds out, in this order."),
        rows=(QUESTIONS,),
    ),
    Section(
        "score",
        pgettext_lazy("of the playbook", "Score"),
        _("Points come from these rules alone, never from a model."),
        (
            Part("hot_from", Kind.NUMBER, _("Hot from, points"), low=-10000, high=10000),
            Part("warm_from", Kind.NUMBER, _("Warm from, points"), low=-10000, high=10000),
        ),
        (RULES,),
    ),
    Section(
        "disqualifiers",
        _("Disqualifiers"),
        _("Who meets one is cold whatever the points, and is offered no meeting."),
        rows=(DISQUALIFIERS,),
    ),
    Section(
        "meetings",
        _("Meetings"),
        _("Whether the agent offers times of the calendar, and to whom."),
        (
            Part("meetings_offered", Kind.FLAG, _("The agent offers meetings")),
            Part("meeting_from", Kind.NUMBER, _("From, points"), low=-10000, high=10000),
            Part(
                "meeting_note",
                Kind.TEXTS,
                _("How a meeting without a link takes place"),
                lines=2,
            ),
        ),
    ),
    Section(
        "hand-off",
        _("Handing over"),
        _("When a person takes over, beyond being asked for one."),
        (
            Part("words", Kind.WORDS, _("Words that hand over at once"), ANY_LANGUAGE, lines=6),
            Part(
                "stuck_after",
                Kind.NUMBER,
                _("After so many questions in a row without an answer"),
                low=1,
                high=10,
            ),
            Part(
                "off_topic_after",
                Kind.NUMBER,
                _("After so many messages in a row that are not about the business"),
                low=1,
                high=10,
            ),
        ),
        under="hand_off",
    ),
    Section(
        "hours",
        _("Opening hours"),
        _("When people of the business answer. The agent answers at any time."),
        (Part("time_zone", Kind.ZONE, _("Time zone"), needed=True),),
        (OPENING_HOURS,),
    ),
    Section(
        "claims",
        _("Forbidden claims"),
        _("No message of the agent leaves with one of these in it."),
        (Part("forbidden_claims", Kind.WORDS, _("Forbidden claims"), ANY_LANGUAGE, lines=12),),
    ),
    Section(
        "follow-ups",
        _("Follow-ups"),
        _(
            "What is said unasked: to a lead that went silent, before a meeting, and after a no-show."
        ),
        (
            Part("quiet_from", Kind.TIME, _("Quiet from"), _("On the lead's clock.")),
            Part("quiet_until", Kind.TIME, _("Quiet until"), _("On the lead's clock.")),
            Part("reminders", Kind.REMINDERS, _("Reminders before a meeting")),
            Part(
                "reminder_template",
                Kind.TEMPLATE,
                _("Template for reminders when the 24 hours are over"),
                _("Without one nothing is sent then."),
            ),
            Part(
                "no_show_minutes",
                Kind.DURATION,
                _("Who did not come to a meeting hears of it, after its end"),
                low=5,
                high=10080,
            ),
            Part(
                "no_show_text",
                Kind.TEXTS,
                _("What they hear"),
                _("New times follow by themselves. Empty: nothing is said."),
                lines=3,
            ),
            Part(
                "no_show_template",
                Kind.TEMPLATE,
                _("Template for who did not come, when the 24 hours are over"),
                _("Without one nothing is sent then."),
            ),
        ),
        (NUDGES,),
        under="follow_ups",
    ),
)
BY_SLUG: Mapping[str, Section] = {section.slug: section for section in SECTIONS}
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Found:
    """A part with its value, and where in the playbook it stands."""

    section: Section
    path: Path
    part: Part
    value: Any


def every_part(content: Mapping[str, Any]) -> Iterator[Found]:
    """All that a manager can fill in, in the order of the pages."""
    for section in SECTIONS:
        start: Path = (section.under,) if section.under else ()
        held = section.held(content)
        yield from _of(section, start, section.parts, held)
        for rows in section.rows:
            yield from _of_rows(section, start, rows, held)


def _of_rows(section: Section, start: Path, rows: Rows, held: Mapping[str, Any]) -> Iterator[Found]:
    for index, row in enumerate(held[rows.name]):
        here = (*start, rows.name, index)
        yield from _of(section, here, rows.parts, row)
        if rows.within is not None:
            yield from _of_rows(section, here, rows.within, row)


def _of(
    section: Section, start: Path, parts: tuple[Part, ...], held: Mapping[str, Any]
) -> Iterator[Found]:
    for part in parts:
        yield Found(section, (*start, part.name), part, held[part.name])


def name_of(path: Path) -> str:
    """The name of its field on the page."""
    return "-".join(map(str, path))
