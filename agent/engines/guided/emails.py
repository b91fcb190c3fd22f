"""E-mail addresses, typed and dictated."""

from __future__ import annotations

import re

from agent.engines.guided.folding import Folded
from agent.engines.guided.setting import Found, Setting

EMAIL = re.compile(
    r"(?<![\w.+-])[a-z0-9](?:[\w.+-]{0,62}[a-z0-9_+-])?@(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,4}"
    r"[a-z]{2,24}(?![\w@-])"
)


SPOKEN_EMAIL = re.compile(
    r"\b([a-z0-9][\w.+-]{0,40})\s+(?:arroba|at)\s+([a-z0-9-]{2,40})\s+(?:punto|dot)\s+"
    r"(com|net|org|mx|es|co|edu|io)(?:\s+(?:punto|dot)\s+(mx|co|ar|pe|cl))?\b"
)


def find_emails(message: Folded, setting: Setting) -> list[Found]:
    """Find an address."""
    question = next((q for q in setting.playbook.questions if q.kind == "email"), None)
    if question is None:
        return []
    if match := EMAIL.search(message.plain):
        return [Found(question.key, match.group(), *match.span(), explicit=True)]
    if match := SPOKEN_EMAIL.search(message.plain):
        value = f"{match[1]}@{match[2]}.{match[3]}" + (f".{match[4]}" if match[4] else "")
        return [Found(question.key, value, *match.span(), explicit=True)]
    return []
