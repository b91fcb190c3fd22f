"""Leads who have gone silent, playbooks that nudge them, and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from psycopg.types.range import Range

from agent import follow_ups
from agent.models import PlaybookVersion
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from conversations.models import Conversation, FollowUp, Meeting, Message, Salesperson, State
from tests.conversations.rows import make_conversation, write
from tests.conversations.sending import run as deliver
from tests.fakes.channel import FakeChannel

# A Monday, 10:00 in Mexico City.
NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ZONE = "America/Mexico_City"
TEXTS = ("¿Sigues ahí?", "Último mensaje")
numbers = count(1)


def publish(*, at: datetime = NOW - timedelta(days=30), **rules: Any) -> PlaybookVersion:
    """These rules are in force from `at` on; nudges as (minutes, template)."""
    PlaybookVersion.objects.filter(state="published").update(state="retired")
    nudges = rules.pop("nudges", ((60, ""), (300, "")))
    given = {
        "nudges": [
            {"after_minutes": after, "text": {"es": text}, "template": template}
            for (after, template), text in zip(nudges, TEXTS, strict=False)
        ],
        "reminders": [],
        **rules,
    }
    return PlaybookVersion.objects.create(
        number=next(numbers),
        state="published",
        content={**DEFAULT_PLAYBOOK, "follow_ups": given, "time_zone": ZONE},
        published_at=at,
        created_at=at,
    )


@dataclass
class Office:
    """One conversation, our side of it, and what left."""

    conversation: Conversation
    channel: FakeChannel

    @property
    def rows(self) -> list[tuple[str, str, datetime]]:
        rows = FollowUp.objects.order_by("created_at", "step", "due_at", "id")
        return [(row.state, row.reason, row.due_at) for row in rows]

    @property
    def heard(self) -> list[str]:
        """What the lead has got of it."""
        return [each.text for each in self.channel.sent]

    def round(self, at: datetime) -> None:
        """A round of the agent, then one of the outbox."""
        follow_ups.run(clock=lambda: at)
        self.deliver(at)

    def deliver(self, at: datetime) -> None:
        deliver(self.conversation, self.channel, now=at)

    def live(self, begin: datetime, end: datetime) -> None:
        """Rounds from one to the other, those aside in which nothing can happen."""
        at: datetime | None = begin
        while at is not None and at <= end:
            self.round(at)
            follow_ups.look_back(now=at + MINUTE)
            planned = FollowUp.objects.filter(state="planned", due_at__gt=at)
            at = planned.order_by("due_at").values_list("due_at", flat=True).first()


def answered(*, at: datetime = NOW, phone: str = "5215550101234", **lead: Any) -> Office:
    """A lead wrote, and got our answer at once."""
    conversation = make_conversation(now=at, phone=phone)
    conversation.lead.time_zone = ZONE
    for name, value in lead.items():
        setattr(conversation.lead, name, value)
    conversation.lead.save()
    write("Hola", phone=phone, now=at)
    say(conversation, at=at)
    return Office(conversation, FakeChannel())


def say(conversation: Conversation, *, at: datetime, author: str = "bot") -> Message:
    """Our answer, sent; nothing waits any more."""
    Message.objects.filter(conversation=conversation, state=State.RECEIVED).update(state="handled")
    Conversation.objects.filter(pk=conversation.pk).update(
        answer_due_at=None, answer_pending_since=None, last_message_at=at, language="es"
    )
    return Message.objects.create(
        conversation=conversation,
        direction="outbound",
        author=author,
        text="¿Qué día te queda?",
        state=State.SENT,
        epoch=conversation.epoch,
        occurred_at=at,
        sent_at=at,
        created_at=at,
    )


def book(office: Office, starts_at: datetime, **changes: Any) -> Meeting:
    """A confirmed meeting of half an hour."""
    host = Salesperson.objects.first()
    lead = office.conversation.lead
    return Meeting.objects.create(
        **{
            "lead": lead,
            "salesperson": host,
            "during": Range(starts_at, starts_at + timedelta(minutes=30)),
            "state": "confirmed",
            "time_zone": lead.time_zone or ZONE,
            "join_url": "https://meet.example/abc",
            "created_at": NOW,
            **changes,
        }
    )
