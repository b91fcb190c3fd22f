"""What an engine gets to see, read from rows; and how it is stored with the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from pydantic import TypeAdapter

from agent.playbook.schema import Playbook
from agent.turn import (
    LANGUAGES,
    NO_MARKETING,
    OWN_NUMBER,
    HistoryLine,
    InboundText,
    KnownFact,
    Language,
    LeadView,
    MeetingView,
    SlotView,
    TurnContext,
)
from conversations.compiled import Compiled
from conversations.models import (
    Attachment,
    Author,
    Conversation,
    Direction,
    Lead,
    Message,
    State,
)
from conversations.services import facts, meetings, words
from integrations.messaging import MessageKind
from integrations.whatsapp.phones import guess_time_zone

HISTORY = 30
LONGEST_LABEL = 500
# Words about other messages: an edited one has its new text already.
NOT_SAID = [MessageKind.EDIT, MessageKind.REVOKE]
DEFAULT_ZONE = "America/Mexico_City"
STORED = TypeAdapter(TurnContext)


def build(
    *, conversation: Conversation, pending: Sequence[Message], playbook: Playbook, now: datetime
) -> TurnContext:
    """Read everything a turn decides from. No phone number and no id of the lead is in it."""
    history = _history(conversation)
    return TurnContext(
        now=now,
        language=language_of(conversation),
        playbook=playbook,
        lead=_lead_view(conversation.lead),
        inbound=tuple(inbound_text(message) for message in pending),
        history=history,
        facts=known_facts(conversation.lead),
        state=conversation.agent_state,
        meeting=_meeting(conversation.lead, now),
        offered=tuple(
            SlotView(slot.id, slot.starts_at, slot.ends_at, slot.host)
            for slot in meetings.current_offer(conversation_id=conversation.id, now=now)
        ),
        first_turn=not any(line.author != "lead" for line in history),
    )


def known_facts(lead: Lead) -> tuple[KnownFact, ...]:
    """The lead's current facts."""
    return tuple(
        KnownFact(fact.key, fact.value, fact.quote) for fact in facts.current(lead_id=lead.pk)
    )


def dump(context: TurnContext) -> dict[str, Any]:
    """JSON without the playbook: the run names its version."""
    return cast(dict[str, Any], STORED.dump_python(context, mode="json", exclude={"playbook"}))


def load(stored: dict[str, Any], playbook: Playbook) -> TurnContext:
    """The context that was dumped."""
    empty: dict[str, Any] = {
        "business_name": "",
        "assistant_name": "",
        "about": {},
        "questions": [],
        "rules": [],
    }
    return replace(STORED.validate_python({**stored, "playbook": empty}), playbook=playbook)


def language_of(conversation: Conversation) -> Language:
    """The language the lead is answered in."""
    return next((one for one in LANGUAGES if one == conversation.language), LANGUAGES[0])


def _lead_view(lead: Lead) -> LeadView:
    _zone, certain = guess_time_zone(lead.phone_number or "")
    return LeadView(
        name=lead.name,
        profile_name=lead.profile_name,
        email=lead.email,
        company=lead.company,
        time_zone=lead.time_zone or DEFAULT_ZONE,
        time_zone_certain=certain,
    )


def inbound_text(message: Message) -> InboundText:
    """A message as an engine reads it."""
    kind = _kind(message)
    return InboundText(
        message_id=str(message.pk),
        text=words.of(message),
        kind=kind,
        # A template's button says nothing by its id, least of all this one.
        reply_id="" if kind == NO_MARKETING else message.content.get("reply_id", ""),
        label=words.label_of(message)[:LONGEST_LABEL],
        images=_images(message) if message.kind == MessageKind.IMAGE else (),
        form=words.form_of(message),
    )


def _kind(message: Message) -> str:
    if words.shares_own_number(message):
        return OWN_NUMBER
    return NO_MARKETING if words.refuses_marketing(message) else message.kind


def _images(message: Message) -> tuple[str, ...]:
    """Ids only: a picture itself is never part of what a run keeps."""
    stored = message.attachments.filter(state=Attachment.State.STORED).order_by("id")
    return tuple(str(file_id) for file_id in stored.values_list("id", flat=True))


def _history(conversation: Conversation) -> tuple[HistoryLine, ...]:
    """The last lines that were really said: nothing cancelled, failed, deleted or unanswered.

    Our last answer is among them even if it was queued after the words that wait now came in.
    What the lead wrote in a group is not: we are not spoken to there. Nor is what staff settled
    before they gave the conversation back: the agent begins anew, with the facts, and says again
    that it is a machine.
    """
    messages = SAID.rows(conversation_id=conversation.pk, since=conversation.history_from)
    return tuple(history_line(message) for message in reversed(words.hear(messages)))


def _said(conversation_id: UUID, since: int) -> QuerySet[Message]:
    """Newest first."""
    return (
        words.not_silent(
            Message.objects.filter(
                conversation=conversation_id,
                number__gt=since,
                revoked_at=None,
                content__group__isnull=True,
            )
        )
        .exclude(kind__in=NOT_SAID)
        .exclude(state__in=[State.CANCELLED, State.FAILED, State.RECEIVED])
        .order_by("-number")[:HISTORY]
    )


SAID = Compiled(_said, conversation_id=UUID, since=int)


def history_line(message: Message) -> HistoryLine:
    """A message as something said before."""
    return HistoryLine(_author(message), words.of(message), message.occurred_at)


def _author(message: Message) -> str:
    if message.direction == Direction.INBOUND:
        return "lead"
    return "staff" if message.author == Author.STAFF else "bot"


def _meeting(lead: Lead, now: datetime) -> MeetingView | None:
    meeting = meetings.active_meeting(lead_id=lead.pk, now=now)
    return None if meeting is None else meeting_view(meeting)


def meeting_view(meeting: meetings.MeetingSummary) -> MeetingView:
    """The meeting without its id."""
    return MeetingView(
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        time_zone=meeting.time_zone,
        host=meeting.host,
        confirmed=meeting.confirmed,
        join_url=meeting.join_url,
        file_url=meeting.file_url,
    )
