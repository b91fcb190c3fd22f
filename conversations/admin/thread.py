"""One conversation as its page shows it: read in a fixed number of queries, frozen, hashable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import get_language

from conversations.admin import badges, labels, panel
from conversations.admin.bubbles import Around, Bubble, Viewer, bubble_of
from conversations.admin.contents import reactions_of
from conversations.admin.window import Window, free_text, window_of
from conversations.models import (
    Attachment,
    Conversation,
    HandoffReason,
    Message,
    Mode,
)
from conversations.services import reopening
from integrations.messaging import MessageKind

PAGE = 100
SHOWN_AT_ANOTHER = (MessageKind.REACTION, MessageKind.EDIT, MessageKind.REVOKE)


@dataclass(frozen=True)
class Status:
    """Who answers, and whether we may write."""

    mode: str
    by_bot: bool
    opted_out: bool
    can_reopen: bool
    reason: str
    waiting: str
    can_write: bool
    window: Window


@dataclass(frozen=True)
class Thread:
    """Everything on the page."""

    id: str
    title: str
    number_before: int | None
    is_latest: bool
    unread: bool
    bubbles: tuple[Bubble, ...]
    status: Status
    panel: panel.LeadPanel
    can_change: bool = False
    can_ask_number: bool = False
    proposal_url: str = ""
    context: tuple[str, ...] = field(default=())


def load(
    *,
    conversation: Conversation,
    viewer: Viewer,
    now: datetime,
    before: int | None = None,
    proposal_url: str = "",
) -> Thread:
    """Read one page of messages, newest last. `conversation` comes with lead and owner."""
    messages = _messages(conversation, before)
    older = messages[PAGE:]
    shown = messages[:PAGE][::-1]
    names = labels.desk().labels()
    around = _around(conversation, shown, names)
    known = panel.load(lead=conversation.lead, names=names)
    free = free_text(conversation, touches=known.touches, messages=messages, now=now)
    asked = reopening.written_since_stop(conversation)
    status = status_of(conversation, now=now, free=free, wrote_again=asked is not None)
    return Thread(
        id=str(conversation.pk),
        title=str(conversation.lead),
        number_before=shown[0].number if older else None,
        is_latest=before is None,
        unread=viewer.can_change and conversation.unread_count > 0,
        bubbles=tuple(bubble_of(message, around, viewer) for message in shown),
        status=status,
        panel=known,
        can_change=viewer.can_change,
        can_ask_number=(
            viewer.can_change and status.can_write and not conversation.lead.phone_number
        ),
        proposal_url=proposal_url,
        # What else shapes the page: without it a 304 would keep another language or zone.
        context=(str(get_language()), timezone.get_current_timezone_name(), repr(viewer)),
    )


def status_of(conversation: Conversation, *, now: datetime, free: str, wrote_again: bool) -> Status:
    """Tell who answers and what the window allows."""
    window = window_of(conversation, now=now, free=free, wrote_again=wrote_again)
    reason, waiting = "", ""
    if conversation.mode == Mode.STAFF:
        reason = str(dict(HandoffReason.choices).get(conversation.handoff_reason, ""))
        if conversation.handoff_at:
            waiting = badges.span_text(now - conversation.handoff_at)
    return Status(
        mode=str(conversation.get_mode_display()),
        by_bot=conversation.mode == Mode.BOT,
        opted_out=conversation.lead.opted_out_at is not None,
        can_reopen=wrote_again,
        reason=reason,
        waiting=waiting,
        can_write=not window.why_not,
        window=window,
    )


def _messages(conversation: Conversation, before: int | None) -> list[Message]:
    """What is shown at the message that it is about has no place of its own."""
    about = Message.objects.filter(
        conversation=conversation, provider_message_id=OuterRef("target")
    )
    rows = (
        Message.objects.filter(conversation=conversation)
        .annotate(target=KT("content__target"))
        .exclude(Exists(about), kind__in=SHOWN_AT_ANOTHER)
        .select_related("staff")
    )
    if before is not None:
        rows = rows.filter(number__lt=before)
    files = Prefetch("attachments", Attachment.objects.order_by("created_at", "id"))
    return list(rows.prefetch_related(files).order_by("-number")[: PAGE + 1])


def _around(
    conversation: Conversation, shown: Sequence[Message], names: Mapping[str, labels.FactLabel]
) -> Around:
    """What the shown messages answer, and the reactions to them: one query."""
    wanted = {message.in_reply_to for message in shown if message.in_reply_to}
    ids = [message.provider_message_id for message in shown if message.provider_message_id]
    reactions = Q(kind=MessageKind.REACTION, content__target__in=ids)
    rows = Message.objects.filter(
        Q(provider_message_id__in=wanted) | reactions, conversation=conversation
    )
    found = list(rows.order_by("number"))
    return Around(
        quoted={m.provider_message_id or "": m for m in found if m.provider_message_id in wanted},
        reactions=reactions_of(m for m in found if m.kind == MessageKind.REACTION),
        names=names,
    )
