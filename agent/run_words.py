"""The agent's own names of things, in words for staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent.model_calls import Refusal
from agent.outcome import FORBIDS
from agent.turn import BookingStatus

# What each check looks for, and what was wrong when it stopped an answer.
GATES: Mapping[str, tuple[Promise, Promise]] = {
    "not_empty": (gettext_lazy("Has words"), gettext_lazy("The answer had no words.")),
    "length": (gettext_lazy("Short enough"), gettext_lazy("The answer was too long for WhatsApp.")),
    "shape": (
        gettext_lazy("Buttons and lists in form"),
        gettext_lazy("WhatsApp would have refused its buttons or its list."),
    ),
    "repetition": (
        gettext_lazy("Does not repeat itself"),
        gettext_lazy("It had said the same thing just before."),
    ),
    "price": (
        gettext_lazy("Prices of the playbook only"),
        gettext_lazy("It named or promised a price that the playbook does not state."),
    ),
    "forbidden": (
        gettext_lazy("No forbidden claims"),
        gettext_lazy("It made a claim that the playbook forbids."),
    ),
    "person": (
        gettext_lazy("Promises no person in vain"),
        gettext_lazy("It promised a person without handing the conversation over."),
    ),
    "booked": (
        gettext_lazy("Meetings as they are booked"),
        gettext_lazy("What it said of a meeting is not what the calendar holds."),
    ),
    "internal": (
        gettext_lazy("No internal words"),
        gettext_lazy("It showed internal words or ids."),
    ),
    "urls": (
        gettext_lazy("Known links only"),
        gettext_lazy("It named a link or an address that is not in the playbook."),
    ),
    "numbers": (
        gettext_lazy("Known phone numbers only"),
        gettext_lazy("It named a phone number that is not in the playbook."),
    ),
    "disclosure": (
        gettext_lazy("Says that it is an assistant"),
        gettext_lazy("Its first message did not say that it is a virtual assistant."),
    ),
    "leak": (
        gettext_lazy("Keeps its instructions"),
        gettext_lazy("It repeated its internal instructions."),
    ),
    "asked": (
        gettext_lazy("Hands over who asks for a person"),
        gettext_lazy("The lead had asked for a person."),
    ),
    "language": (
        gettext_lazy("In the lead's language"),
        gettext_lazy("It answered in another language than the lead's."),
    ),
}
TOOLS: Mapping[str, Promise] = {
    "save_answers": gettext_lazy("Noted answers"),
    "find_slots": gettext_lazy("Looked for times"),
    "check_and_book": gettext_lazy("Booked a time"),
    "reschedule": gettext_lazy("Moved the meeting"),
    "cancel_meeting": gettext_lazy("Cancelled the meeting"),
    "hand_off": gettext_lazy("Handed over to staff"),
}
# Why a model's call of a tool was not carried out.
NOT_DONE: Mapping[str, Promise] = {
    "quote": gettext_lazy("The words it quoted are not the lead's."),
    "arguments": gettext_lazy("There is no such tool, or it was not asked in its form."),
    "no_meeting": gettext_lazy("The playbook offers this lead no meeting yet."),
    "past": gettext_lazy("That day is over."),
    "unasked": gettext_lazy("The lead had not asked to cancel."),
}
BOOKINGS: Mapping[str, Promise] = {
    BookingStatus.CONFIRMED: gettext_lazy("Confirmed"),
    BookingStatus.PENDING: gettext_lazy("Held: the calendar will be asked again"),
    BookingStatus.TAKEN: gettext_lazy("Somebody was faster"),
    BookingStatus.EXPIRED: gettext_lazy("The offer was too old"),
    BookingStatus.HAS_MEETING: gettext_lazy("The lead already has a meeting"),
    BookingStatus.NO_MEETING: gettext_lazy("There is no meeting"),
    BookingStatus.LIMIT: gettext_lazy("Too many changes in one day"),
    BookingStatus.CANCELLED: gettext_lazy("Cancelled"),
    BookingStatus.UNAVAILABLE: gettext_lazy("The calendar refused"),
}
SEARCHES: Mapping[str, Promise] = {
    "no_slots": gettext_lazy("No free time"),
    "calendar_down": gettext_lazy("The calendar did not answer"),
}
PARTS: Mapping[str, Promise] = {
    "morning": gettext_lazy("in the morning"),
    "afternoon": gettext_lazy("in the afternoon"),
}
HOURS: Mapping[str, Promise] = {
    "": gettext_lazy("at %(hour)s"),
    "after": gettext_lazy("after %(hour)s"),
    "before": gettext_lazy("before %(hour)s"),
}
ENGINES: Mapping[str, Promise] = {
    "guided": gettext_lazy("Guided"),
    "llm": gettext_lazy("Language model"),
}
LEAD: Mapping[str, Promise] = {
    "name": gettext_lazy("name"),
    "profile_name": gettext_lazy("WhatsApp name"),
    "email": gettext_lazy("e-mail"),
    "company": gettext_lazy("company"),
    "time_zone": gettext_lazy("time zone"),
}
REFUSALS: Mapping[Refusal, Promise] = {
    Refusal.LEAD_BUDGET: gettext_lazy("Budget of one lead used up"),
    Refusal.DAY_BUDGET: gettext_lazy("Budget of the day used up"),
    Refusal.TOTAL_BUDGET: gettext_lazy("Whole budget used up"),
    Refusal.LEAD_HOUR: gettext_lazy("This lead's calls of the model within an hour are used up"),
    Refusal.LEAD_DAY: gettext_lazy("This lead's calls of the model within a day are used up"),
    Refusal.MODEL_DOWN: gettext_lazy("The model failed too often and is left alone"),
    Refusal.NO_PRICE: gettext_lazy("The model has no price"),
}
TOO_SLOW = gettext_lazy("The language model took too long.")
NOT_USABLE = gettext_lazy("The language model's answer could not be used.")
IN_CIRCLES = gettext_lazy("The language model went round in circles.")
CANNOT_PAY = gettext_lazy("The account at the provider cannot pay.")
NO_ENTRY = gettext_lazy("The provider turned our key down.")
TURNED_DOWN = gettext_lazy("The provider turned the request down.")
THEIR_FAULT = gettext_lazy("The provider had a fault of its own.")
# What a call that failed is named by: how it ended, the provider's code, or the HTTP status.
FAULTS: Mapping[str, Promise] = {
    "deadline": TOO_SLOW,
    "no answer": gettext_lazy("The language model did not answer."),
    "refused": gettext_lazy("The language model refused to answer."),
    "incomplete": gettext_lazy("The language model's answer was cut off."),
    "empty answer": NOT_USABLE,
    "broken tool call": NOT_USABLE,
    "tool calls without ids": NOT_USABLE,
    "insufficient_quota": CANNOT_PAY,
    "billing_hard_limit_reached": CANNOT_PAY,
    "account_deactivated": CANNOT_PAY,
    "400": TURNED_DOWN,
    "401": NO_ENTRY,
    "403": NO_ENTRY,
    "404": gettext_lazy("The provider does not know this model."),
    "408": TOO_SLOW,
    "413": TURNED_DOWN,
    "422": TURNED_DOWN,
    "429": gettext_lazy("The provider takes no more requests from us for now."),
}
ERRORS: Mapping[str, Promise] = {
    "Timeout": TOO_SLOW,
    "Connection": gettext_lazy("The provider could not be reached."),
    "Limit": IN_CIRCLES,
}
# How the two ways begin in which our own checks stop an answer.
VETOED = ("vetoed by ", "VetoError: ")
ERROR = re.compile(r"^(\w*Error)(?:: |\b)")
STATUS = re.compile(r"\b[1-5]\d\d\b")


def said(words: Mapping[str, Promise], name: str) -> str:
    """In words, or as it is stored."""
    return str(words.get(name, name.replace("_", " ")))


def gate_name(name: str) -> str:
    """What a check looks for."""
    return str(GATES[name][0]) if name in GATES else name.replace("_", " ")


def gate_reason(name: str, reason: str) -> str:
    """Why it stopped an answer; the model got the exact words."""
    if name not in GATES:
        return reason
    claim = reason.removeprefix(FORBIDS) if reason.startswith(FORBIDS) else ""
    return f"{GATES[name][1]} «{claim}»" if claim else str(GATES[name][1])


def remark(stored: Mapping[str, Any]) -> str:
    """What was turned down of a model's answer, and why."""
    name, reason = str(stored.get("name", "")), str(stored.get("reason", ""))
    if stored.get("kind") == "gate":
        return gate_reason(name, str(stored.get("detail", "")))
    words = {"tool": said(TOOLS, name), "why": said(NOT_DONE, reason)}
    return _("Turned down (%(tool)s): %(why)s") % words


def problem(text: str) -> str:
    """Why an engine did not decide, in words; what nobody foresaw as it came."""
    for start in VETOED:
        if text.startswith(start):
            names = text.removeprefix(start).split(", ")
            return _("Stopped by: %(checks)s") % {"checks": ", ".join(map(gate_name, names))}
    if refusal := Refusal.named_in(text):
        return str(REFUSALS[refusal])
    return str(_fault(text) or text)


def _fault(text: str) -> Promise | None:
    kind = text.removeprefix("FaultError: ")
    status = STATUS.search(kind)
    names = [kind, *kind.split(), *([status[0]] if status else [])]
    known = [FAULTS[name] for name in names if name in FAULTS]
    if known:
        # A provider's code says more than the status it came with.
        return CANNOT_PAY if CANNOT_PAY in known else known[0]
    if status is not None and status[0] >= "500":
        return THEIR_FAULT
    error = ERROR.match(kind)
    return next((ERRORS[each] for each in ERRORS if error and each in error[1]), None)
