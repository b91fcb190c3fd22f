"""Words for days, hours and parts of the day, and the patterns made of them."""

from __future__ import annotations

import re

WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "lunes lunez monday mon segunda seg",
            "martes martez tuesday tue tues teusday terca",
            "miercoles miercole miercolez wednesday wed wensday wednsday quarta qua",
            "jueves juebes juevez jueve thursday thu thurs thur thrusday thurdsay tursday quinta qui",
            "viernes biernes vierne vierns friday fri sexta",
            "sabado savado saturday",
            "domingo sunday",
        )
    )
    for word in words.split()
}


MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "enero january ene jan janeiro",
            "febrero february feb fevereiro fev",
            "marzo march marco",
            "abril april abr apr",
            "mayo may maio",
            "junio june jun junho",
            "julio july jul julho",
            "agosto august ago aug",
            "septiembre setiembre september sept sep setembro",
            "octubre october oct outubro",
            "noviembre november nov novembro",
            "diciembre december dic dec dezembro",
        ),
        start=1,
    )
    for word in words.split()
}


HOUR_WORDS = {
    word: number
    for words in (
        "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "one two three four five six seven eight nine ten eleven twelve",
        "uma duas tres quatro cinco seis sete oito nove dez onze doze",
    )
    for number, word in enumerate(words.split(), start=1)
}


_MONTHS = "|".join(MONTHS)


# «La segunda» is the second one, where nobody speaks Portuguese.
_PORTUGUESE = ("segunda", "terca", "quarta", "quinta", "sexta")
_SHORT = ("seg", "qua", "qui")
_DAYS = "|".join(day for day in WEEKDAYS if day not in (*_PORTUGUESE, *_SHORT))
_FEIRA = rf"(?:{'|'.join(_PORTUGUESE)})(?=[ -]?feira)"
_BARE = rf"(?<!\ba )(?:{'|'.join((*_PORTUGUESE, *_SHORT))})"


_HOURS = "|".join(HOUR_WORDS)


ABSOLUTE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}}|primero|1ro)(?:st|nd|rd|th|ro)?(?: de| of)? (?P<month>{_MONTHS})"
    rf"|(?P<month_first>{_MONTHS}) (?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?)\b"
    r"(?:,? (?:de |del )?(?P<year>20\d\d)\b)?"
)


MONTH = re.compile(
    rf"\b(?:en|para|hasta|por|in|by|around|(?:a )?(?:principios|mediados|fines|finales|inicios) de|em|ate|la (?:pra|para)"
    r"|(?:no )?(?:comeco|inicio|final|fim) de|meados de)"
    rf" (?P<month>{_MONTHS})\b|(?P<start>(?:principios|inicios|comienzos) del? (?:proximo )?ano)\b|\b(?P<end>fin(?:es|ales)? de (?:este )?ano|year[' -]?end|navidad(?:es)?"
    r"|christmas|(?:the )?end of (?:the )?year|(?:fim|final) do ano|natal)\b"
)


NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})[/-](\d{1,2})(?:[/-](20\d\d|\d\d))?(?![\d/-])")


ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")


SPAN = re.compile(
    rf"\b(?:en|dentro de|in|within|em|daqui(?: a)?)"
    r" (?:(?:unos|unas|como|about|around|like|maybe|uns|umas|tipo) )*"
    rf"(?P<count>\d{{1,2}}|un|a|an|um|{_HOURS}) "
    r"(?P<unit>dias?|semanas?|mes(?:es)?|days?|weeks?|months?)\b"
)


# What stands before a day that only begins a stretch: «a partir del 15», “after Monday”.
STARTS_ON = re.compile(
    r"\b(?:a partir|desde|empezando|from|starting|as of)(?: del?| de el| el| on| the| d[ao])?(?: dia)? $"
)
STARTS_AFTER = re.compile(
    r"\b(?:despues|luego|pasando|after|depois|passando)(?: del?| de el| el| the| d[ao])?(?: dia)? $"
)
DAY_OF_MONTH = re.compile(
    r"\b(?:(?:el|(?<=despues )del|(?<=partir )del|(?<=luego )del) (?:dia )?(\d{1,2})|(?:(?:no|pro|do) )?dia (\d{1,2})"
    r"|the (\d{1,2})(?:st|nd|rd|th))\b"
    r"(?! ?(?:mil|k\b|pesos|%|[:.,]?\d|de la|am\b|pm\b))"
)


AFTER_TOMORROW = re.compile(r"\bpasado manana\b|\bdepois de amanha\b|\bday after tomorrow\b")


TOMORROW = re.compile(
    r"(?<!la )\b(?:manana|mnn|mnna|mna|mnana|maniana)\b|\b(?:amanha|tomorrow|tomorow|tommorow|tmrw)\b"
)


TODAY = re.compile(
    r"\bhoy\b|\bhoje\b|\btoday\b|\btonight\b|\besta (?:tarde|noche)\b|\bthis afternoon\b"
)


def _weekday(days: str) -> re.Pattern[str]:
    return re.compile(
        r"\b(?P<before>proxim[oa] |siguiente |next |this |este |esta |nesta |nessa )?"
        rf"\b(?P<day>{days})s?(?:[ -]?feiras?)?\b"
        r"(?P<after> (?:en ocho|que viene|que vem|proxim[oa]|siguiente|next week"
        r"|(?:de la|da) (?:proxima|otra) semana|(?:de la|da) semana que (?:viene|vem)))?"
    )


WEEKDAY = _weekday(f"{_DAYS}|{_FEIRA}")
WEEKDAY_IN_PORTUGUESE = _weekday(f"{_DAYS}|{_FEIRA}|{_BARE}")


NUMBER_AFTER = re.compile(
    r"\s+(\d{1,2})\b(?! ?(?:mil|k\b|pesos|am\b|pm\b|hrs|h\b|[:.]\d|de la|[ap]\.))"
)


NEXT_WEEK = re.compile(
    r"\b(?:la )?(?:proxima|otra|siguiente) semana\b|\b(?:la )?semana (?:que viene|que vem|proxima)\b"
    r"|\bnext week\b"
)


WEEKEND = re.compile(r"\b(?:fin|fim|final) de semana\b|\bweekend\b")


MORNING = re.compile(
    r"\b(?:por|en|de|x|a) la manan(?:a|ita)\b|\bde manana\b(?= a las)|\btempran\w+\b|(?<!good )\bmornings?\b|\bantes de comer\b"
    r"|\b(?:de|pela|da|na) manha\b|\bcedo\b"
)


AFTERNOON = re.compile(
    r"\b(?:por|en|de|x|a) la (?:tarde|noche)\b|\btardecita\b|\besta (?:tarde|noche)\b|(?<!good )\bafternoons?\b"
    r"|(?<!good )\bevening\b|\btonight\b|\bdespues de comer\b|(?<!buenas )(?<!mas )(?<!mais )(?<!boa )\btardes?\b"
    r"|(?<!boa )\bnoite\b|\bdepois do almoco\b"
)


NIGHT = re.compile(
    r"\b(?:por|en|de|x|a) la noche\b|\besta noche\b|(?<!good )\bevening\b|\btonight\b|(?<!boa )\bnoite\b"
)


NIGHT_FROM = 19


NOON = re.compile(r"\bmed?io[ -]?dia\b|\bnoon\b|\bmidday\b")


CLOCK = re.compile(
    r"(?P<off>\b(?:half past|quarter (?:past|to)|(?:un )?cuarto (?:para|pa)(?= las?\b)"
    r"|quinze (?:pras?|para as?))\s+)?"
    r"(?P<bound>\b(?:despues de|a partir de|pasadas?|luego de|antes de|after|from|before|past|entre(?= las)|depois das?|apos as?|a partir das?|antes das?"
    r"|ate(?= as)|entre(?= as)"
    r"|by)\s+)?"
    r"(?P<at>\b(?:como a las|a eso de las|sobre las|hacia las|tipo|onda|a la|a las|las|la|(?:la|el|[ao]) d(?:e|as)|(?:la )?pelas|por volta das|as|at|around)\s+)?"
    rf"(?<![\d:.,$/])(?P<hour>[01]?\d|2[0-3]|\b(?:{_HOURS})\b)"
    r"(?:[:.h](?P<minute>[0-5]\d)(?:min)?(?!\d))?(?P<half>\s+(?:y media|e meia|thirty)\b)?"
    r"(?P<quarter>\s+(?:y cuarto|menos cuarto|e quinze|fifteen)\b)?"
    r"\s*(?P<suffix>hrs?\b|hs?\b|horas?\b|[ap]\.? ?m\b\.?|o'clock|del dia|de la (?:manana|tarde|noche)|da (?:manha|tarde|noite)"
    r"|in the (?:morning|afternoon|evening))?(?!\s*(?:mil|k|pesos|%|grand|thousand|hundred|million|dollars|bucks)\b)(?![\d/]|[,.]\d)"
)
