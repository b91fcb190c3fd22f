"""Words for days, hours and parts of the day, and the patterns made of them."""

from __future__ import annotations

import re

WEEKDAYS = {
    word: number
    for number, words in enumerate(
        (
            "lunes lunez monday mon",
            "martes martez tuesday tue tues teusday",
            "miercoles miercole miercolez wednesday wed wensday wednsday",
            "jueves juebes juevez jueve thursday thu thurs thur thrusday",
            "viernes biernes vierne vierns friday fri",
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
            "enero january ene jan",
            "febrero february feb",
            "marzo march",
            "abril april abr apr",
            "mayo may",
            "junio june jun",
            "julio july jul",
            "agosto august ago aug",
            "septiembre setiembre september sept sep",
            "octubre october oct",
            "noviembre november nov",
            "diciembre december dic dec",
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
    )
    for number, word in enumerate(words.split(), start=1)
}


_MONTHS = "|".join(MONTHS)


_DAYS = "|".join(WEEKDAYS)


_HOURS = "|".join(HOUR_WORDS)


ABSOLUTE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}}|primero|1ro)(?:st|nd|rd|th|ro)?(?: de| of)? (?P<month>{_MONTHS})"
    rf"|(?P<month_first>{_MONTHS}) (?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?)\b"
    r"(?:,? (?:de |del )?(?P<year>20\d\d)\b)?"
)


MONTH = re.compile(
    rf"\b(?:en|para|hasta|por|in|by|around|(?:a )?(?:principios|mediados|fines|finales|inicios) de)"
    rf" (?P<month>{_MONTHS})\b|(?P<start>(?:principios|inicios|comienzos) del? (?:proximo )?ano)\b|\b(?P<end>fin(?:es|ales)? de (?:este )?ano|year[' -]?end|navidad(?:es)?"
    r"|christmas|(?:the )?end of (?:the )?year)\b"
)


NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})[/-](\d{1,2})(?:[/-](20\d\d|\d\d))?(?![\d/-])")


ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")


SPAN = re.compile(
    rf"\b(?:en|dentro de|in|within) (?:unos |unas |about )?(?P<count>\d{{1,2}}|un|a|an|{_HOURS}) "
    r"(?P<unit>dias?|semanas?|mes(?:es)?|days?|weeks?|months?)\b"
)


# What stands before a day that only begins a stretch: «a partir del 15», “after Monday”.
STARTS_ON = re.compile(
    r"\b(?:a partir|desde|empezando|from|starting|as of)(?: del?| de el| el| on| the)?(?: dia)? $"
)
STARTS_AFTER = re.compile(r"\b(?:despues|luego|pasando|after)(?: del?| de el| el| the)?(?: dia)? $")
DAY_OF_MONTH = re.compile(
    r"\b(?:(?:el|(?<=despues )del|(?<=partir )del|(?<=luego )del) (?:dia )?(\d{1,2})"
    r"|the (\d{1,2})(?:st|nd|rd|th))\b"
    r"(?! ?(?:mil|k\b|pesos|%|[:.,]?\d|de la|am\b|pm\b))"
)


AFTER_TOMORROW = re.compile(r"\bpasado manana\b|\bday after tomorrow\b")


TOMORROW = re.compile(
    r"(?<!la )\b(?:manana|mnn|mnna|mna|mnana|maniana)\b|\b(?:amanha|tomorrow|tomorow|tommorow|tmrw)\b"
)


TODAY = re.compile(r"\bhoy\b|\btoday\b|\btonight\b|\besta (?:tarde|noche)\b|\bthis afternoon\b")


WEEKDAY = re.compile(
    r"\b(?P<before>proximo |siguiente |next |this |este )?"
    rf"\b(?P<day>{_DAYS})s?\b"
    r"(?P<after> (?:que viene|proximo|siguiente|next week|de la (?:proxima|otra) semana"
    r"|de la semana que viene))?"
)


NUMBER_AFTER = re.compile(
    r"\s+(\d{1,2})\b(?! ?(?:mil|k\b|pesos|am\b|pm\b|hrs|h\b|[:.]\d|de la|[ap]\.))"
)


NEXT_WEEK = re.compile(
    r"\b(?:la )?(?:proxima|otra|siguiente) semana\b|\b(?:la )?semana (?:que viene|proxima)\b"
    r"|\bnext week\b"
)


WEEKEND = re.compile(r"\bfin de semana\b|\bweekend\b")


MORNING = re.compile(
    r"\b(?:por|en|de|x|a) la manan(?:a|ita)\b|\bde manana\b(?= a las)|\btempran\w+\b|(?<!good )\bmorning\b|\bantes de comer\b"
)


AFTERNOON = re.compile(
    r"\b(?:por|en|de|x|a) la (?:tarde|noche)\b|\btardecita\b|\besta (?:tarde|noche)\b|(?<!good )\bafternoon\b"
    r"|(?<!good )\bevening\b|\btonight\b|\bdespues de comer\b|(?<!buenas )(?<!mas )\btardes?\b"
)


NIGHT = re.compile(
    r"\b(?:por|en|de|x|a) la noche\b|\besta noche\b|(?<!good )\bevening\b|\btonight\b"
)


NIGHT_FROM = 19


NOON = re.compile(r"\bmedio ?dia\b|\bnoon\b|\bmidday\b")


CLOCK = re.compile(
    r"(?P<bound>\b(?:despues de|a partir de|pasadas?|luego de|antes de|after|from|before|past|entre(?= las)"
    r"|by)\s+)?"
    r"(?P<at>\b(?:como a las|a eso de las|tipo|a la|a las|las|la|as|at|around)\s+)?"
    rf"(?<![\d:.,$/])(?P<hour>[01]?\d|2[0-3]|\b(?:{_HOURS})\b)"
    r"(?:[:.](?P<minute>[0-5]\d)(?!\d))?(?P<half>\s+y media\b| thirty\b)?"
    r"\s*(?P<suffix>hrs?\b|h\b|[ap]\.? ?m\b\.?|o'clock|del dia|de la (?:manana|tarde|noche)"
    r"|in the (?:morning|afternoon|evening))?(?!\s*(?:mil|k|pesos|%|grand|thousand|hundred|million|dollars|bucks)\b)(?![\d/]|[,.]\d)"
)
