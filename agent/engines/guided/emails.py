"""E-mail addresses, typed and dictated."""

from __future__ import annotations

import re

from agent.engines.guided.folding import Folded
from agent.engines.guided.setting import Found, Setting
from agent.engines.guided.words import word_list

EMAIL = re.compile(
    r"(?<![\w.+-])[a-z0-9](?:[\w.+-]{0,62}[a-z0-9_+-])?@(?:[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?\.){1,4}"
    r"[a-z]{2,24}(?![\w@-])"
)


_SAID = r"\s+(?:punto|ponto|dot|guion(?: (?:bajo|medio))?|underscore|underline|dash|hyphen|hifen|traco)\s+"
SPOKEN_EMAIL = re.compile(
    rf"\b(?P<who>[a-z0-9][\w.+-]{{0,40}}(?:{_SAID}[\w.+-]{{1,40}}){{0,4}})\s+(?:arroba|at)\s+"
    r"(?P<where>[a-z0-9-]{2,40}(?:(?:\s+(?:punto|ponto|dot)\s+|\.)[a-z]{2,6}){1,2})\b"
)
MARKS = (
    (re.compile(r"\s+(?:punto|ponto|dot)\s+"), "."),
    (re.compile(r"\s+(?:guion bajo|underscore|underline)\s+"), "_"),
    (re.compile(r"\s+(?:guion(?: medio)?|dash|hyphen|hifen|traco)\s+"), "-"),
)
# Fingers that slipped: nobody is reached there.
SLIPPED = re.compile(
    r"\.(?:con|comm|coom|vom|cpm|xom)$"
    r"|@(?:gmial|gamil|gmai|gmal|gmil|gnail|hotmial|hotmai|hotmal|hormail|outlok|yaho|yahooo)\."
)
# «perdón, gmail.com»: the address stays but for what is behind the @.
BEHIND = re.compile(
    r"(?<![\w@.-])@?(?P<where>(?:gmail|hotmail|outlook|yahoo|icloud|live)(?:\.[a-z]{2,3}){1,2})\b"
)
BEFORE_IT = word_list("before_emails")
# Nobody says the rest of it.
ONLY_GMAIL = re.compile(
    r"(?<![\w.+-])(?P<who>[a-z0-9][\w.+-]{0,62})(?:@|\s+(?:arroba|at)\s+)gmail\b"
    r"(?!\s*[.@]|\s+(?:punto|ponto|dot)\b)"
)


def find_emails(message: Folded, setting: Setting) -> list[Found]:
    """Find an address."""
    question = next((q for q in setting.playbook.questions if q.kind == "email"), None)
    if question is None:
        return []
    match = EMAIL.search(message.plain)
    if match and not SLIPPED.search(match.group()):
        return [Found(question.key, match.group(), *match.span(), explicit=True)]
    known = str(setting.known.get(question.key) or "")
    if (match := BEHIND.search(message.plain)) and "@" in known:
        value = f"{known.partition('@')[0]}@{match['where']}"
        return [Found(question.key, value, *match.span(), explicit=True)]
    if (match := SPOKEN_EMAIL.search(message.plain)) and _begins(message.plain, match.start()):
        value = f"{_written(match['who'])}@{_written(match['where'])}"
        return [Found(question.key, value, *match.span(), explicit=True)]
    match = ONLY_GMAIL.search(message.plain)
    if match and _begins(message.plain, match.start()):
        return [Found(question.key, f"{match['who']}@gmail.com", *match.span(), explicit=True)]
    return []


def _begins(plain: str, start: int) -> bool:
    """Of «claudia salao arroba hotmail punto com» nobody knows where it begins."""
    before = re.search(r"(\w+)\s+$", plain[:start])
    return before is None or before[1] in BEFORE_IT


def _written(said: str) -> str:
    for mark, sign in MARKS:
        said = mark.sub(sign, said)
    return said
