"""What a playbook says wrongly although each field alone is right: checked before it is published."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from agent.playbook.anatomy import BY_SLUG, LANGUAGES, Found, Kind, Path, every_part, name_of
from agent.playbook.sayings import empty_words, forbidden_by_itself
from agent.playbook.schema import Disqualifier, Playbook, Question, ScoreRule, dump_playbook

NUMBERS = ("number", "money")
KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,63}")
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Problem:
    """What is wrong and where; a `warning` does not hold the playbook back."""

    section: str
    path: Path
    message: str
    warning: bool = False

    @property
    def field(self) -> str:
        """The name of its field on the page."""
        return name_of(self.path)

    @property
    def place(self) -> str:
        """Its page in the editor."""
        return str(BY_SLUG[self.section].title)


def problems(
    playbook: Playbook, *, templates: Mapping[str, Collection[str]] | None = None
) -> tuple[Problem, ...]:
    """Everything to mend, page by page.

    `templates` are the languages in which each one is approved; without them they are not checked.
    """
    parts = tuple(every_part(dump_playbook(playbook)))
    found = [
        *_empty(playbook, parts),
        *_sayings(playbook, parts),
        *_business(playbook),
        *_questions(playbook),
        *_keys("topics", "topics", "key", [topic.key for topic in playbook.topics]),
        *_score(playbook),
        *_out_of_reach(playbook),
        *_hours(playbook),
        *_nudges(playbook),
        *_templates(playbook, templates),
    ]
    order = list(BY_SLUG)
    return tuple(sorted(found, key=lambda one: (order.index(one.section), one.warning)))


@cache
def time_zones() -> frozenset[str]:
    """All IANA names. They are read from hundreds of files: once is enough."""
    return frozenset(available_timezones())


def blocking(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those that hold it back."""
    return tuple(each for each in found if not each.warning)


def _empty(playbook: Playbook, parts: Iterable[Found]) -> Iterator[Problem]:
    for each in parts:
        if each.part.kind == Kind.TEXTS:
            yield from _unwritten(each, playbook.languages)
        elif each.part.needed and not each.value:
            yield Problem(each.section.slug, each.path, _("This is empty."))


def _unwritten(each: Found, languages: Collection[str]) -> Iterator[Problem]:
    written = {language for language in languages if each.value.get(language, "").strip()}
    if not written and not each.part.needed:
        return
    for language in languages:
        if language not in written:
            name = LANGUAGES.get(language, language)
            message = _("The text in %(language)s is missing.") % {"language": name}
            yield Problem(each.section.slug, (*each.path, language), message)


def _sayings(playbook: Playbook, parts: Iterable[Found]) -> Iterator[Problem]:
    for each, word in empty_words(parts):
        message = _("“%(word)s” has no letter and no digit: it would be found nowhere.")
        yield Problem(each.section.slug, each.path, message % {"word": word})
    for claim, each in forbidden_by_itself(playbook, parts):
        said = {"claim": claim, "page": each.section.title, "label": each.part.label}
        message = _("A text of this playbook says “%(claim)s” itself: %(page)s, %(label)s.")
        yield Problem("claims", ("forbidden_claims",), message % said)


def _business(playbook: Playbook) -> Iterator[Problem]:
    for language in playbook.languages:
        if language not in LANGUAGES:
            message = _("The agent does not speak “%(language)s”.") % {"language": language}
            yield Problem("business", ("languages",), message)
    if len(set(playbook.languages)) < len(playbook.languages):
        yield Problem("business", ("languages",), _("A language stands here twice."))
    if not CURRENCY.fullmatch(playbook.currency):
        yield Problem("business", ("currency",), _("A currency has three capital letters."))


def _questions(playbook: Playbook) -> Iterator[Problem]:
    keys = [question.key for question in playbook.questions]
    yield from _keys("questions", "questions", "key", keys)
    for index, question in enumerate(playbook.questions):
        here = ("questions", index, "choices")
        if question.kind == "choice" and len(question.choices) < 2:
            message = _("A choice needs two allowed answers at least.")
            yield Problem("questions", ("questions", index, "kind"), message)
        values = [choice.value for choice in question.choices]
        for place in _twice(values):
            message = _("This answer stands there twice.")
            yield Problem("questions", (*here, place, "label"), message)


def _keys(section: str, rows: str, name: str, keys: list[str]) -> Iterator[Problem]:
    for place in _twice(keys):
        message = _("“%(key)s” stands there twice.") % {"key": keys[place]}
        yield Problem(section, (rows, place, name), message)
    for place, key in enumerate(keys):
        if not KEY.fullmatch(key):
            message = _("“%(key)s” may have small letters, digits and _ only.") % {"key": key}
            yield Problem(section, (rows, place, name), message)


def _twice(values: list[str]) -> list[int]:
    return [place for place, value in enumerate(values) if value in values[:place]]


def _score(playbook: Playbook) -> Iterator[Problem]:
    if playbook.warm_from >= playbook.hot_from:
        message = _("Warm has to begin below hot.")
        yield Problem("score", ("warm_from",), message)
    for index, rule in enumerate(playbook.rules):
        yield from _tested(playbook, "score", ("rules", index), rule)
    for index, one in enumerate(playbook.disqualifiers):
        yield from _tested(playbook, "disqualifiers", ("disqualifiers", index), one)


def _out_of_reach(playbook: Playbook) -> Iterator[Problem]:
    most = sum(rule.points for rule in playbook.rules if rule.points > 0)
    message = _("All rules together give %(points)s points: no lead gets there.")
    if most and playbook.hot_from > most:
        yield Problem("score", ("hot_from",), message % {"points": most}, warning=True)
    if most and playbook.meetings_offered and playbook.meeting_from > most:
        yield Problem("meetings", ("meeting_from",), message % {"points": most}, warning=True)


def _tested(
    playbook: Playbook, section: str, here: Path, rule: ScoreRule | Disqualifier
) -> Iterator[Problem]:
    question = playbook.question(rule.key)
    if question is None:
        message = _("There is no question “%(key)s” any more.") % {"key": rule.key}
        yield Problem(section, (*here, "key"), message)
    elif problem := _misfit(question, rule):
        yield Problem(section, (*here, "value"), problem)


def _misfit(question: Question, rule: ScoreRule | Disqualifier) -> str:
    if rule.test == "known":
        return ""
    if rule.test in ("at_least", "at_most"):
        if question.kind not in NUMBERS:
            return _("Only numbers and amounts can be compared.")
        return "" if _is_number(rule.value) else _("This is not a number.")
    wanted = rule.value if isinstance(rule.value, list | tuple) else [rule.value]
    if not wanted or wanted == [None] or wanted == [""]:
        return _("This is empty.")
    return next(filter(None, (_not_an_answer(question, value) for value in wanted)), "")


def _not_an_answer(question: Question, value: Any) -> str:
    if question.kind == "choice" and value not in [choice.value for choice in question.choices]:
        return _("“%(value)s” is not among the allowed answers.") % {"value": value}
    if question.kind == "yes_no" and not isinstance(value, bool):
        return _("The answer is yes or no.")
    if question.kind in NUMBERS and not _is_number(value):
        return _("This is not a number.")
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hours(playbook: Playbook) -> Iterator[Problem]:
    if playbook.time_zone not in time_zones():
        message = _("“%(zone)s” is not a time zone.") % {"zone": playbook.time_zone}
        yield Problem("hours", ("time_zone",), message)
    for index, one in enumerate(playbook.opening_hours):
        here = ("opening_hours", index, "closes")
        if one.opens >= one.closes:
            yield Problem("hours", here, _("It has to close after it opens."))
        elif any(
            other.weekday == one.weekday and other.opens < one.closes and one.opens < other.closes
            for other in playbook.opening_hours[:index]
        ):
            yield Problem("hours", here, _("This overlaps another stretch of the same day."))


def _nudges(playbook: Playbook) -> Iterator[Problem]:
    nudges = playbook.follow_ups.nudges
    for index in range(1, len(nudges)):
        if nudges[index].after_minutes <= nudges[index - 1].after_minutes:
            path = ("follow_ups", "nudges", index, "after_minutes")
            yield Problem("follow-ups", path, _("A later nudge has to wait longer."))


def _templates(
    playbook: Playbook, templates: Mapping[str, Collection[str]] | None
) -> Iterator[Problem]:
    named: list[tuple[Path, str]] = [
        (("follow_ups", "nudges", index, "template"), nudge.template)
        for index, nudge in enumerate(playbook.follow_ups.nudges)
    ]
    named += [
        (("follow_ups", name), getattr(playbook.follow_ups, name))
        for name in ("reminder_template", "no_show_template")
    ]
    for path, name in named:
        if templates is None or not name:
            continue
        approved = {language[:2] for language in templates.get(name, ())}
        lacking = [LANGUAGES.get(one, one) for one in playbook.languages if one not in approved]
        if lacking:
            words = {"name": name, "languages": ", ".join(map(str, lacking))}
            message = _("The template “%(name)s” is not approved in: %(languages)s.") % words
            yield Problem("follow-ups", path, message, warning=True)
