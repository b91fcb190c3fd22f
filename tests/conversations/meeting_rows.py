"""Rows that the meeting tests start from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from psycopg.types.range import Range

from conversations.models import Conversation, Lead, Salesperson, SlotOffer, User
from conversations.services import meetings
from conversations.services.meetings import Booked
from integrations.scheduling import Calendar

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)  # a Monday, 09:00 in Mexico
TOMORROW_TEN = datetime(2026, 11, 24, 16, tzinfo=UTC)  # 10:00 in Mexico
HALF_HOUR = timedelta(minutes=30)


def make_host(name: str = "ana", **changes: object) -> Salesperson:
    user = User.objects.create(username=name, first_name=name.capitalize(), is_staff=True)
    return Salesperson.objects.create(
        user=user, mailbox=f"{name}@example.com", **{"buffer_after_minutes": 0} | changes
    )


def make_conversation(**lead: object) -> Conversation:
    row = Lead.objects.create(created_at=NOW, **{"time_zone": "America/Mexico_City"} | lead)
    return Conversation.objects.create(lead=row, last_message_at=NOW, created_at=NOW)


def make_offer(
    conversation: Conversation,
    host: Salesperson,
    starts_at: datetime = TOMORROW_TEN,
    expires_at: datetime | None = None,
) -> str:
    offer = SlotOffer.objects.create(
        conversation=conversation,
        salesperson=host,
        during=Range(starts_at, starts_at + HALF_HOUR),
        expires_at=expires_at or NOW + timedelta(hours=24),
        created_at=NOW,
    )
    return str(offer.pk)


@dataclass
class Booker:
    """A lead with a turn: calls the services as the agent's tools do."""

    conversation: Conversation
    calendar: Calendar
    turn_id: UUID = field(default_factory=uuid4)
    index: int = 99  # apart from those that a test names
    now: datetime = NOW

    def next_call(self) -> int:
        self.index += 1
        return self.index

    def book(self, slot_id: str, index: int | None = None) -> Booked:
        return meetings.book(
            conversation_id=self.conversation.pk,
            slot_id=slot_id,
            calendar=self.calendar,
            turn_id=self.turn_id,
            turn_index=self.next_call() if index is None else index,
            now=self.now,
        )

    def reschedule(self, slot_id: str, index: int | None = None) -> Booked:
        return meetings.reschedule(
            conversation_id=self.conversation.pk,
            slot_id=slot_id,
            calendar=self.calendar,
            turn_id=self.turn_id,
            turn_index=self.next_call() if index is None else index,
            now=self.now,
        )

    def cancel(self, index: int | None = None) -> Booked:
        return meetings.cancel(
            conversation_id=self.conversation.pk,
            by="lead",
            comment="Can't make it",
            calendar=self.calendar,
            turn_id=self.turn_id,
            turn_index=self.next_call() if index is None else index,
            now=self.now,
        )
