"""A lead and the whole stack: services, runner, gates, facts and the local calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model

from agent import runner
from agent.engines.guided.engine import GuidedEngine
from agent.runner import Tools
from conversations.models import Conversation, Fact, Message, Salesperson
from integrations.local_calendar.calendar import LocalCalendar
from integrations.messaging import MessageKind
from integrations.scheduling import Calendar
from tests.conversations.rows import write
from tests.fakes.channel import FakeChannel

NOW = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)  # a Wednesday, 11:00 in Mexico City
NEXT_WORDS = timedelta(minutes=1)
QUIET = timedelta(seconds=4)


@dataclass
class Stage:
    """Plays one lead's side; `lines` is what both read."""

    phone: str = "5215550101234"
    now: datetime = NOW
    calendar: Calendar = field(default_factory=LocalCalendar)
    lines: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    said: list[Message] = field(default_factory=list)

    def say(self, *texts: str, kind: MessageKind = MessageKind.TEXT, reply_id: str = "") -> str:
        """Send a burst, let the agent answer, return what the lead reads."""
        for text in texts:
            self.lines.append(f"- **Lead:** {_shown(text or f'[{kind.value}]')}")
            write(text, phone=self.phone, now=self.now, kind=kind, reply_id=reply_id)
        self.now += QUIET
        return self._answer()

    def tap(self, title: str) -> str:
        """Tap the button or row whose title begins with this."""
        found = next((each for each in self.options if each.startswith(title)), "")
        assert found, f"no {title!r} in:\n{self.transcript}"
        return self.say(found, kind=MessageKind.LIST_REPLY, reply_id=self.options[found])

    def _answer(self) -> str:
        conversation = Conversation.objects.get(lead__phone_number__endswith=self.phone[-10:])
        before = set(Message.objects.filter(direction="outbound").values_list("pk", flat=True))
        tools = Tools(
            primary=lambda _run, _claim: GuidedEngine(),
            guided=GuidedEngine(),
            calendar=self.calendar,
            channel=FakeChannel(),
            clock=lambda: self.now,
        )
        runner.answer(conversation_id=conversation.pk, tools=tools)
        rows = Message.objects.filter(conversation=conversation, direction="outbound")
        self.said = [row for row in rows.order_by("number") if row.pk not in before]
        self.options = {}
        for row in self.said:
            self._note(row)
        self.now += NEXT_WORDS
        return "\n".join(row.text for row in self.said)

    def _note(self, row: Message) -> None:
        self.lines.append(f"- **Luz:** {_shown(row.text)}")
        for option in row.content.get("options", []):
            self.options[option["title"]] = option["id"]
        if self.options:
            self.lines.append(f"  - {' · '.join(f'`{title}`' for title in self.options)}")

    @property
    def facts(self) -> dict[str, Any]:
        """What stands in the lead's rows now."""
        rows = Fact.objects.filter(
            lead__phone_number__endswith=self.phone[-10:], superseded_at=None
        )
        return {row.key: row.value for row in rows}

    @property
    def transcript(self) -> str:
        """The conversation as Markdown."""
        return "\n".join(self.lines)


def _shown(text: str) -> str:
    return text.replace("\n", "<br>")


def make_salesperson() -> Salesperson:
    """The advisor that the transcripts name."""
    user = get_user_model().objects.create(
        username="laura", first_name="Laura", last_name="Méndez", is_staff=True
    )
    return Salesperson.objects.create(user=user, mailbox="laura@example.com")
