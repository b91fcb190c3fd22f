"""Every point of conversations.crashpoints that the campaign kills at."""

from __future__ import annotations

# The tools that a lead can make the guided agent use.
TOOLS = ("save_answers", "find_slots", "check_and_book", "reschedule", "cancel_meeting", "hand_off")
# Each lead passes these many times; the others once or twice in its life.
FREQUENT = (
    "answer.claimed",
    "answer.started",
    "answer.decided",
    "answer.finishing",
    "answer.done",
    "deliver.claimed",
    "deliver.sending",
    "deliver.accepted",
    "deliver.refused",
    "deliver.recorded",
    "deliver.releasing",
)
RARE = (
    "booking.claimed",
    "booking.checked",
    "booking.answered",
    "booking.settled",
    "cancel.stored",
    "cancel.done",
    *(f"tool.{tool}{end}" for tool in TOOLS for end in ("", ".done")),
)
POINTS = (*FREQUENT, *RARE)
