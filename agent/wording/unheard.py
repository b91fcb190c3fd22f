"""What to say to voice notes that nobody made words of: honest, and a person when they insist."""

from __future__ import annotations

from agent.turn import Language, TurnContext
from agent.wording.texts import say


def unheard(context: TurnContext, language: Language) -> str:
    """The key of what to say now: `audio_person` brings a person in."""
    asked_to_type, more = say("audio", language), say("audio_too", language)
    if context.just_said(asked_to_type):
        return "audio_too"
    asked = context.said_before(asked_to_type) or context.said_before(more)
    return "audio_person" if asked else "audio"
