"""One turn while it is being decided: what is known, what will be said first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from agent import wording
from agent.engines.guided.folding import folded
from agent.engines.guided.memory import Memory
from agent.engines.guided.places import zone_of
from agent.engines.guided.reading import Reading, make_setting, read_burst
from agent.playbook.schema import Playbook, Question
from agent.playbook.scoring import Score, score
from agent.turn import (
    HandoffWhy,
    KnownFact,
    Language,
    MeetingView,
    Reply,
    Toolbox,
    TurnContext,
)

LONGEST_TEXT = 4096
LONGEST_BODY = 1000
SHORT = 60

Replies = tuple[Reply, ...]


@dataclass
class Talk:
    """The workbench of a turn. `parts` are said before whatever the turn ends with."""

    context: TurnContext
    toolbox: Toolbox
    language: Language
    memory: Memory
    reading: Reading
    facts: dict[str, KnownFact]
    parts: list[str] = field(default_factory=list)
    progress: bool = False
    # Heard, but a colleague has fixed another answer: it is not said back.
    proposed: frozenset[str] = frozenset()

    @property
    def playbook(self) -> Playbook:
        """The business's playbook."""
        return self.context.playbook

    @property
    def zone(self) -> str:
        """The zone to show times in: what the lead said, else what we hold."""
        return self.memory.zone or self.context.lead.time_zone

    @property
    def today(self) -> date:
        """The day it is where the lead is."""
        return self.context.now.astimezone(ZoneInfo(self.zone)).date()

    @property
    def zone_certain(self) -> bool:
        """Whether the zone is more than a guess."""
        return bool(self.memory.zone) or self.context.lead.time_zone_certain

    @property
    def name(self) -> str:
        """The lead's first name, if they gave one."""
        question = next((q for q in self.playbook.questions if q.kind == "name"), None)
        fact = self.facts.get(question.key) if question else None
        return wording.first_name(str(fact.value) if fact else self.context.lead.name)

    @property
    def rating(self) -> Score:
        """What the facts are worth now, and whether they rule the lead out."""
        return score(self.playbook, self.facts.values())

    def say(self, key: str, **values: str) -> str:
        """Render one of our sentences in this turn's language."""
        return wording.say(key, self.language, **values)

    def meeting_details(self, meeting: MeetingView) -> str:
        """Repeat a meeting: when, with whom and how it takes place."""
        note = self.playbook.meeting_note
        return wording.meeting_details(meeting, self.language, zone=self.memory.zone, note=note)

    def value(self, key: str) -> Any:
        """What is known about a question, from a fact or from the lead's own row."""
        if key in self.facts:
            return self.facts[key].value
        question = self.playbook.question(key)
        lead = self.context.lead
        kept = {"name": lead.name, "email": lead.email, "company": lead.company}
        return (kept.get(question.kind) if question else "") or None

    def next_question(self) -> Question | None:
        """The first question that is neither answered nor skipped."""
        return next(
            (
                question
                for question in self.playbook.questions
                if self.value(question.key) is None and question.key not in self.memory.skipped
            ),
            None,
        )

    def said_before(self, text: str, lines: int = 1) -> bool:
        """Whether one of our last messages has these very words."""
        return self.context.said_before(text, lines)

    def finish(self, reply: Reply) -> Replies:
        """Put what was prepared before the last message, in one message if it fits."""
        opening = "\n\n".join(part for part in self.parts if part)
        short = bool(self.parts) and len(self.parts[-1]) <= SHORT and "\n" not in reply.text
        text = (" " if short else "\n\n").join(part for part in (opening, reply.text) if part)
        limit = LONGEST_TEXT if reply.kind == "text" else LONGEST_BODY
        if len(text) <= limit or not opening:
            return (Reply(text[:limit], reply.kind, reply.options, reply.button_label),)
        return (Reply(opening[:LONGEST_TEXT]), reply)

    def hand_off(self, why: HandoffWhy, text: str = "") -> Replies:
        """Give the conversation to people, and say so."""
        self.toolbox.hand_off(why)
        memory = self.memory
        memory.confirming, memory.misses, memory.asked = "", {}, {}
        memory.unknown = memory.off_topic = memory.given_up = 0
        said = wording.handing_over(why, self.context, self.language, text=text, zone=self.zone)
        return self.finish(Reply(said))


def start_talk(context: TurnContext, toolbox: Toolbox, language: Language) -> Talk:
    """Read the burst, store what it answers, and open the workbench."""
    memory = Memory.load(context.state)
    facts = {fact.key: fact for fact in context.facts}
    talk = Talk(context, toolbox, language, memory, Reading(), facts)
    asking = context.playbook.question(memory.asking) or _asked_by_another_engine(talk)
    memory.asking = asking.key if asking else ""
    setting = make_setting(
        context.playbook,
        asking=asking,
        last=memory.last,
        now=context.now.astimezone(ZoneInfo(talk.zone)),
        language=language,
        slots_open=slots_are_open(talk),
    )
    talk.reading = read_burst(context.inbound, setting, context.facts)
    _save(talk)
    _learn_zone(talk)
    return talk


def slots_are_open(talk: Talk) -> bool:
    """Whether the lead is choosing a time; without a state, an offer without a meeting says so."""
    if talk.memory.phase == "slots" or talk.memory.moving:
        return True
    return not talk.context.state and bool(talk.context.offered) and talk.context.meeting is None


def _asked_by_another_engine(talk: Talk) -> Question | None:
    if talk.context.state or talk.context.first_turn or slots_are_open(talk):
        return None
    bot = [line.text for line in talk.context.history if line.author == "bot"]
    return talk.next_question() if bot and "?" in bot[-1] else None


def _save(talk: Talk) -> None:
    answers = tuple(talk.reading.answers.values())
    if not answers:
        return
    result = talk.toolbox.save_answers(answers)
    talk.facts = {fact.key: fact for fact in result.facts}
    talk.proposed = frozenset(result.proposed)
    for key in list(talk.reading.answers):
        if key not in result.saved:
            talk.reading.corrected.discard(key)
        if key not in talk.proposed.union(result.saved):
            del talk.reading.answers[key]
    if talk.reading.answers:
        talk.progress = True
        talk.memory.given_up = 0
        talk.memory.last = list(talk.reading.answers)[-1]


def _learn_zone(talk: Talk) -> None:
    if talk.reading.zone:
        talk.memory.zone = talk.reading.zone
        return
    if talk.zone_certain:
        return
    for answer in talk.reading.answers.values():
        question = talk.playbook.question(answer.key)
        if question and question.kind == "text" and isinstance(answer.value, str):
            talk.memory.zone = zone_of(folded(answer.value)) or talk.memory.zone
