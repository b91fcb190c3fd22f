"""The tools as the model sees them: slot ids and quoted words, never a lead, a phone or a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from langchain.tools import ToolRuntime, tool
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, Field

from agent.engines.guided.folding import fold
from agent.engines.guided.intents import Intent, find_intents
from agent.engines.llm.turn_state import Turn
from agent.prompts.render import label
from agent.prompts.text import as_data, clean, find_quote
from agent.turn import Answer, BookingResult, HandoffWhy, SlotView, SlotWish

T = TypeVar("T")
# The context is a Turn; said to pydantic, it would validate and copy it on every call.
Runtime = ToolRuntime[Any, Any]
RECENT = 2
CANCELLING = frozenset(
    {Intent.CANCEL, Intent.CANNOT, Intent.NO, Intent.YES, Intent.NOT_INTERESTED, Intent.NO_MEETING}
)
NO_QUOTE = "quote is not in the lead's messages: copy it character for character"


class GivenAnswer(BaseModel):
    """One answer as the model hands it in."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(max_length=64, description="key of a playbook question")
    value: str | bool | int | float = Field(description="the answer; for a choice its value")
    quote: str = Field(max_length=500, description="the lead's exact words that say so")


@tool
def save_answers(answers: list[GivenAnswer], runtime: Runtime) -> str:
    """Store what the lead said in answer to playbook questions, with the words they used."""
    turn: Turn = runtime.context
    turn.count("save_answers")
    found: list[Answer] = []
    rejected: dict[str, str] = {}
    for given in answers[:20]:
        answer = _locate(given, turn)
        if answer is None:
            rejected[given.key] = NO_QUOTE
            turn.note("tool", "save_answers", "quote", f"{given.key}: {given.quote}")
        else:
            found.append(answer)
    saved: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    known = turn.context.facts
    if found:
        result = turn.desk.call(lambda: turn.witness.save_answers(found))
        saved, proposed, known = result.saved, result.proposed, result.facts
        rejected |= result.rejected
    noted = {"noted_for_a_colleague": list(proposed)} if proposed else {}
    return _json(
        saved=list(saved), **noted, rejected=rejected, open=_open(turn, {f.key for f in known})
    )


@tool
def find_slots(
    runtime: Runtime,
    day: str = "",
    part: Literal["", "morning", "afternoon"] = "",
    at: str = "",
) -> str:
    """Find free times and show them to the lead as a list.

    `day` is YYYY-MM-DD or empty; `at` is HH:MM when the lead named an hour, else empty.
    """
    turn: Turn = runtime.context
    turn.count("find_slots")
    try:
        wanted = date.fromisoformat(day) if day else None
    except ValueError:
        return _refused(turn, "find_slots", "arguments", "day must be YYYY-MM-DD")
    try:
        hour = time.fromisoformat(at).replace(second=0, microsecond=0, tzinfo=None) if at else None
    except ValueError:
        return _refused(turn, "find_slots", "arguments", "at must be HH:MM")
    if refusal := _no_meeting(turn, "find_slots"):
        return refusal
    today = turn.context.now.astimezone(ZoneInfo(turn.context.lead.time_zone)).date()
    if wanted and wanted < today:
        told = f"{day} is in the past, today is {today}"
        return _refused(turn, "find_slots", "past", told)
    wish = SlotWish(day=wanted, part=part, at=hour)
    result = turn.desk.call(lambda: turn.witness.find_slots(wish))
    return _json(slots=_slots(result.slots, turn), problem=result.problem)


@tool
def check_and_book(slot_id: str, runtime: Runtime) -> str:
    """Check an offered time again and book it. `slot_id` comes from the times on offer."""
    return _book(runtime.context, "check_and_book", slot_id)


@tool
def reschedule(slot_id: str, runtime: Runtime) -> str:
    """Move the lead's meeting to an offered time. `slot_id` comes from the times on offer."""
    return _book(runtime.context, "reschedule", slot_id)


@tool
def cancel_meeting(runtime: Runtime) -> str:
    """Cancel the lead's meeting. Only after the lead clearly said so."""
    turn: Turn = runtime.context
    turn.count("cancel_meeting")
    if not _may_cancel(turn):
        told = "the lead has not said that they want to cancel: ask them first"
        return _refused(turn, "cancel_meeting", "unasked", told)
    return _booked(turn.desk.call(turn.witness.cancel_meeting), turn)


@tool
def hand_off(
    reason: Literal["asked", "frustrated", "stuck", "policy", "off_topic"], runtime: Runtime
) -> str:
    """Give the conversation to a person of the team. Tell the lead in your reply."""
    turn: Turn = runtime.context
    turn.count("hand_off")
    turn.desk.call(lambda: turn.witness.hand_off(HandoffWhy(reason)))
    return _json(status="handed off")


TOOLS: tuple[BaseTool, ...] = (
    save_answers,
    find_slots,
    check_and_book,
    reschedule,
    cancel_meeting,
    hand_off,
)
# As the provider gets them: made once, not for each call.
SCHEMAS: list[BaseTool | dict[str, Any]] = [convert_to_openai_tool(each) for each in TOOLS]


def _book(turn: Turn, name: Literal["check_and_book", "reschedule"], slot_id: str) -> str:
    turn.count(name)
    if refusal := _no_meeting(turn, name):
        return refusal
    # The database refuses NUL; an id longer than any of ours is not one.
    wanted = clean(slot_id)[:100]
    act: Callable[[str], BookingResult] = getattr(turn.witness, name)
    return _booked(turn.desk.call(lambda: act(wanted)), turn)


def _booked(result: BookingResult, turn: Turn) -> str:
    fields: dict[str, Any] = {"status": result.status.value}
    if result.meeting:
        fields["meeting"] = label(result.meeting.starts_at, result.meeting.time_zone)
    if result.alternatives:
        fields["other_slots"] = _slots(result.alternatives, turn)
    return _json(**fields)


def _no_meeting(turn: Turn, tool: str) -> str:
    """Why no meeting may be offered or booked now; who has one may always move it."""
    if turn.context.meeting is not None or turn.may_meet:
        return ""
    told = "the playbook offers this lead no meeting: see the situation"
    return _refused(turn, tool, "no_meeting", told)


def _refused(turn: Turn, tool: str, reason: str, told: str) -> str:
    turn.note("tool", tool, reason, told)
    return _json(error=told)


def _may_cancel(turn: Turn) -> bool:
    """A cancellation cannot be undone: the lead's own recent words must ask for it or agree."""
    context = turn.context
    before = [line.text for line in context.history if line.author == "lead"]
    words = [*before[-RECENT:], *(message.text for message in context.inbound)]
    return any(find_intents(fold(text).plain) & CANCELLING for text in words)


def _locate(given: GivenAnswer, turn: Turn) -> Answer | None:
    """Find which message holds the quote; the newest wins."""
    for message in reversed(turn.context.inbound):
        if quote := find_quote(given.quote, message.text):
            value = clean(given.value) if isinstance(given.value, str) else given.value
            return Answer(given.key, value, message.message_id, quote)
    return None


def _open(turn: Turn, known: set[str]) -> list[str]:
    questions = turn.context.playbook.questions
    return [q.key for q in questions if q.required and q.key not in known]


def _slots(slots: tuple[SlotView, ...], turn: Turn) -> list[Mapping[str, str]]:
    zone = turn.context.lead.time_zone
    return [
        {"slot_id": slot.id, "time": label(slot.starts_at, zone), "host": as_data(slot.host)}
        for slot in slots
    ]


def _json(**fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False)
