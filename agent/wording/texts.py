"""The sentences themselves. Spanish first: most leads read that one."""

from __future__ import annotations

from collections.abc import Mapping

from agent.playbook.schema import Texts
from agent.turn import Language
from agent.wording.file_texts import FILE_TEXTS
from agent.wording.hand_off_texts import HAND_OFF_TEXTS
from agent.wording.meeting_texts import MEETING_TEXTS
from agent.wording.slot_texts import SLOT_TEXTS
from agent.wording.talk_texts import TALK_TEXTS

TEXTS: Mapping[str, Texts] = {
    **TALK_TEXTS,
    **FILE_TEXTS,
    **SLOT_TEXTS,
    **MEETING_TEXTS,
    **HAND_OFF_TEXTS,
}


def pick(texts: Texts, language: Language) -> str:
    """Choose the text of this language, or another one rather than silence."""
    return texts.get(language) or next((text for text in texts.values() if text), "")


def first_name(full: str) -> str:
    """How to call somebody; "" if what stands first is no name."""
    first = full.split()[0] if full.split() else ""
    return first if first.isalpha() and len(first) <= 30 else ""


def say(key: str, language: Language, **values: str) -> str:
    """Fill one of TEXTS."""
    return TEXTS[key][language].format(**values)
