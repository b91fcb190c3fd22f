"""Which question a number in a message answers."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.engines.guided.emails import EMAIL
from agent.engines.guided.folding import Folded, folded, whole_words
from agent.engines.guided.hours import When
from agent.engines.guided.numbers import Amount, find_amounts
from agent.engines.guided.setting import Found, Setting
from agent.playbook.schema import Question

SMALL_MONEY = 20
# Where a bill of three is no three: «como 3», «dos y medio» are thousands, or nothing.
LARGE_UNITS = frozenset({"MXN", "COP", "CLP", "ARS", "UYU", "DOP", "CRC", "PYG", "NIO", "HNL"})
HALF = re.compile(r"\b(?:medio|media|half)\b")
FOREIGN = {
    "USD": re.compile(r"\b(?:usd|dolares|dollars?|bucks|us)\b|us\$"),
    "EUR": re.compile(r"\b(?:euros?|eur)\b"),
    "BRL": re.compile(r"\breais\b|\br\$"),
    "PEN": re.compile(r"\bsoles\b"),
}


SUBSTANTIAL = 100


ROUGHLY = re.compile(
    r"\b(?:como|unos|unas|son|alrededor de|cerca de|about|around|like|uns|umas|mais ou menos|por volta de|mas o menos|pues)\b"
)


MOST_AMOUNTS = 20


REACH = 45


NUMERIC = ("number", "money")
NO_MONEY = re.compile(
    r"\s*(?:kwh?|kilo\w+|watts?|w|paneles?|panels?|anos?|years?|%|personas?|people|metros|mts|m2|focos"
    r"|recamaras|pisos|hijos|dias?|days?|mes(?:es)?|months?|veces|casas|locales|sucursales|paineis|painel|placas|anos|pessoas|quartos|vezes|lojas|semanas?"
    r"|meninos|filhos)(?!\w)"
)
# «Otra empresa me dio 80 mil» is a price, not a bill.
A_PRICE = re.compile(
    r"\b(?:me (?:dio|dieron|cotiz\w+|ofrec\w+)|cuest\w+|vale[n]?|ahorr\w+|presupuesto de"
    r"|quoted me|they quoted|costs?|me deram|me passaram|custam?|orcaram|cobraram) (?:como |unos |about |around )?$"
)
# «Mi vecino pagó 60 mil con otra compañía» is no bill of theirs.
ELSEWHERE = re.compile(
    r"\b(?:otr[ao]s? (?:empresas?|companias?|proveedor(?:es)?|lados?)|la competencia|mis? vecin\w+"
    r"|(?:el )?mercado (?:libre|livre)|amazon"
    r"|outr[ao]s? (?:empresas?|companhias?)|(?:o|os|a) (?:concorrent\w+|concorrencia)|me(?:u|us) vizinh\w+"
    r"|(?:an)?other (?:company|companies|installer)|(?:a|the|your) competitors?|my neighbou?rs?)\b"
)
STATEMENT_ENDS = re.compile(
    r"[,;.\n](?!\d)|\b(?:y|e|and|pero|mas|but) (?=yo|eu|a mi|i\b|pago|la mia)"
)
DENIED = re.compile(
    r"\b(?:no|not|nao|en vez de|em vez de|instead of)(?: eran?| son| fueron| era| eram| sao| e)? $"
)
CLAUSE_ENDS = re.compile(r"[,;/\n]")


def find_numbers(message: Folded, setting: Setting, when: When, *, correcting: bool) -> list[Found]:
    """Find the best amount for each question that wants one."""
    questions = [q for q in setting.playbook.questions if q.kind in NUMERIC]
    if not questions:
        return []
    busy = [*when.spans, *(match.span() for match in EMAIL.finditer(message.plain))]
    best: dict[str, tuple[tuple[bool, bool, float], Found]] = {}
    amounts = find_amounts(message.plain)[:MOST_AMOUNTS]
    if correcting and len(amounts) > 1:
        amounts = [each for each in amounts if not DENIED.search(message.plain[: each.start])]
    for amount in amounts:
        if not amount.marked and any(amount.start < b and a < amount.end for a, b in busy):
            continue
        question, hinted = _number_target(amount, message.plain, setting, questions, correcting)
        if not hinted and A_PRICE.search(message.plain[: amount.start]):
            continue
        if ELSEWHERE.search(_statement(amount, message.plain)):
            continue
        if question is None or not _plausible(amount, question, message.plain, setting):
            continue
        if question.kind == "money" and in_foreign_money(message.plain, setting.playbook.currency):
            continue
        amount = _in_thousands(amount, question, setting)
        value = int(amount.value) if float(amount.value).is_integer() else amount.value
        rank = (amount.marked, hinted, amount.value)
        answer = Found(question.key, value, amount.start, amount.end, explicit=hinted)
        if question.key not in best or rank > best[question.key][0]:
            best[question.key] = (rank, answer)
    return [answer for _, answer in best.values()]


def _number_target(
    amount: Amount,
    plain: str,
    setting: Setting,
    questions: list[Question],
    correcting: bool,
) -> tuple[Question | None, bool]:
    nearest = min(
        ((_hint_distance(question, plain, amount), question) for question in questions),
        key=lambda pair: pair[0],
    )
    if nearest[0] <= REACH:
        return nearest[1], True
    if setting.asking and setting.asking.kind in NUMERIC:
        return setting.asking, False
    if setting.slots_open and not (amount.marked or correcting):
        return None, False
    money = [question for question in questions if question.kind == "money"]
    if amount.marked and len(money) == 1:
        return money[0], False
    if correcting:
        known = [question for question in questions if question.key in setting.known]
        last = next((question for question in known if question.key == setting.last), None)
        return last or (known[0] if len(known) == 1 else None), False
    return next((q for q in questions if q.key == setting.last), None) or _only_open(
        amount, plain, setting, questions
    ), False


def _only_open(
    amount: Amount, plain: str, setting: Setting, questions: list[Question]
) -> Question | None:
    """A number that stands alone, or is said roughly, answers the one question that wants one."""
    rest = plain[: amount.start] + plain[amount.end :]
    alone = not re.search(r"\w", ROUGHLY.sub("", rest)) or (
        amount.value >= SUBSTANTIAL and _is_a_clause(amount, plain)
    )
    rough = ROUGHLY.search(plain[max(0, amount.start - 12) : amount.start]) is not None
    asked = setting.asking is not None and setting.asking.kind in ("choice", "email")
    alone = alone or (amount.value >= SUBSTANTIAL and (rough or asked))
    unknown = [question for question in questions if question.key not in setting.known]
    return unknown[0] if alone and len(questions) == len(unknown) == 1 else None


def _is_a_clause(amount: Amount, plain: str) -> bool:
    """«Luis, casa, 3000»: a number between commas."""
    before = CLAUSE_ENDS.split(plain[: amount.start])[-1]
    after = CLAUSE_ENDS.split(plain[amount.end :])[0]
    return not re.search(r"\w", ROUGHLY.sub("", before) + after)


def _statement(amount: Amount, plain: str) -> str:
    """The words between two marks that the amount stands among."""
    before = STATEMENT_ENDS.split(plain[: amount.start])[-1]
    return before + STATEMENT_ENDS.split(plain[amount.end :])[0]


def _hint_distance(question: Question, plain: str, amount: Amount) -> int:
    nearest = REACH + 1
    for hint in question.hints:
        for match in whole_words(folded(hint)).finditer(plain):
            gap = max(amount.start - match.end(), match.start() - amount.end, 0)
            nearest = min(nearest, gap)
    return nearest


def in_foreign_money(plain: str, currency: str) -> bool:
    """Whether a sum is named in other money than the business counts in."""
    others = (words for code, words in FOREIGN.items() if code != currency)
    return bool(find_amounts(plain)) and any(words.search(plain) for words in others)


def _in_thousands(amount: Amount, question: Question, setting: Setting) -> Amount:
    """«Dos y medio» is two thousand five hundred, where a peso buys little."""
    small = question.kind == "money" and not amount.marked and amount.value < SMALL_MONEY
    if small and setting.playbook.currency in LARGE_UNITS:
        return replace(amount, value=amount.value * 1000)
    return amount


def _plausible(amount: Amount, question: Question, plain: str, setting: Setting) -> bool:
    if amount.bare_word:
        return setting.asks(question) and len(plain.split()) == 1
    if question.kind == "money" and not amount.marked and NO_MONEY.match(plain, amount.end):
        return False
    if question.kind == "money" and not amount.marked and amount.value < SMALL_MONEY:
        if setting.playbook.currency in LARGE_UNITS and not HALF.search(
            plain[amount.start : amount.end]
        ):
            return False
        return setting.asks(question) and len(plain.split()) <= 4
    return True
