"""Replays in words for staff."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent import run_words
from agent.models import Replay
from agent.replay.expectations import ANY, END, BuiltIn, Expectation, Failure, Kind
from conversations.admin import badges, labels
from conversations.admin.labels import FactLabel

Names = Mapping[str, FactLabel]
TONES: Mapping[str, str] = {
    Replay.State.QUEUED: "grey",
    Replay.State.RUNNING: "blue",
    Replay.State.PASSED: "green",
    Replay.State.FAILED: "red",
    Replay.State.CANCELLED: "grey",
}
KINDS: Mapping[Kind, Promise] = {
    Kind.MUST_HAND_OVER: gettext_lazy("It hands over to a person"),
    Kind.MUST_NOT_HAND_OVER: gettext_lazy("It does not hand over"),
    Kind.MUST_SAY: gettext_lazy("It says these words"),
    Kind.MUST_NOT_SAY: gettext_lazy("It does not say these words"),
    Kind.FACT_EQUALS: gettext_lazy("It understands this answer"),
    Kind.SCORE_AT_LEAST: gettext_lazy("The score is at least"),
    Kind.SCORE_AT_MOST: gettext_lazy("The score is at most"),
    Kind.MUST_OFFER_SLOTS: gettext_lazy("It offers times"),
    Kind.MUST_NOT_BOOK: gettext_lazy("It books nothing"),
}
BUILT_IN: Mapping[str, Promise] = {
    BuiltIn.ASKED_FOR_PERSON: gettext_lazy("The lead asked for a person and was not handed over."),
    BuiltIn.SAID_STOP: gettext_lazy("The lead said stop, and something was said all the same."),
    BuiltIn.GATE: gettext_lazy("An answer was stopped by our checks"),
    BuiltIn.EMPTY: gettext_lazy("Nothing was said."),
    BuiltIn.UNDECIDED: gettext_lazy("The turn could not be decided"),
}


def state_badge(replay: Replay) -> SafeString:
    """How far it is and how it ended."""
    return badges.badge(replay.get_state_display(), TONES.get(replay.state, "grey"))


def problem_text(problem: str) -> str:
    """What kept it from passing as a whole."""
    kind, _space, title = problem.partition(" ")
    if kind != BuiltIn.NOTHING_TO_PLAY:
        return problem
    return _("Of the case “%(title)s” nothing is left to play: switch it off.") % {"title": title}


def failure_text(failure: Failure, names: Names) -> str:
    """What did not hold."""
    if failure.expected is not None:
        wanted = expectation_text(failure.expected, names)
        return _("Case “%(title)s”: %(wanted)s") % {"title": failure.title, "wanted": wanted}
    words = str(BUILT_IN.get(failure.kind, failure.kind))
    gates = failure.kind == BuiltIn.GATE
    parts = failure.detail.split(", ") if failure.detail else []
    detail = ", ".join(run_words.gate_name(part) if gates else part for part in parts)
    return f"{words}: {detail}" if detail else words


def expectation_text(expected: Expectation, names: Names) -> str:
    """One expectation as a sentence."""
    words = str(KINDS[expected.kind])
    said = detail_text(expected, names)
    when = when_text(expected)
    return f"{words}{f' {said}' if said else ''} ({when})"


def detail_text(expected: Expectation, names: Names) -> str:
    """What it is compared with."""
    match expected.kind:
        case Kind.MUST_SAY | Kind.MUST_NOT_SAY:
            return f"“{expected.words}”"
        case Kind.FACT_EQUALS:
            name = labels.fact_name(expected.key, names)
            return f"{name} = {labels.fact_value(expected.key, expected.value, names)}"
        case Kind.SCORE_AT_LEAST | Kind.SCORE_AT_MOST:
            return str(expected.points)
        case _:
            return ""


def when_text(expected: Expectation) -> str:
    """In which turn."""
    if expected.at == ANY:
        return _("at any point")
    if expected.at == END:
        return _("at the end")
    return _("in turn %(number)s") % {"number": expected.at}
