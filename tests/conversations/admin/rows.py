"""Rows that admin pages show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import Group
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from agent.models import AgentRun, AgentStep, Breaker, Effect, PlaybookVersion, Purse
from conversations.models import (
    Attachment,
    Author,
    Conflict,
    ConsentEntry,
    Conversation,
    Direction,
    Fact,
    FactProposal,
    FollowUp,
    HandoffReason,
    Identity,
    Lead,
    Meeting,
    MeetingState,
    Message,
    Mode,
    Notice,
    Salesperson,
    Source,
    Stage,
    State,
    Temperature,
    User,
)
from conversations.models.ids import uuid7
from integrations.models import WebhookDelivery


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # rows are made at the edge of a test


def make_user(name: str = "ana", *, groups: tuple[str, ...] = (), **fields: Any) -> User:
    defaults = {"is_staff": True, "first_name": "Ana", "last_name": "Ruiz"}
    user = User.objects.create_user(name, f"{name}@example.com", "secret", **(defaults | fields))
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


def make_conversation(number: int = 1, *, owner: User | None = None, **lead: Any) -> Conversation:
    at = now() - timedelta(minutes=number)
    fields: dict[str, Any] = {
        "name": f"Lead {number}",
        "phone_number": f"+52155000{number:05d}",
        "owner": owner,
        "stage": list(Stage)[number % 6],
        "temperature": list(Temperature)[number % 3],
        "score": number % 100,
        "source": list(Source)[number % 3],
        "created_at": at,
    }
    row = Lead.objects.create(**(fields | lead))
    staffed = number % 3 == 0
    return Conversation.objects.create(
        lead=row,
        mode=Mode.STAFF if staffed else Mode.BOT,
        handoff_reason=HandoffReason.ASKED if staffed else "",
        handoff_at=at if staffed else None,
        window_expires_at=at + timedelta(hours=24),
        last_inbound_at=at,
        last_message_at=at,
        last_message_text=f"Hola, soy el lead {number}",
        unread_count=number % 2,
        created_at=at,
    )


def make_message(conversation: Conversation, text: str = "Hola", **fields: Any) -> Message:
    at = fields.pop("at", None) or now()
    inbound = fields.get("author", Author.LEAD) == Author.LEAD
    defaults: dict[str, Any] = {
        "direction": Direction.INBOUND if inbound else Direction.OUTBOUND,
        "author": Author.LEAD,
        "state": State.HANDLED if inbound else State.SENT,
        "provider_message_id": f"wamid.{uuid4().hex}",
        "text": text,
        "occurred_at": at,
        "created_at": at,
    }
    return Message.objects.create(conversation=conversation, **(defaults | fields))


def make_file(message: Message, **fields: Any) -> Attachment:
    return Attachment.objects.create(message=message, created_at=now(), **fields)


def make_fact(message: Message, key: str, value: Any, quote: str) -> Fact:
    return Fact.objects.create(
        lead=message.conversation.lead,
        key=key,
        value=value,
        message=message,
        quote=quote,
        position=0,
        created_at=now(),
    )


def make_proposal(message: Message, key: str, value: Any, quote: str) -> FactProposal:
    return FactProposal.objects.create(
        lead=message.conversation.lead,
        key=key,
        value=value,
        message=message,
        quote=quote,
        position=0,
        turn_id=uuid7(),
        created_at=now(),
    )


def make_follow_up(meeting: Meeting, *, step: int = 0, **fields: Any) -> FollowUp:
    given = {
        "conversation": meeting.lead.conversation,
        "kind": "reminder",
        "anchor": meeting.pk,
        "meeting": meeting,
        "due_at": meeting.during.lower - timedelta(hours=1),
        "created_at": now(),
    }
    return FollowUp.objects.create(step=step, **(given | fields))


def make_notice(conversation: Conversation, **fields: Any) -> Notice:
    defaults = {"way": Notice.Way.EMAIL, "happened_at": now(), "due_at": now()}
    return Notice.objects.create(conversation=conversation, created_at=now(), **(defaults | fields))


def make_identity(lead: Lead) -> Identity:
    return Identity.objects.create(
        lead=lead,
        kind=Identity.Kind.PHONE,
        value=lead.phone_number or "",
        address=(lead.phone_number or "").lstrip("+"),
        created_at=now(),
    )


def make_consent(lead: Lead, words: str) -> ConsentEntry:
    return ConsentEntry.objects.create(
        lead=lead, scope=ConsentEntry.Scope.ALL, given=True, words=words, occurred_at=now()
    )


def make_salesperson(user: User, **fields: Any) -> Salesperson:
    return Salesperson.objects.create(user=user, mailbox=user.email, **fields)


def make_meeting(
    lead: Lead, host: Salesperson, *, number: int = 1, state: str = MeetingState.CONFIRMED
) -> Meeting:
    starts_at = now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=number)
    return Meeting.objects.create(
        lead=lead,
        salesperson=host,
        during=DateTimeTZRange(starts_at, starts_at + timedelta(minutes=30)),
        state=state,
        time_zone="America/Bogota",
        created_at=now(),
        join_url="https://meet.example.com/abc",
    )


def put_in_the_way(meeting: Meeting, conflict: str = Conflict.OVERLAP) -> None:
    """Something else is in the calendar at this time."""
    meeting.conflict, meeting.conflict_at, meeting.conflict_during = conflict, now(), meeting.during
    meeting.save()


def make_version(number: int = 1, **fields: Any) -> PlaybookVersion:
    return PlaybookVersion.objects.create(
        number=number, created_at=now(), **({"content": {}, "state": "retired"} | fields)
    )


def make_run(
    trigger: Message, version: PlaybookVersion, *, run_id: UUID | None = None, note: str = ""
) -> AgentRun:
    run = AgentRun.objects.create(
        id=run_id or uuid7(),
        conversation_id=trigger.conversation_id,
        trigger_message_id=trigger.pk,
        playbook_version=version,
        engine="guided",
        state=AgentRun.State.DONE,
        context={
            "inbound": [{"message_id": str(trigger.pk), "text": trigger.text}],
            "facts": [{"key": "budget", "value": 50000, "quote": note or "50 mil"}],
            "lead": {"name": note or "Marta"},
        },
        decision={
            "replies": [
                {"text": note or "¿Qué día te queda?", "options": [{"id": "1", "title": "Hoy"}]}
            ]
        },
        created_at=now() - timedelta(seconds=2),
        finished_at=now(),
        tokens_in=1200,
        tokens_out=85,
    )
    AgentStep.objects.create(
        run=run,
        kind=AgentStep.Kind.GATE,
        index=0,
        name="no_promises",
        arguments={},
        result={"passed": True},
        created_at=now(),
    )
    Effect.objects.create(
        run=run,
        index=0,
        tool="save_answers",
        arguments={
            "answers": [
                {
                    "key": "budget",
                    "value": note or 50000,
                    "message_id": str(trigger.pk),
                    "quote": note or "50 mil",
                }
            ]
        },
        result={"saved": ["budget"], "rejected": {}},
        created_at=now(),
        done_at=now(),
    )
    return run


def make_delivery(body: bytes = b'{"entry": []}', **fields: Any) -> WebhookDelivery:
    defaults: dict[str, Any] = {
        "state": WebhookDelivery.State.PROCESSED,
        "counts": {"messages": 1},
        "received_at": now(),
    }
    return WebhookDelivery.objects.create(body=body, **(defaults | fields))


def make_purses(lead: Lead, *, day: str = "2026-11-23") -> Purse:
    """What the model cost on a day, for a lead, and a model that failed; gives the day's."""
    Purse.objects.create(kind=Purse.Kind.LEAD, key=str(lead.pk), spent=Decimal("0.01"))
    Breaker.objects.get_or_create(model=f"model of {day}", defaults={"failed_at": now()})
    return Purse.objects.create(kind=Purse.Kind.DAY, key=day, spent=Decimal("0.01"))
