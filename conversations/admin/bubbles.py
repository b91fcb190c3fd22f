"""One message as the thread shows it: frozen, hashable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from conversations.admin import badges
from conversations.admin.contents import Contents, contents_of, who
from conversations.admin.costs import price_text
from conversations.admin.event_words import event_text
from conversations.admin.files import File, file_of
from conversations.admin.labels import FactLabel
from conversations.models import Author, Conversation, Message, State
from conversations.problem_words import Problem, problem_of
from conversations.services import follow_up_rules
from conversations.services.reactions import Reaction
from integrations.messaging import MessageKind
from integrations.whatsapp.errors import is_final

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
    contents: Contents
    reactions: tuple[Reaction, ...] = ()
    files: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()
    list_label: str = ""
    price: str = ""

    @property
    def version(self) -> str:
        """Changes when the page must redraw this bubble."""
        return digest(repr(self))


@dataclass(frozen=True)
class Viewer:
    """What the person looking at the page may do."""

    can_change: bool
    can_see_runs: bool


@dataclass(frozen=True)
class Around:
    """Messages that others answer, by their id, and reactions by the message they are about.

    `names` are the playbook's for the fields of a form.
    """

    quoted: Mapping[str, Message]
    reactions: Mapping[str, tuple[Reaction, ...]]
    names: Mapping[str, FactLabel]


def bubble_of(message: Message, around: Around, viewer: Viewer) -> Bubble:
    """Put a message into words."""
    contents = contents_of(message, around.names)
    files = tuple(
        file_of(message, each, kind_label(message.kind)) for each in message.attachments.all()
    )
    local = timezone.localtime(message.occurred_at)
    outbound = message.author != Author.LEAD
    unsettled = viewer.can_change and outbound and message.state in UNSETTLED
    return Bubble(
        id=str(message.pk),
        side="out" if outbound else "in",
        author=message.author,
        author_label=_author_label(message),
        kind=message.kind,
        kind_label="" if any(file.shown for file in files) else kind_label(message.kind),
        text="" if contents.says_all else event_text(message) or message.text,
        day=local.date().isoformat(),
        day_label=_day_label(local),
        time=date_format(local, "TIME_FORMAT"),
        full_time=local.isoformat(),
        state=str(message.get_state_display()),
        tick=TICKS.get(message.state, "") if outbound else "",
        problem=problem_of(message),
        can_retry=unsettled and not is_final(message.error_code),
        can_discard=unsettled,
        can_quote=viewer.can_change and bool(message.provider_message_id),
        edited=message.edited_at is not None,
        revoked=message.revoked_at is not None,
        duplicated=bool(message.duplicate_ids),
        run_url=_run_url(message) if viewer.can_see_runs else "",
        quote=_quote(around.quoted.get(message.in_reply_to)),
        contents=contents,
        reactions=around.reactions.get(message.provider_message_id or "", ()),
        files=files,
        choices=_choices(message.content),
        list_label=_text(message.content.get("button_label")),
        price=price_text(message),
    )


def _author_label(message: Message) -> str:
    if follow_up_rules.LEAVE_BY in message.content:
        return _("Agent · follow-up")
    if message.author == Author.STAFF and message.staff:
        return badges.name_of(message.staff) or ""
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
        "request_welcome": _("Opened the chat"),
        "edit": _("Edited a message"),
        "revoke": _("Deleted a message"),
        "template": _("Template"),
        "contact_request": _("Request for the phone number"),
        "unsupported": _("A message that WhatsApp does not pass on"),
    }
    return "" if kind in {"text", "buttons", "list"} else labels.get(kind, kind)


def last_words(conversation: Conversation) -> str:
    """What was said last; services/threads.py writes a kind in brackets where there are no words."""
    text = conversation.last_message_text
    kind = text[1:-1] if text.startswith("[") and text.endswith("]") else ""
    return kind_label(kind) if kind in list(MessageKind) else text


def _run_url(message: Message) -> str:
    """No run decided a follow-up: the playbook's rules did."""
    if message.turn_id is None or follow_up_rules.LEAVE_BY in message.content:
        return ""
    return reverse("admin:agent_agentrun_change", args=[message.turn_id])


def _quote(message: Message | None) -> Quote | None:
    if message is None:
        return None
    text = message.text[:160] or kind_label(message.kind)
    return Quote(author=who(message.author), text=text)


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


def digest(text: str) -> str:
    """A short name of what something looks like."""
    return hashlib.sha256(text.encode()).hexdigest()[:24]
