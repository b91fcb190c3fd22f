"""A lead and the guided engine talking, turn by turn, over a fake toolbox."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agent import gates
from agent.engines.guided.engine import GuidedEngine
from agent.outcome import Witness
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import Playbook, parse_playbook
from agent.turn import HistoryLine, InboundText, Language, LeadView, Reply, TurnContext, TurnResult
from tests.fakes.toolbox import FakeToolbox

NOW = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)  # a Wednesday, 11:00 in Mexico City
PLAYBOOK = parse_playbook(DEFAULT_PLAYBOOK)
FOR_MODELS = {"repetition"}
LIMITS = {"buttons": (3, 20), "list": (10, 24)}


@dataclass
class Chat:
    """Everything that lasts between turns."""

    playbook: Playbook = PLAYBOOK
    language: Language = "es"
    lead: LeadView = field(default_factory=LeadView)
    state: dict[str, Any] = field(default_factory=dict)
    history: list[HistoryLine] = field(default_factory=list)
    now: datetime = NOW
    pause: timedelta = timedelta(minutes=1)
    turns: int = 0
    last: TurnResult | None = None
    box: FakeToolbox = field(init=False)
    judged: bool = True
    spent: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.box = FakeToolbox(self.playbook, self.now)

    def say(self, *texts: str | InboundText) -> str:
        """Send a burst, return what the lead reads."""
        inbound = tuple(
            text if isinstance(text, InboundText) else InboundText(f"m{self.turns}-{n}", text)
            for n, text in enumerate(texts)
        )
        self.box.texts.update({message.message_id: message.text for message in inbound})
        context = TurnContext(
            now=self.now,
            language=self.language,
            playbook=self.playbook,
            lead=self.lead,
            inbound=inbound,
            history=tuple(self.history),
            facts=tuple(self.box.facts.values()),
            state=self.state,
            meeting=self.box.meeting,
            offered=self.box.offered,
            first_turn=self.turns == 0,
        )
        witness = Witness(self.box)
        started = time.process_time()
        decided = GuidedEngine().decide(context, witness)
        self.spent.append(time.process_time() - started)
        result = gates.disclose(decided, context)
        check(result)
        if self.judged:
            verdicts = gates.vetoes(gates.check(result, context, witness.outcome))
            # As in the runner: the flow without a model may say the same thing again.
            assert {verdict.gate for verdict in verdicts} <= FOR_MODELS, (result.replies, verdicts)
        self.state = json.loads(json.dumps(result.state))
        self.language, self.last = result.language, result
        said = "\n".join(reply.text for reply in result.replies)
        self.history += [HistoryLine("lead", str(texts), self.now)]
        self.history += [HistoryLine("bot", said, self.now)]
        self.turns += 1
        self.now += self.pause
        return said

    def tap(self, option: str, text: str = "") -> str:
        """Tap a button or a row by id."""
        titles = {o.id: o.title for reply in self.replies for o in reply.options}
        return self.say(
            InboundText(f"t{self.turns}", text or titles.get(option, "x"), "list_reply", option)
        )

    def kind(self, *kinds: str, text: str = "") -> str:
        """Send things that are not text, and then perhaps a text."""
        sent = (InboundText(f"k{self.turns}-{n}", "", kind) for n, kind in enumerate(kinds))
        return self.say(*sent, *filter(None, (text,)))

    @property
    def replies(self) -> tuple[Reply, ...]:
        return self.last.replies if self.last else ()

    @property
    def values(self) -> dict[str, Any]:
        return {key: fact.value for key, fact in self.box.facts.items()}

    @property
    def options(self) -> list[str]:
        return [option.id for reply in self.replies for option in reply.options]


def check(result: TurnResult) -> None:
    """What every answer must keep to, whatever was said."""
    assert result.replies
    for reply in result.replies:
        assert reply.text.strip()
        assert len(reply.text) <= 4096
        if reply.kind == "text":
            assert not reply.options
            continue
        most, longest = LIMITS[reply.kind]
        titles = [option.title for option in reply.options]
        assert 0 < len(titles) <= most
        assert all(0 < len(title) <= longest for title in titles)
        assert all(len(option.description) <= 72 for option in reply.options)
        assert len({option.id for option in reply.options}) == len(titles)
        assert len(reply.text) <= 1024
        assert reply.kind != "list" or 0 < len(reply.button_label) <= 20


def qualified(language: Language = "es", *, judged: bool = True) -> Chat:
    """A chat whose lead has answered everything and sees times."""
    chat = Chat(language=language, judged=judged)
    if language == "es":
        chat.say("Hola, soy Ana, es para mi casa y pago 3000 de luz. Vivo en Puebla")
        chat.say("lo antes posible")
    else:
        chat.say("Hi, I'm Ana, it's for my house, I pay 3000 for power. I live in Puebla")
        chat.say("as soon as possible")
    chat.say("ana@example.com")
    return chat
