"""One lead and the whole path of a turn: services, runner, gates, outbox, calendar.

Time is the stage's own: nothing waits. Nothing leaves the process but calls of a model.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db.models import QuerySet

from agent import runner
from agent.engines.guided.engine import GuidedEngine
from agent.runner import MakeEngine, Tools
from conversations.models import Attachment, Conversation, Message, Salesperson, User
from conversations.services import delivery, inbound
from integrations.local_calendar.calendar import LocalCalendar
from integrations.messaging import (
    InboundMessage,
    Media,
    MessageKind,
    OutboundMessage,
    Sender,
    WebhookEvents,
)
from integrations.scheduling import Calendar

NOW = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)  # a Wednesday, 11:00 in Mexico City
PACE = inbound.Pace(timedelta(seconds=3))
QUIET = timedelta(seconds=4)
NEXT_WORDS = timedelta(minutes=1)
GRACE = timedelta(seconds=45)


@dataclass
class Line:
    """What the transcript shows: who spoke, the words, the options under them."""

    author: str
    text: str
    options: tuple[str, ...] = ()


@dataclass
class Phone:
    """Implements Channel: takes every message, as WhatsApp does on a good day."""

    sent: list[OutboundMessage] = field(default_factory=list)

    def send(self, message: OutboundMessage) -> str:
        self.sent.append(message)
        return f"wamid.{uuid4().hex}"

    def mark_read(self, provider_message_id: str, *, typing: bool) -> None:
        """Nobody looks at the ticks here."""


@dataclass
class Stage:
    """Plays one lead's side. `seconds` is how long each turn took, on the real clock."""

    primary: MakeEngine
    phone: str = "5215550101234"
    profile_name: str = "Ana"
    now: datetime = NOW
    calendar: Calendar = field(default_factory=LocalCalendar)
    lines: list[Line] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def say(self, *texts: str, kind: MessageKind = MessageKind.TEXT, reply_id: str = "") -> str:
        """Send a burst, let the agent answer, return what the lead reads."""
        for text in texts:
            self.lines.append(Line("lead", text or f"[{kind.value}]"))
            self._write(text, kind, reply_id)
        self.now += QUIET
        return self._answer()

    def tap(self, title: str) -> str:
        """Tap the first or last option, or the one whose title begins with this."""
        titles = list(self.options)
        wanted = {"first": titles[:1], "last": titles[-1:]}.get(title)
        found = wanted if wanted is not None else [t for t in titles if t.startswith(title)]
        if not found:
            raise MissingOptionError(f"no option {title!r} among {titles}")
        return self.say(found[0], kind=MessageKind.LIST_REPLY, reply_id=self.options[found[0]])

    def speak(self, heard: str) -> str:
        """Send a voice note of which this was heard; nothing where it is empty."""
        self.lines.append(Line("lead", f"[voice] {heard}".strip()))
        self._write("", MessageKind.VOICE, "")
        Attachment.objects.filter(
            message__conversation=self.conversation, state=Attachment.State.PENDING
        ).update(state=Attachment.State.STORED, transcript=heard)
        self.now += QUIET
        return self._answer()

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.select_related("lead").get(
            lead__identities__address=self.phone, lead__merged_into=None
        )

    @property
    def transcript(self) -> str:
        """The conversation as Markdown."""
        shown = []
        for line in self.lines:
            name = "Lead" if line.author == "lead" else "Luz"
            shown.append(f"- **{name}:** {line.text.replace(chr(10), '<br>')}")
            if line.options:
                shown.append(f"  - {' · '.join(f'`{title}`' for title in line.options)}")
        return "\n".join(shown)

    def _write(self, text: str, kind: MessageKind, reply_id: str) -> None:
        message = InboundMessage(
            provider_message_id=f"wamid.{uuid4().hex}",
            sender=Sender(phone=self.phone, profile_name=self.profile_name),
            kind=kind,
            occurred_at=self.now,
            text=text,
            reply_id=reply_id,
            media=(Media(uuid4().hex, "audio/ogg"),) if kind == MessageKind.VOICE else (),
        )
        inbound.receive(
            events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=self.now
        )

    def _answer(self) -> str:
        conversation = self.conversation
        before = set(_outbound(conversation).values_list("pk", flat=True))
        channel = Phone()
        tools = Tools(
            primary=self.primary,
            guided=GuidedEngine(),
            calendar=self.calendar,
            channel=channel,
            clock=lambda: self.now,
        )
        started = time.monotonic()
        runner.answer(conversation_id=conversation.pk, tools=tools)
        took = time.monotonic() - started
        delivery.deliver(
            conversation_id=conversation.pk, channel=channel, grace=GRACE, clock=lambda: self.now
        )
        rows = _outbound(conversation).order_by("number")
        self.said = [row for row in rows if row.pk not in before]
        if self.said:
            # Where a person has the conversation there is no turn to be timed.
            self.seconds.append(took)
        self._note()
        self.now += NEXT_WORDS
        return "\n".join(row.text for row in self.said)

    def _note(self) -> None:
        self.options = {}
        for row in self.said:
            options = {each["title"]: each["id"] for each in row.content.get("options", [])}
            self.options |= options
            self.lines.append(Line("us", row.text, tuple(options)))


class MissingOptionError(Exception):
    """The lead wanted to tap what was not on offer."""


def _outbound(conversation: Conversation) -> QuerySet[Message]:
    return Message.objects.filter(conversation=conversation, direction="outbound")


def make_salesperson() -> Salesperson:
    """Somebody to meet, at work on weekdays from nine to six in Mexico City."""
    user = User.objects.create(
        username="laura", first_name="Laura", last_name="Méndez", is_staff=True
    )
    return Salesperson.objects.create(user=user, mailbox="laura@example.com")
