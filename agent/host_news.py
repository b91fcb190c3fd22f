"""What staff do with a meeting, here or in their calendar, told to the lead as it is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from agent import decisions
from agent.context import known_facts, language_of, meeting_view
from agent.playbook.schema import Playbook, parse_playbook
from agent.playbook.scoring import score
from agent.playbook.store import published
from agent.turn import Reply, SlotView
from agent.wording import (
    cancelled_by_host,
    cancelled_by_us,
    confirmation,
    first_name,
    moved_by_host,
)
from conversations.models import Author, Conversation, HandoffReason, Meeting, MeetingState, Mode
from conversations.services import handoff, meeting_checks, meeting_offers, offers_found, outbound
from conversations.services.lanes import lock_current
from conversations.services.meeting_calendar import Tell
from conversations.services.meeting_results import OfferedSlot, summary_of
from conversations.services.slot_choice import Wish
from integrations.scheduling import Calendar
from integrations.whatsapp.phones import guess_time_zone

Clock = Callable[[], datetime]


def check(*, calendar: Calendar, clock: Clock) -> int:
    """Read the events that are due; leads hear of what changed."""
    return meeting_checks.check_due(
        calendar=calendar,
        clock=clock,
        tell=lambda meeting: tell_moved(meeting, now=clock()),
        prepare=lambda meeting: prepare_cancelled(meeting, calendar=calendar, now=clock()),
    )


def tell_moved(meeting: Meeting, *, now: datetime) -> None:
    """Needs the transaction that made this row. Longer or shorter is nothing to tell."""
    if meeting.replaces is not None and meeting.replaces.during.lower == meeting.during.lower:
        return
    conversation = lock_current(meeting.lead.conversation.pk)
    text = moved_by_host(
        meeting_view(summary_of(meeting)),
        language_of(conversation),
        name=first_name(conversation.lead.name),
        zone=conversation.lead.time_zone,
        note=_playbook(now).meeting_note,
    )
    _say(conversation, Reply(text), now)


def tell_staff_change(meeting: Meeting, *, now: datetime) -> None:
    """What a colleague booked, moved or called off. Needs the transaction that made it so."""
    if meeting.state == MeetingState.CONFIRMED and meeting.replaces is not None:
        tell_moved(meeting, now=now)
        return
    conversation = lock_current(meeting.lead.conversation.pk)
    view, language = meeting_view(summary_of(meeting)), language_of(conversation)
    lead = conversation.lead
    name, zone = first_name(lead.name), lead.time_zone
    if meeting.state == MeetingState.CONFIRMED:
        note = _playbook(now).meeting_note
        text = confirmation(view, language, name=name, zone=zone, note=note)
    else:
        text = cancelled_by_us(view, language, name=name, zone=zone)
    _say(conversation, Reply(text), now)


def prepare_cancelled(meeting: Meeting, *, calendar: Calendar, now: datetime) -> Tell:
    """Look for other times outside of any transaction; what it gives tells of them in one."""
    conversation = meeting.lead.conversation
    found: Sequence[OfferedSlot] = ()
    lead = conversation.lead
    may_hear = conversation.mode == Mode.BOT and lead.opted_out_at is None
    # What the rules would not let them take is not offered: a person finds another time.
    if may_hear and score(_playbook(now), known_facts(lead)).may_meet:
        found = meeting_offers.find_slots(
            conversation_id=conversation.pk, wish=Wish(), calendar=calendar, now=now
        ).slots
    return partial(_tell_cancelled, found=found, conversation_id=conversation.pk, now=now)


def _tell_cancelled(
    meeting: Meeting, *, found: Sequence[OfferedSlot], conversation_id: UUID, now: datetime
) -> None:
    conversation = lock_current(conversation_id)
    lead = conversation.lead
    is_ours = conversation.mode == Mode.BOT and lead.opted_out_at is None
    slots = offers_found.remember(found, now=now) if found and is_ours else ()
    _guessed, certain = guess_time_zone(lead.phone_number or "")
    reply = cancelled_by_host(
        meeting_view(summary_of(meeting)),
        [SlotView(slot.id, slot.starts_at, slot.ends_at, slot.host) for slot in slots],
        language_of(conversation),
        name=first_name(lead.name),
        zone=lead.time_zone,
        certain=certain or bool(conversation.agent_state.get("zone")),
    )
    _say(conversation, reply, now)
    if slots:
        # Their next words choose among these.
        conversation.agent_state = {**conversation.agent_state, "phase": "slots", "asking": ""}
        conversation.save(update_fields=["agent_state"])
    elif conversation.mode == Mode.BOT:
        handoff.give_to_staff(
            conversation=conversation, reason=HandoffReason.PROVIDER_DOWN, staff=None, now=now
        )


def _say(conversation: Conversation, reply: Reply, now: datetime) -> None:
    """Whoever answers there; nothing to who said stop: then a colleague has to know.

    Where the window is closed the outbox gives it to staff with these words.
    """
    if conversation.lead.opted_out_at is not None:
        handoff.give_to_staff(
            conversation=conversation, reason=HandoffReason.SEND_FAILED, staff=None, now=now
        )
        return
    draft = decisions.draft(reply)
    outbound.queue_one(
        conversation,
        author=Author.SYSTEM,
        staff=None,
        text=draft.text,
        now=now,
        kind=draft.kind,
        content=draft.content,
    )


def _playbook(now: datetime) -> Playbook:
    return parse_playbook(published(now=now).content)
