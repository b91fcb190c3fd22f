"""What a lead and a conversation are like once another one has joined them. No database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from conversations.models import Conversation, Lead, Mode, Source, Stage

# Lost counts for less than a talk that goes on elsewhere: who writes again is not lost.
FURTHER = [
    Stage.NEW,
    Stage.LOST,
    Stage.QUALIFYING,
    Stage.QUALIFIED,
    Stage.MEETING,
    Stage.WON,
]
OF_WHO_WROTE_LAST = ("profile_name", "username", "phone_number")
OF_THE_KEPT = ("name", "email", "company", "language", "time_zone", "owner_id")
STAGE = ("stage", "stage_before_meeting")
ORIGIN = ("source", "source_id", "source_url", "source_headline", "ctwa_clid")
OPT_OUTS = ("opted_out_at", "marketing_opted_out_at")
SCORE = ("score", "score_lines", "temperature")
# What changes together is put back together, or not at all.
LEAD_GROUPS: tuple[tuple[str, ...], ...] = (
    *((name,) for name in (*OF_WHO_WROTE_LAST, *OF_THE_KEPT, *OPT_OUTS)),
    STAGE,
    ORIGIN,
    SCORE,
)
HOLDER = ("mode", "handoff_reason", "handoff_at")
LAST_WORDS = ("last_message_at", "last_message_text")
DUE = ("answer_pending_since", "answer_due_at")
WINDOW = ("last_inbound_at", "window_expires_at", "free_entry_until")
AWAITED = ("awaits_original_until",)
SETTLED = ("history_from",)
CONVERSATION_GROUPS: tuple[tuple[str, ...], ...] = (
    HOLDER,
    LAST_WORDS,
    DUE,
    WINDOW,
    ("language",),
    ("agent_state",),
    ("unread_count",),
    AWAITED,
    SETTLED,
)


def joined_lead(kept: Lead, merged: Lead, *, merged_wrote_last: bool) -> dict[str, Any]:
    """The columns of the lead that stays; the score follows the facts."""
    writer, other = (merged, kept) if merged_wrote_last else (kept, merged)
    further = max((kept, merged), key=lambda lead: FURTHER.index(Stage(lead.stage)))
    first, later = sorted((kept, merged), key=lambda lead: (lead.created_at, lead.pk))
    brought = later if first.source == Source.DIRECT else first
    return {
        **{name: getattr(writer, name) or getattr(other, name) for name in OF_WHO_WROTE_LAST},
        **{name: getattr(kept, name) or getattr(merged, name) for name in OF_THE_KEPT},
        **{name: getattr(further, name) for name in STAGE},
        **{name: getattr(brought, name) for name in ORIGIN},
        **{name: _first((getattr(kept, name), getattr(merged, name))) for name in OPT_OUTS},
    }


def joined_name(kept: Lead, merged: Lead, *, locked: Mapping[str, str]) -> str:
    """What the lead that stays will be called: one it told us itself counts for more.

    `locked` are columns that staff locked.
    """
    last = wrote_last(merged.conversation, than=kept.conversation)
    return str(Lead(pk=kept.pk, **{**joined_lead(kept, merged, merged_wrote_last=last), **locked}))


def joined_conversation(
    kept: Conversation, merged: Conversation, *, waiting: bool, now: datetime
) -> dict[str, Any]:
    """The columns of the conversation that stays. `waiting`: the agent has to answer in it."""
    holder = merged if kept.mode == Mode.BOT else kept
    latest = max((kept, merged), key=lambda each: each.last_message_at)
    since = _first((kept.answer_pending_since, merged.answer_pending_since))
    return {
        **{name: getattr(holder, name) for name in HOLDER},
        **{name: getattr(latest, name) for name in LAST_WORDS},
        **{name: _last((getattr(kept, name), getattr(merged, name))) for name in WINDOW + AWAITED},
        "answer_pending_since": (since or now) if waiting else None,
        "answer_due_at": now if waiting else None,
        "language": kept.language or merged.language,
        "agent_state": kept.agent_state or merged.agent_state,
        "unread_count": kept.unread_count + merged.unread_count,
        "history_from": max(kept.history_from, merged.history_from),
    }


def wrote_last(conversation: Conversation, than: Conversation) -> bool:
    """Whether the lead of the one wrote after the lead of the other."""
    if conversation.last_inbound_at is None:
        return False
    return than.last_inbound_at is None or conversation.last_inbound_at > than.last_inbound_at


def _first(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _last(times: Iterable[datetime | None]) -> datetime | None:
    return max((at for at in times if at is not None), default=None)
