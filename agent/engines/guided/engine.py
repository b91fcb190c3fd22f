"""The engine without a model: reads a burst, decides one step, says it in one message."""

from __future__ import annotations

from collections.abc import Callable

from agent import wording
from agent.engines.guided.asking import answer_and_ask
from agent.engines.guided.closing import pause, turn_away
from agent.engines.guided.folding import folded, whole_words
from agent.engines.guided.intents import Intent
from agent.engines.guided.languages import choose_language
from agent.engines.guided.meetings import serve_meeting, settle_confirmation
from agent.engines.guided.slots import choose_slot
from agent.engines.guided.talk import Replies, Talk, start_talk
from agent.turn import HandoffWhy, Reply, Toolbox, TurnContext, TurnResult

Step = Callable[[Talk], Replies | None]


class GuidedEngine:
    """Deterministic in what it is given and what its tools answer."""

    name = "guided"

    def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
        """Decide one turn."""
        language = choose_language(context)
        talk = start_talk(context, toolbox, language)
        if context.first_turn:
            talk.parts.append(wording.greeting(context.playbook, language))
        replies = next(
            (replies for step in STEPS if (replies := step(talk)) is not None), None
        ) or answer_and_ask(talk)
        return TurnResult(replies, talk.memory.dump(), language, self.name)


def hand_off_if_needed(talk: Talk) -> Replies | None:
    """A person when asked for one, or when somebody is angry: before anything else."""
    words = talk.playbook.hand_off.words
    if talk.reading.has(Intent.HUMAN):
        return talk.hand_off(HandoffWhy.ASKED)
    if any(whole_words(folded(each)).search(text) for each in words for text in talk.reading.texts):
        return talk.hand_off(HandoffWhy.POLICY)
    if talk.reading.has(Intent.INSULT):
        return talk.hand_off(HandoffWhy.FRUSTRATED)
    if talk.reading.has(Intent.NEEDS_STAFF) and talk.context.meeting is not None:
        return talk.hand_off(HandoffWhy.POLICY)
    return None


def hand_off_if_they_only_speak(talk: Talk) -> Replies | None:
    """A second voice note after being asked to type: somebody has to listen."""
    said = wording.unheard(talk.context, talk.language) if talk.context.unheard else ""
    if said == "audio_person":
        return talk.hand_off(HandoffWhy.STUCK, talk.say(said))
    return talk.finish(Reply(talk.say(said))) if said == "audio_too" else None


STEPS: tuple[Step, ...] = (
    hand_off_if_needed,
    hand_off_if_they_only_speak,
    turn_away,
    settle_confirmation,
    serve_meeting,
    pause,
    choose_slot,
)
