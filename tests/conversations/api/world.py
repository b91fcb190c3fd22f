"""A small office: who may see what, and rows of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.utils import timezone
from psycopg.types.range import Range
from rest_framework.test import APIClient

from conversations.models import (
    Attachment,
    Conversation,
    Fact,
    FactProposal,
    FollowUp,
    Lead,
    Meeting,
    Message,
    Salesperson,
    User,
)
from conversations.services import slot_signing, tokens
from conversations.services.roles import MANAGERS

ALL_DAY = {str(day): [["00:00", "24:00"]] for day in range(7)}


@dataclass(frozen=True)
class Chat:
    """A lead with one row of each kind."""

    lead: Lead
    conversation: Conversation
    message: Message
    meeting: Meeting
    past: Meeting
    file: Attachment
    slot: str
    heard: FactProposal
    planned: FollowUp


@dataclass(frozen=True)
class Office:
    """Two salespeople with a lead each, and a lead of nobody."""

    ana: User
    marta: User
    own: Chat
    foreign: Chat
    unowned: Chat


def path_of(chat: Chat, route: str) -> str:
    """Fill a route with the keys of a chat."""
    path = route or "nothing/here"
    for placeholder, value in (
        ("<uuid:lead_id>", chat.lead.pk),
        ("<uuid:conversation_id>", chat.conversation.pk),
        ("<uuid:message_id>", chat.message.pk),
        ("<uuid:attachment_id>", chat.file.pk),
        ("<uuid:meeting_id>", (chat.past if route.endswith("outcome") else chat.meeting).pk),
        ("<uuid:merge_id>", uuid4()),
        ("<uuid:proposal_id>", chat.heard.pk),
        ("<uuid:follow_up_id>", chat.planned.pk),
        ("<slug:key>", "budget"),
    ):
        path = path.replace(placeholder, str(value))
    return f"/api/v1/{path}"


def make_staff(name: str, *groups: str, **fields: object) -> User:
    user = User.objects.create(
        username=name, first_name=name.title(), **{"is_staff": True} | fields
    )
    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


def make_manager(name: str = "marta") -> User:
    return make_staff(name, MANAGERS)


def make_sales(name: str = "ana") -> User:
    return make_staff(name, "Sales")


def make_host(user: User) -> Salesperson:
    return Salesperson.objects.create(
        user=user,
        mailbox=f"{user.username}@example.com",
        working_hours=ALL_DAY,
        notice_minutes=0,
        buffer_after_minutes=0,
    )


def client_of(user: User | None) -> APIClient:
    """A client with a token, as integrations have one."""
    client = APIClient()
    if user is not None:
        token = tokens.create(user=user, now=timezone.now())
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def make_conversation(owner: User | None = None, **lead: object) -> Conversation:
    now = timezone.now()
    row = Lead.objects.create(owner=owner, **{"profile_name": "Ana", "created_at": now} | lead)
    return Conversation.objects.create(
        lead=row,
        last_inbound_at=now,
        window_expires_at=now + timedelta(hours=24),
        last_message_at=now,
        unread_count=1,
        created_at=now,
    )


def make_message(conversation: Conversation, **fields: object) -> Message:
    now = timezone.now()
    defaults: dict[str, object] = {
        "direction": "inbound",
        "author": "lead",
        "text": "Hola",
        "state": "handled",
        "provider_message_id": f"wamid.{uuid4().hex}",
        "occurred_at": now,
        "created_at": now,
    }
    return Message.objects.create(conversation=conversation, **defaults | fields)


def make_file(message: Message, body: bytes = b"%PDF-1.7", **fields: object) -> Attachment:
    defaults = {"filename": "recibo.pdf", "mime_type": "application/pdf", "state": "stored"}
    row = Attachment.objects.create(message=message, created_at=timezone.now(), **defaults | fields)
    row.file.save("x", ContentFile(body))
    return row


def make_failed(conversation: Conversation, state: str = "failed") -> Message:
    return make_message(
        conversation, direction="outbound", author="bot", state=state, send_token=uuid4()
    )


def make_meeting(lead: Lead, host: Salesperson, starts_at: datetime, **fields: object) -> Meeting:
    return Meeting.objects.create(
        lead=lead,
        salesperson=host,
        during=Range(starts_at, starts_at + timedelta(minutes=30)),
        time_zone="America/Mexico_City",
        **{"state": "confirmed", "created_at": timezone.now()} | fields,
    )


def make_slot(
    conversation: Conversation, host: Salesperson, starts_at: datetime, *, lasts: int = 60
) -> str:
    """The id of a free time, as somebody got it who looked; it lasts so many minutes."""
    return slot_signing.sign(
        slot_signing.ChosenSlot(
            conversation.pk,
            host.pk,
            starts_at,
            starts_at + timedelta(minutes=30),
            timezone.now() + timedelta(minutes=lasts),
        )
    )


def hours_ahead(hours: int) -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)


def make_proposal(lead: Lead, key: str = "budget") -> FactProposal:
    return FactProposal.objects.create(
        lead=lead, key=key, value=1, position=0, turn_id=uuid4(), created_at=timezone.now()
    )


def make_reminder(conversation: Conversation, meeting: Meeting, step: int = 0) -> FollowUp:
    return FollowUp.objects.create(
        conversation=conversation,
        kind="reminder",
        anchor=meeting.pk,
        step=step,
        meeting=meeting,
        due_at=meeting.during.lower - timedelta(hours=1),
        created_at=timezone.now(),
    )


def make_chat(owner: User | None, host: Salesperson, number: int) -> Chat:
    conversation = make_conversation(owner, phone_number=f"+52155501{number:05d}")
    Fact.objects.create(
        lead=conversation.lead, key="budget", value=50000, created_at=timezone.now()
    )
    meeting = make_meeting(conversation.lead, host, hours_ahead(10 + number))
    return Chat(
        lead=conversation.lead,
        conversation=conversation,
        message=make_failed(conversation),
        meeting=meeting,
        past=make_meeting(conversation.lead, host, hours_ahead(-10 - number), state="over"),
        file=make_file(make_message(conversation)),
        slot=make_slot(conversation, host, hours_ahead(100 + number)),
        heard=make_proposal(conversation.lead),
        planned=make_reminder(conversation, meeting),
    )
