"""What a lead reads, per language: one place for both engines."""

from __future__ import annotations

from agent.wording.clock import (
    clock,
    date_and_time,
    date_name,
    day_name,
    near_day,
    slot_title,
    zone_name,
)
from agent.wording.meetings import (
    cancelled,
    cancelled_by_host,
    cancelled_by_us,
    confirm_book,
    confirm_cancel,
    confirm_move,
    confirmation,
    hand_off,
    handing_over,
    meeting_details,
    moved_by_host,
    reminder,
    slot_list,
    taken,
    wished,
)
from agent.wording.questions import ask, greeting, in_currency, money, our_languages
from agent.wording.texts import TEXTS, first_name, pick, say
from agent.wording.unheard import unheard

__all__ = [
    "TEXTS",
    "ask",
    "cancelled",
    "cancelled_by_host",
    "cancelled_by_us",
    "clock",
    "confirm_book",
    "confirm_cancel",
    "confirm_move",
    "confirmation",
    "date_and_time",
    "date_name",
    "day_name",
    "first_name",
    "greeting",
    "hand_off",
    "handing_over",
    "in_currency",
    "meeting_details",
    "money",
    "moved_by_host",
    "near_day",
    "our_languages",
    "pick",
    "reminder",
    "say",
    "slot_list",
    "slot_title",
    "taken",
    "unheard",
    "wished",
    "zone_name",
]
