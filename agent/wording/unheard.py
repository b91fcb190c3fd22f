"""What to say to voice notes that nobody made words of: honest, and a person when they insist."""

from __future__ import annotations

from agent.turn import Language, TurnContext
from agent.wording.texts import say


def unheard(context: TurnContext, language: Language) -> str:
    """The key of what to say now: `audio_person` brings a person in."""
    told = [say(key, language) for key in ("audio", "audio_too", "audio_beside")]
    if any(map(context.just_said, told)):
        return "audio_too"
    return "audio_person" if any(map(context.said_before, told[:2])) else "audio"
