"""One conversation as its page shows it: read in a fixed number of queries, frozen, hashable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from conversations.admin import badges, panel
from conversations.admin.problems import Problem, problem_of
from conversations.models import (
    Attachment,
    Author,
    Conversation,
    HandoffReason,
    Message,
    Mode,
    State,
)
from conversations.services import file_safety

PAGE = 100
UNSETTLED = (State.FAILED, State.UNKNOWN)
TICKS: Mapping[str, str] = {
    State.QUEUED: "clock",
    State.SENDING: "clock",
    State.SENT: "one",
    State.DELIVERED: "two",
    State.READ: "read",
    State.UNKNOWN: "doubt",
    State.FAILED: "fail",
    State.CANCELLED: "fail",
}


@dataclass(frozen=True)
class Quote:
    """The message that another one answers."""

    author: str
    text: str


@dataclass(frozen=True)
class File:
    """An attachment; `url` is empty until the file is here. `shown` is image, audio or ""."""

    name: str
    size: int | None
    state: str
    url: str
    shown: str


@dataclass(frozen=True)
class Choice:
    """A button or a list row that we sent."""

    title: str
    description: str


@dataclass(frozen=True)
class Bubble:
    """One message."""

    id: str
    side: str
    author: str
    author_label: str
    kind: str
    kind_label: str
    text: str
    day: str
    day_label: str
    time: str
    full_time: str
    state: str
    tick: str
    problem: Problem | None
    can_retry: bool
    can_discard: bool
    can_quote: bool
    edited: bool
    revoked: bool
    duplicated: bool
    run_url: str
    quote: Quote | None
    files: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()
    list_label: str = ""

    @property
    def version(self) -> str:
        """Changes when the page must redraw this bubble."""
        return _digest(repr(self))


@dataclass(frozen=True)
class Status:
    """Who answers, and whether we may write."""

    mode: str
    by_bot: bool
    opted_out: bool
    reason: str
    waiting: str
    can_write: bool
    window: str
    why_not: str
    what_to_do: str


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
    context: tuple[str, ...] = field(default=())

    @property
    def etag(self) -> str:
        """Equal as long as the page would look the same to the same viewer."""
        return f'W/"{_digest(repr(self))}"'


@dataclass(frozen=True)
class Viewer:
    """What the person looking at the page may do."""

    can_change: bool
    can_see_runs: bool


def load(
    *, conversation: Conversation, viewer: Viewer, now: datetime, before: int | None = None
) -> Thread:
    """Read one page of messages, newest last. `conversation` comes with lead and owner."""
    messages = _messages(conversation, before)
    older = messages[PAGE:]
    shown = messages[:PAGE][::-1]
    quoted = _quoted(conversation, shown)
    return Thread(
        id=str(conversation.pk),
        title=str(conversation.lead),
        number_before=shown[0].number if older else None,
        is_latest=before is None,
        unread=viewer.can_change and conversation.unread_count > 0,
        bubbles=tuple(_bubble(message, quoted, viewer) for message in shown),
        status=status_of(conversation, now=now),
        panel=panel.load(lead=conversation.lead),
        # What else shapes the page: without it a 304 would keep another language or zone.
        context=(str(get_language()), timezone.get_current_timezone_name(), repr(viewer)),
    )


def status_of(conversation: Conversation, *, now: datetime) -> Status:
    """Tell who answers and what the window allows."""
    window, why_not, what_to_do = _window(conversation, now)
    reason, waiting = "", ""
    if conversation.mode == Mode.STAFF:
        reason = str(dict(HandoffReason.choices).get(conversation.handoff_reason, ""))
        if conversation.handoff_at:
            waiting = badges.span_text(now - conversation.handoff_at)
    return Status(
        mode=str(conversation.get_mode_display()),
        by_bot=conversation.mode == Mode.BOT,
        opted_out=conversation.lead.opted_out_at is not None,
        reason=reason,
        waiting=waiting,
        can_write=not why_not,
        window=window,
        why_not=why_not,
        what_to_do=what_to_do,
    )


def _window(conversation: Conversation, now: datetime) -> tuple[str, str, str]:
    if conversation.lead.opted_out_at:
        return (
            "",
            _("This person asked us not to write."),
            _("They can start again themselves by writing to us."),
        )
    closes_at = conversation.window_expires_at
    if closes_at is None or closes_at <= now:
        return (
            "",
            _("The 24-hour window is closed: WhatsApp does not deliver free text now."),
            _("It opens again when the lead writes. If it is urgent, call them."),
        )
    left = badges.countdown_text(closes_at - now)
    return _("Window open: %(left)s left") % {"left": left}, "", ""


def _messages(conversation: Conversation, before: int | None) -> list[Message]:
    rows = Message.objects.filter(conversation=conversation).select_related("staff")
    if before is not None:
        rows = rows.filter(number__lt=before)
    files = Prefetch("attachments", Attachment.objects.order_by("created_at", "id"))
    return list(rows.prefetch_related(files).order_by("-number")[: PAGE + 1])


def _quoted(conversation: Conversation, shown: Sequence[Message]) -> Mapping[str, Message]:
    wanted = {message.in_reply_to for message in shown if message.in_reply_to}
    rows = Message.objects.filter(conversation=conversation, provider_message_id__in=wanted)
    return {message.provider_message_id or "": message for message in rows}


def _bubble(message: Message, quoted: Mapping[str, Message], viewer: Viewer) -> Bubble:
    local = timezone.localtime(message.occurred_at)
    outbound = message.author != Author.LEAD
    return Bubble(
        id=str(message.pk),
        side="out" if outbound else "in",
        author=message.author,
        author_label=_author_label(message),
        kind=message.kind,
        kind_label=kind_label(message.kind),
        text=message.text,
        day=local.date().isoformat(),
        day_label=_day_label(local),
        time=date_format(local, "TIME_FORMAT"),
        full_time=local.isoformat(),
        state=str(message.get_state_display()),
        tick=TICKS.get(message.state, "") if outbound else "",
        problem=problem_of(message),
        can_retry=viewer.can_change and outbound and message.state in UNSETTLED,
        can_discard=viewer.can_change and outbound and message.state in UNSETTLED,
        can_quote=viewer.can_change and bool(message.provider_message_id),
        edited=message.edited_at is not None,
        revoked=message.revoked_at is not None,
        duplicated=bool(message.duplicate_ids),
        run_url=_run_url(message.turn_id) if viewer.can_see_runs else "",
        quote=_quote(quoted.get(message.in_reply_to)),
        files=tuple(_file(message, attachment) for attachment in message.attachments.all()),
        choices=_choices(message.content),
        list_label=_text(message.content.get("button_label")),
    )


def _author_label(message: Message) -> str:
    if message.author == Author.STAFF and message.staff:
        return message.staff.get_full_name() or message.staff.get_username()
    return str(message.get_author_display())


def _day_label(local: datetime) -> str:
    today = timezone.localdate()
    if local.date() == today:
        return _("Today")
    if local.date() == today - timedelta(days=1):
        return _("Yesterday")
    return date_format(local, "DATE_FORMAT")


def kind_label(kind: str) -> str:
    """What a message is when it has no words to show."""
    labels = {
        "image": _("Image"),
        "video": _("Video"),
        "audio": _("Audio"),
        "voice": _("Voice message"),
        "document": _("Document"),
        "sticker": _("Sticker"),
        "location": _("Location"),
        "contacts": _("Contact card"),
        "button_reply": _("Tapped a button"),
        "list_reply": _("Chose from the list"),
        "flow_reply": _("Filled in a form"),
        "reaction": pgettext("message kind", "Reaction"),
        "order": _("Order"),
        "system": _("Notice from WhatsApp"),
        "call": _("Call"),
        "template": _("Template"),
        "unsupported": _("A message that WhatsApp does not pass on"),
    }
    return "" if kind in {"text", "buttons", "list"} else labels.get(kind, kind)


def _run_url(turn_id: UUID | None) -> str:
    return reverse("admin:agent_agentrun_change", args=[turn_id]) if turn_id else ""


def _quote(message: Message | None) -> Quote | None:
    if message is None:
        return None
    text = message.text[:160] or kind_label(message.kind)
    return Quote(author=_quote_author(message), text=text)


def _quote_author(message: Message) -> str:
    return str(dict(Author.choices).get(message.author, message.author))


def _file(message: Message, attachment: Attachment) -> File:
    stored = attachment.state == Attachment.State.STORED and bool(attachment.file)
    address = "admin:conversations_conversation_attachment"
    return File(
        name=_file_name(message, attachment),
        size=attachment.size,
        state=str(attachment.get_problem_display() or attachment.get_state_display()),
        url=reverse(address, args=[message.conversation_id, attachment.pk]) if stored else "",
        shown=_shown(attachment.mime_type) if stored else "",
    )


def _file_name(message: Message, attachment: Attachment) -> str:
    nameless = kind_label(message.kind) or attachment.mime_type
    return file_safety.safe_name(attachment.filename, fallback=nameless)


def _shown(mime_type: str) -> str:
    if file_safety.is_image(mime_type):
        return "image"
    return "audio" if file_safety.is_audio(mime_type) else ""


def _choices(content: Mapping[str, Any]) -> tuple[Choice, ...]:
    options = content.get("options", ())
    rows: Iterable[Any] = options if isinstance(options, list) else ()
    return tuple(
        Choice(title=_text(row.get("title")), description=_text(row.get("description")))
        for row in rows
        if isinstance(row, dict)
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
