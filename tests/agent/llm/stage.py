"""Whole turns with a model: rows, the runner, the real engine, and a server that plays the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent import runner
from agent.engines.guided.engine import GuidedEngine
from agent.engines.llm import LlmEngine, LlmSettings
from agent.models import AgentRun
from agent.playbook import store
from agent.runner import Tools
from agent.tools.recorder import StepRecorder
from conversations.models import Conversation, Message
from integrations.local_calendar.calendar import LocalCalendar
from integrations.scheduling import Calendar
from tests.agent.llm.world import settings_for
from tests.conversations.rows import NOW, write
from tests.fakes.channel import FakeChannel

PAUSE = timedelta(seconds=3)
PHONE = "5215550101234"


def make_run(conversation: Conversation, *, now: datetime = NOW) -> AgentRun:
    """A turn that has begun."""
    return AgentRun.objects.create(
        id=conversation.pk,
        conversation_id=conversation.pk,
        trigger_message_id=conversation.pk,
        playbook_version=store.published(now=now),
        state=AgentRun.State.STARTED,
        created_at=now,
    )


@dataclass
class Stage:
    """One lead after another writes and is answered. `now` moves on with every turn."""

    url: str
    now: datetime = NOW
    responses: bool = False
    calendar: Calendar = field(default_factory=LocalCalendar)
    options: dict[str, Any] = field(default_factory=dict)

    def say(self, *texts: str, phone: str = PHONE, reply_id: str = "") -> list[str]:
        """What the lead is answered; nothing else may have been said."""
        for text in texts:
            write(text, phone=phone, now=self.now, reply_id=reply_id)
        conversation = self.conversation(phone)
        before = conversation.messages.count()
        self.now += PAUSE
        runner.answer(conversation_id=conversation.pk, tools=self._tools())
        self.now += PAUSE
        answers = Message.objects.filter(conversation=conversation).order_by("number")[before:]
        return [message.text for message in answers]

    def conversation(self, phone: str = PHONE) -> Conversation:
        return Conversation.objects.get(lead__phone_number__endswith=phone[-10:])

    def run(self, phone: str = PHONE) -> AgentRun:
        """The last turn."""
        runs = AgentRun.objects.filter(conversation_id=self.conversation(phone).pk)
        return runs.order_by("created_at").reverse()[0]

    def _tools(self) -> Tools:
        settings: LlmSettings = settings_for(self.url, responses=self.responses, **self.options)
        return Tools(
            primary=lambda run, claim: LlmEngine(
                settings, StepRecorder(run=run, claim=claim, clock=lambda: self.now)
            ),
            guided=GuidedEngine(),
            calendar=self.calendar,
            channel=FakeChannel(),
            clock=lambda: self.now,
        )
