"""The sentences themselves. Spanish first: most leads read that one."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts
from agent.turn import Language
from agent.wording.meeting_texts import MEETING_TEXTS
from agent.wording.talk_texts import TALK_TEXTS

TEXTS: Mapping[str, Texts] = {**TALK_TEXTS, **MEETING_TEXTS}


def pick(texts: Texts, language: Language) -> str:
    """Choose the text of this language, or the other one rather than silence."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def first_name(full: str) -> str:
    """How to call somebody; "" if what stands first is no name."""
    first = full.split()[0] if full.split() else ""
    return first if first.isalpha() and len(first) <= 30 else ""


def say(key: str, language: Language, **values: str) -> str:
    """Fill one of TEXTS."""
    return TEXTS[key][language].format(**values)
