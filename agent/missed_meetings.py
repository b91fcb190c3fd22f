"""Who did not come to a meeting is offered other times, to choose from a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from agent import decisions
from agent.context import known_facts, language_of
from agent.playbook.schema import Playbook
from agent.playbook.scoring import score
from agent.turn import SlotView
from agent.wording import pick, slot_list
from conversations.models import FollowUp
from conversations.services import meeting_offers, offers_found
from conversations.services.meeting_results import OfferedSlot
from conversations.services.outbound import Draft
from conversations.services.slot_choice import Wish
from integrations.scheduling import Calendar
from integrations.whatsapp.phones import guess_time_zone


def times_for(
    follow_up_id: UUID, calendar: Calendar | None, *, now: datetime
) -> Sequence[OfferedSlot]:
    """Look for times outside of any transaction; only these follow-ups need any."""
    rows = FollowUp.objects.filter(pk=follow_up_id, kind=FollowUp.Kind.NO_SHOW)
    conversation_id = rows.values_list("conversation", flat=True).first()
    if calendar is None or conversation_id is None:
        return ()
    return meeting_offers.find_slots(
        conversation_id=conversation_id, wish=Wish(), calendar=calendar, now=now
    ).slots


def draft(
    playbook: Playbook, row: FollowUp, *, found: Sequence[OfferedSlot], now: datetime
) -> Draft:
    """The playbook's words, and the times where there are any. Needs the caller's transaction."""
    conversation = row.conversation
    language = language_of(conversation)
    said = pick(playbook.follow_ups.no_show_text, language)
    lead = conversation.lead
    if not (found and score(playbook, known_facts(lead)).may_meet):
        return Draft(said)
    _zone, certain = guess_time_zone(lead.phone_number or "")
    reply = slot_list(
        [
            SlotView(slot.id, slot.starts_at, slot.ends_at, slot.host)
            for slot in offers_found.remember(found, now=now)
        ],
        zone=lead.time_zone or (row.meeting.time_zone if row.meeting else playbook.time_zone),
        language=language,
        certain=certain or bool(conversation.agent_state.get("zone")),
        intro=said,
    )
    # Their next words choose among these.
    conversation.agent_state = {**conversation.agent_state, "phase": "slots", "asking": ""}
    conversation.save(update_fields=["agent_state"])
    return decisions.draft(reply)
