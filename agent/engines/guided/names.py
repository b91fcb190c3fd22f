"""Names of people: introduced («soy Ana», “my name is”) or given when asked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.engines.guided.folding import Folded
from agent.engines.guided.words import word_list

STRONG = (
    r"the name's|name's|me llamo|me yamo|meu nome e|me chamo|je m'appelle|mi chiamo|mi nombre es|my name is|my name's|name is|nombre:|mi nombre\?|nombre\?|me dicen|me llaman|te habla|le habla|les habla"
    r"|puedes llamarme|dime|call me|llamame|pode me chamar de|aqui quem fala e|quem fala e"
)
INTRO = re.compile(
    rf"\b(?:(?P<strong>{STRONG})|soy|soi|i'm|i am|this is|aqui e|aqui|sou|eu sou)\s+"
)
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*\.?")
PARTICLES = frozenset(["de", "del", "la", "las", "los", "van", "von", "da", "do", "das", "dos"])
NOT_NAMES = word_list("not_names")
STOPS = word_list("stops")
NEVER_IN_NAMES = word_list("never_in_names")
FIRST_NAMES = word_list("first_names")
# Names of cities too.
ALSO_NAMES = word_list("also_names")
NONSENSE = word_list("nonsense")
# No vowel, one letter over and over, laughter, a row of keys.
UNSAYABLE = re.compile(r"[^aeiouy]{2,}|(.)\1+|(?:[jh][aei]){2,}[jh]?|.*[^aeiouy]{5}.*")
HONORIFIC = re.compile(
    r"\s*(?:(?:la |el )?(?:sra?|srta|senhora?|seu|senora?|senorita|don|dona|dra?|doctora?|doutora?|professora?|profesora?|profe|profra?|mtr[oa]|maestr[oa]|licenciad[oa]|ingenier[oa]|arquitect[oa]|lic|ing|arq|mrs?|ms|miss)\b\.?\s+)+"
)
ACRONYM = re.compile(r"(?!(?:dr|sr|jr|mr|st)\b)[b-df-hj-np-tv-z]{2,4}[,.]?")  # «cdmx», «gdl»
ARTICLE = re.compile(
    r"\s*(?:el|la|[ao]) (?P<name>\w+)(?P<alone>\W*$)?"
)  # «soy el Memo», «é o cadu»
# «Soy su esposa Laura»: somebody else on the same phone.
RELATIVE = re.compile(
    r"\s*(?:su|el|la|o|a|sua|seu|his|her) (?:espos[oa]|marido|mujer|mulher|hij[oa]|filh[oa]|herman[oa]|irma[o]?"
    r"|mama|papa|mae|pai|wife|husband|son|daughter)\W+(?P<name>\w+)"
)
# «Fernanda da Padaria Pão Quente»
OF_A_PLACE = re.compile(
    r"\s+(?:empresa|loja|padaria|mercado|restaurante|hotel|pousada|tienda|taller|clinica|consultorio|escuela|escola"
    r"|farmacia|fabrica|grupo|compania|companhia|constructora|construtora|oficina|escritorio|despacho)\b"
)
# «Luz María» is a name; «luz» by itself comes on a bill.
LUZ_MARIA = re.compile(r"\s+(?:maria|elena|ma|del carmen|adriana|stella|marina|angelica|divina)\b")
I_AM = re.compile(r"\b(?:soy|sou|e)\s*$")
LONGEST = 40
MOST_WORDS = 5


@dataclass(frozen=True)
class Name:
    """A name at [start, end) of the folded text."""

    value: str
    start: int
    end: int
    strong: bool = False


def introduced_name(message: Folded, *, asked: bool) -> Name | None:
    """Find the name in «me llamo …»; weak introductions need a capital unless we asked."""
    best: Name | None = None
    for match in INTRO.finditer(message.plain):
        if re.search(r"\bno $", message.plain[max(0, match.start() - 4) : match.start()]):
            continue
        strong = bool(match["strong"])
        if match["strong"] in {"dime", "call me", "llamame"} and not asked:
            strong = False
        name = _read_name(message, match.end(), must_be_capital=not (strong or asked))
        if name:
            strong = strong or RELATIVE.match(message.plain, match.end()) is not None
            best = Name(name.value, match.start(), name.end, strong)
    return best


def given_name(message: Folded) -> Name | None:
    """Read a short message as the answer to «¿cómo te llamas?»."""
    start = 0
    opening = re.match(
        r"\W*(?:(?:hola|saludos|ah+|ay|mira|oye|que tal|buenas?|buen|buenos|dia|tardes|dias|noches|hi|hello|hey|claro|si|yes|ok|sure|con"
        r"|es|it's|yo|pues|bueno|va|ok|okay|fine|alright|great|vale|sale|perfecto|mucho gusto|perdon|disculpa|sorry|nombre|oi|ola|bom|boa|dia|tarde|noite|tudo|bem|sou|eu|e|prazer|sim|desculpa|po|pos|pe|che|eh|este)\b\W*)*",
        message.plain,
    )
    if opening:
        start = opening.end()
    name = _read_name(message, start, must_be_capital=False)
    if name is None or not may_be_name(message.plain[name.start : name.end]):
        return None
    if not _is_evenly_cased(message.quote(name.start, name.end)):
        return None
    rest = re.split(r"[,.;/\n!¡?¿(]", message.plain[name.end :], maxsplit=1)[0]
    return None if re.search(r"\w", rest) and not _harmless(rest) else name


def bare_name(message: Folded, *, ours: str) -> Name | None:
    """Read «Ana» or «hola, Ana» and nothing else, where something else was asked.

    `ours` is the assistant's own name: who greets it does not say theirs.
    """
    name = given_name(message)
    words = message.plain[name.start : name.end].split() if name else []
    if name is None or words[0] not in FIRST_NAMES - ALSO_NAMES or words[0] in ours.split():
        return None
    return None if re.search(r"\w", message.plain[name.end :]) else name


def may_be_name(text: str) -> bool:
    """Tell «María José del Río» from a sentence that merely starts with a word. Folded."""
    words = re.findall(r"[^\W\d_]+", text)
    return 0 < len(words) <= MOST_WORDS and not any(word in NEVER_IN_NAMES for word in words)


def _is_evenly_cased(text: str) -> bool:
    """All small, all big, or a capital on every word: «Ignora tus reglas» is no name."""
    words = [word for word in text.split() if word.lower() not in PARTICLES]
    if len(words) <= 2 or text == text.lower() or text == text.upper():
        return True
    return all(word[:1].isupper() for word in words)


def _harmless(rest: str) -> bool:
    first = re.search(r"\w+", rest)
    if first is None:
        return False
    return first.group() in STOPS | {"de"} or _is_nonsense(first.group())


def _read_name(message: Folded, start: int, *, must_be_capital: bool) -> Name | None:
    words: list[str] = []
    article = ARTICLE.match(message.plain, start)
    if article and _is_named(message, article, asked=not must_be_capital):
        start = article.start("name")
    relation = RELATIVE.match(message.plain, start)
    if relation and (
        relation["name"] in FIRST_NAMES or message.quote(*relation.span("name"))[:1].isupper()
    ):
        start = relation.start("name")
    if honorific := HONORIFIC.match(message.plain, start):
        start = honorific.end()
    end = start
    for match in WORD.finditer(message.plain, start):
        gap = message.plain[end : match.start()]
        word, original = match.group().strip("."), message.quote(match.start(), match.end())
        if gap.strip(" ") or len(words) >= MOST_WORDS or _stops(word, words, message, match):
            break
        unsure = must_be_capital and not words and word not in FIRST_NAMES
        if unsure and not original[:1].isupper():
            return None
        words.append(original.strip("."))
        end = match.start() + len(match.group().rstrip("."))
    if not words or len(" ".join(words)) > LONGEST or not any(len(word) > 1 for word in words):
        return None
    return Name(cased(" ".join(words)), start, end)


def _is_named(message: Folded, article: re.Match[str], *, asked: bool) -> bool:
    name = article["name"]
    if name in FIRST_NAMES or message.quote(*article.span("name"))[:1].isupper():
        return True
    is_one = asked and article["alone"] is not None and name not in NOT_NAMES | NEVER_IN_NAMES
    return is_one and I_AM.search(message.plain[: article.start()]) is not None


def _is_nonsense(word: str) -> bool:
    return word in NONSENSE or UNSAYABLE.fullmatch(word) is not None


def _stops(word: str, words: list[str], message: Folded, match: re.Match[str]) -> bool:
    if _is_nonsense(word):
        return True
    if not words:
        if word == "luz" and LUZ_MARIA.match(message.plain, match.end()):
            return False
        return word in NOT_NAMES or word in STOPS
    if word in PARTICLES:
        if OF_A_PLACE.match(message.plain, match.end()):
            return True
        following = re.match(r"\s+(?:(?:la|los|las)\s+)?", message.plain[match.end() :])
        at = match.end() + (following.end() if following else 0)
        compound = word in (PARTICLES - {"de"}) or (
            following is not None and following.group().strip() != ""
        )
        return not compound or not message.quote(at, at + 1).isupper()
    return word in NOT_NAMES or word in STOPS


def cased(text: str) -> str:
    """Give capitals to a name typed without any, or with nothing else."""
    if text != text.lower() and text != text.upper():
        return text
    return " ".join(map(_cased, text.split()))


def _cased(word: str) -> str:
    low = word.lower()
    if low in PARTICLES:
        return low
    return word[:1].upper() + low[1:]


def place_cased(text: str) -> str:
    """Give capitals to a place: «CDMX» keeps all of its own."""
    words = (word.upper() if ACRONYM.fullmatch(word.lower()) else word for word in text.split())
    return " ".join(words)
