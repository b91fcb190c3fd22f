"""Answers that are free words: a city, a company, whatever a business asks as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.engines.guided.folding import Folded, folded
from agent.engines.guided.intents import SILENT, Intent
from agent.engines.guided.numbers import find_amounts
from agent.engines.guided.places import CITIES, city_in

Span = tuple[int, int]

STOP = re.compile(
    r"[,.;:!?¡¿()\n]|\s(?:y|and|e|pero|but|para|quiero|quisiera|pago|pagamos|con|necesito|i|we|que"
    r"|porque|because|tengo|tenemos|me|mi|nos|looking|my|is|es|gracias|thanks|by the|de momento|mas|quero|obrigad[oa]|tenho|meu|minha|pra|com|eu"
    r"|por favor|please)\b"
)
NOWHERE = re.compile(
    r"^(?:\s*$|(?:mi |la |el |un |una |my |the |a )?(?:casa|trabajo|oficina|negocio|camino|eso|ello|llamada|videollamada|reunion|cita|linea"
    r"|junta|trabalho|escritorio|loja|reuniao|ligacao|home|work|office|charge|need|market|business|the)\b)"
)
OPENING = re.compile(
    r"\W*(?:(?:hola|buenas?|buenos|tardes|dias|noches|hi|hello|hey|pues|bueno|mmm+|eh+|si|yes|ok"
    r"|okay|claro|perdon|disculpa|sorry|es|esta|estoy|estamos|aqui|vivo|vivimos|vive|viven|queda|se ubica|en|de|desde|soy de"
    r"|somos de|la ciudad de|it's|in|i'm|i am|we're|we are|i live|live|from|well|uh+|um+|near"
    r"|cerca de|por|oi|ola|bom dia|boa tarde|boa noite|sim|moro|moramos|fico|ficamos|em|no(?= rio)|na|e|sou d[eoa]|somos d[eoa]|perto de|d[oa]"
    r"|desculpa)\b[\s,:.]*)*"
)
CLOSING = (
    "gracias",
    "thanks",
    "thank you",
    "por favor",
    "please",
    "porfa",
    "obrigado",
    "obrigada",
    "valeu",
)
PADDING = " \n,.;:!"
PLACE_INSIDE = re.compile(r"\b(?:en|in|from|em)\s+(?=\w)")
CLAUSES = re.compile(r"[,;\n]|\.\s|\s(?:y|and|pero|but)\s")
COMPANY = re.compile(
    r"\b(?:mi empresa (?:es|se llama)|nuestra empresa (?:es|se llama)|trabajo (?:en|para)"
    r"|de la empresa|minha empresa (?:e|se chama)|nossa empresa (?:e|se chama)|trabalho (?:na|no|em|para a?)|da empresa|my company is(?: called)?|our company is|i work (?:at|for)|empresa:|company:)\s+"
)
# «Soy Luis de Grupo Bimbo», «les escribo de Transportes Águila S.A. de C.V.».
_FORM = (
    r"(?:s\.? ?a\.?(?: ?p\.? ?i\.?)?(?: de c\.? ?v\.?)?|s\.? de r\.? ?l\.?(?: de c\.? ?v\.?)?|s\.? ?a\.? ?s\.?"
    r"|ltda\.?|inc\.?|llc|ltd\.?)(?!\w)"
)
OF_A_COMPANY = re.compile(
    r"\b(?:(?:les? |te )?(?:escribo|hablo|escribimos|hablamos|llamo) de(?: la| el)?|represento a(?:l| la)?"
    r"|(?:here|calling|writing) from|falo d[ae]|escrevo d[ae]) "
    r"|\bde (?=(?:grupo|transportes|constructora|comercializadora|industrias|laboratorios|servicios|construcciones"
    rf"|inmobiliaria|distribuidora)\b|[^,.;\n]{{2,40}} {_FORM})"
)
WITH_FORM = re.compile(rf"[^,;:!?\n.]{{2,50}}?,? {_FORM}")
NO_COMPANY = re.compile(
    r"\b(?:todavia no|aun no|ainda nao|not yet|por mi cuenta|independiente|no tengo|ningun[oa]?|particular|freelancer?"
    r"|autonom[oa]|conta propria|self[ -]employed|on my own|myself|nenhuma|none)\b"
)
_END = r"(?P<new>[^,.;\n?!]{1,60})"
NOT_BUT = (
    re.compile(
        r"\bno (?:(?:es|era|soy|son|en|estoy en|vivo en|soy de) )?(?P<old>[^,.;\n]{1,40}?)[,.;]?"
        rf"\s+(?:sino|si no|es|era|soy|son|estoy|vivo|mas bien)\s+(?:de |en |era |es )?{_END}"
    ),
    re.compile(
        r"\bnot (?:in )?(?P<old>[^,.;\n]{1,40}?)[,.;]?\s+(?:but|it's|it is|i'm|i am|i meant?)\s+"
        rf"(?:in )?{_END}"
    ),
    re.compile(
        rf"\b(?:es|era|soy de|it's|i meant) {_END}[,;]? (?:y no|no|not) (?P<old>[^,.;\n]{{1,40}})"
    ),
    re.compile(
        r"\bnao (?:(?:e|era|sou d[eoa]|em|moro em) )?(?P<old>[^,.;\n]{1,40}?)[,.;]?"
        rf"\s+(?:e sim|mas sim|e|era|sou d[eoa]|moro em)\s+(?:em |d[eoa] )?{_END}"
    ),
    re.compile(rf"\b(?:e|era|sou d[eoa]) {_END}[,;]? (?:e nao|nao) (?P<old>[^,.;\n]{{1,40}})"),
)
MEANT = re.compile(
    r"\b(?:quis dizer|quer dizer|na verdade|me enganei|ou melhor|alias|desculpe?a?|quise decir|queria decir|mas bien|mejor dicho|me equivoque|me confundi|correccion"
    r"|digo|correction|i meant?|make that|actually|perdon|disculpa|sorry)\b[\s,:]*"
    rf"(?:(?:que|es|era|son|soy de|en|it's|in|de|e|sou d[eoa]|em|no|na)\s+)*{_END}"
)
EMPTY = re.compile(
    r"^\W*(?:(?:si+|no+|nop|nope|nel|nah|simon|idk|dunno|pues|ok(?:ay|ey)?|va|vale|sale|claro|dale|yes|yeah|sure|gracias|thanks?"
    r"|thank you|sim|nao|isso|beleza|blz|otimo|perfeito|certo|obrigad[oa]|valeu|oi|ola|bom dia|boa tarde|boa noite|tudo bem|tudo bom|tchau|hola|hi|hello|hey|bien|muy bien|todo bien|fine|que tal|buen[oa]s? (?:dias?|tardes?|noches?)"
    r"|jaja\w*|perfecto|listo|bueno|nada|great|cool|lol|adios|bye)\b\W*)+$"
)
LONGEST = 120
PLACE_HINTS = (" en", " in", " de", " from", " em", " do", " da", " no", " na")
AFTER_IN = re.compile(r"\b(?:en|in|em)\s+(?=\w)")
NO_PLACE = re.compile(
    r"(?:whats\w*|facebook|fb|instagram|internet|google|youtube|tiktok|english|ingles|spanish|espanol|portugues|espanhol"
    r"|cfe|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|january|february|march|april|may|janeiro|fevereiro|maio|junho|julho|setembro|outubro|novembro|dezembro|casa|june|july|august|september|october|november|december"
    r"|un|una|dos|tres|unos|cuanto|general|mi|la|el|my|the|a|um|uma|breve|minha|meu|geral)\b"
)
NOT_A_PLACE = re.compile(
    r"\b(?:quiero|quisiera|gusta|puedo|pueden|tengo|necesito|pago|dar|digo|sabe|se|hay|ver|dato|datos"
    r"|posible|possible|possivel|urge|urgente|antes|soon|cuando|quando|quero|queria|gostaria|posso|podem|tenho|preciso|saber|sei|ver|want|need|can|don't|do|have|think|know|tell|wait|keep|mejor|para mi|espera\w*|andale|orale|sea|seas|seja|malit[oa]|porfa|caro|cara|gratis|pera|perai|perate|calma|aguanta|ok|nada|algo|todo|eso|esto|asi|lo|precio|rapido"
    r"|interes\w+)\b"
)
AT_WORK = re.compile(r"\b(?:trabajo|trabajamos|laboro|chambeo|trabalho|trabalhamos|work) $")
LETTERS = re.compile(r"[^\W\d_]{2}")
LONGEST_PLACE = 5
LONGEST_ANSWER = 8
BARE_PLACE = re.compile(r"^\W*(?:en|in|desde|from|de|em)\s+")
LOOSE_END = 3


def hinted_text(message: Folded, hints: Sequence[str]) -> Span | None:
    """Read the words after «vivo en …»."""
    best = _bare_place(message) if any(hint.endswith(PLACE_HINTS) for hint in hints) else None
    for hint in hints:
        for match in re.finditer(rf"\b{re.escape(hint)}\s+", message.plain):
            denied = re.search(r"\bno $", message.plain[max(0, match.start() - 4) : match.start()])
            span = None if denied else _until_stop(message, match.end())
            if span and (best is None or span[0] > best[0]):
                best = span
    return best


def placed_text(message: Folded, *, asked: bool, named: bool = False) -> Span | None:
    """Read «mi casa en Puebla»: a known city, or what has a capital where not everything has."""
    if span := city_in(message.plain, asked=asked, named=named):
        return span
    if message.text == message.text.upper():
        return None
    for match in AFTER_IN.finditer(message.plain):
        start = match.end()
        if not message.quote(start, start + 1).isupper() or NO_PLACE.match(message.plain, start):
            continue
        if AT_WORK.search(message.plain, 0, match.start()):
            continue
        if (span := _until_stop(message, start)) and _is_capital(message, span):
            return span
    return None


def _is_capital(message: Folded, span: Span) -> bool:
    """Whether the last word has a capital too: «Tlaxco» and not «Verdad no sé»."""
    words = message.quote(*span).split()
    return len(words) <= LONGEST_PLACE and words[-1][:1].isupper()


def sounds_like_a_place(text: str) -> bool:
    """Tell «San Juan del Río» from a sentence. `text` is folded."""
    if len(text.split()) > LONGEST_ANSWER or NOT_A_PLACE.search(text):
        return False
    for amount in reversed(find_amounts(text)):  # «3 mil»
        text = text[: amount.start] + text[amount.end :]
    return LETTERS.search(text) is not None


def _bare_place(message: Folded) -> Span | None:
    """Read «en Guadalajara» as a message of its own; the capital tells it from «en eso»."""
    match = BARE_PLACE.match(message.plain)
    if match is None or not message.quote(match.end(), match.end() + 1).isupper():
        return None
    span = _until_stop(message, match.end())
    return span if span and len(message.plain) - span[1] <= LOOSE_END else None


def company(message: Folded) -> Span | None:
    """Read the words after «mi empresa es …», or a name that says by itself what it is."""
    match = COMPANY.search(message.plain)
    if match is None:
        found = OF_A_COMPANY.search(message.plain)
        if found is None or not message.quote(found.end(), found.end() + 1).isupper():
            return None
        match = found
    if whole := WITH_FORM.match(message.plain, match.end()):
        return match.end(), whole.end()
    span = _until_stop(message, match.end())
    return None if span and message.plain[slice(*span)] in CITIES else span


def sounds_like_a_company(text: str) -> bool:
    """Tell «Grupo Bimbo» from «todavía no» and «en marzo». `text` is folded."""
    short = len(text.split()) <= LONGEST_ANSWER
    return short and not (
        NOT_A_PLACE.search(text) or NO_COMPANY.search(text) or NO_PLACE.match(text)
    )


def corrected_text(
    message: Folded, known: Mapping[str, str], last: str, *, typed: bool
) -> tuple[str, Span | None]:
    """Read «no es Puebla, es Cholula» and «quise decir Cholula»: which answer, and where."""
    for pattern in NOT_BUT:
        for match in pattern.finditer(message.plain):
            for key, value in known.items():
                if folded(value) and folded(value) in match["old"]:
                    return key, _trimmed(message, *match.span("new"))
    meant = MEANT.search(message.plain)
    if meant is None or typed or last not in known or EMPTY.match(meant["new"]):
        return "", None
    span = _until_stop(message, meant.start("new"))
    return (last, span) if span else ("", None)


def free_text(message: Folded, intents: frozenset[Intent], spans: Sequence[Span]) -> Span | None:
    """Read a message, or the clause of it that says nothing else, as an answer in free words."""
    if intents & SILENT or EMPTY.match(message.plain):
        return None
    end = min(
        (at for mark in "¿?" if (at := message.plain.find(mark)) >= 0), default=len(message.plain)
    )
    if message.plain[end : end + 1] == "?":
        end = 0
    elif Intent.QUESTION in intents and end == len(message.plain):
        return None
    if not spans:
        return _trimmed(message, 0, end)
    for start, stop in _clauses(message.plain[:end]):
        inside = [span for span in spans if span[0] < stop and start < span[1]]
        if not inside:
            if span := _trimmed(message, start, stop):
                return span
        elif place := PLACE_INSIDE.search(message.plain, max(b for _, b in inside), stop):
            return _trimmed(message, place.end(), stop)
    return None


def _clauses(plain: str) -> list[Span]:
    cuts = [match.span() for match in CLAUSES.finditer(plain)]
    starts = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(plain)]
    return list(zip(starts, ends, strict=True))


def _until_stop(message: Folded, start: int) -> Span | None:
    stop = STOP.search(message.plain, start)
    span = _trimmed(message, start, stop.start() if stop else len(message.plain))
    if span is None or NOWHERE.match(message.plain[span[0] : span[1]]):
        return None
    return span if len(message.plain[span[0] : span[1]].split()) <= 6 else None


def _trimmed(message: Folded, start: int, end: int) -> Span | None:
    opening = OPENING.match(message.plain, start, end)
    start = opening.end() if opening else start
    end = _closing(message.plain, start, end)
    words = message.plain[start:end]
    if not re.search(r"[^\W_]{2}", words) or len(words) > LONGEST or EMPTY.match(words):
        return None
    return start, end


def _closing(plain: str, start: int, end: int) -> int:
    text = plain[start:end].rstrip(PADDING)
    for word in CLOSING:
        if text.endswith(word):
            text = text.removesuffix(word).rstrip(PADDING)
    return start + len(text)
