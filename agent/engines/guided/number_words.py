"""Words that count, in our three languages, for folded text."""

from __future__ import annotations

UNITS: dict[str, int] = {}
for _words in (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciseis diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres "
    "veinticuatro veinticinco veintiseis veintisiete veintiocho veintinueve",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty",
    "zero um dois tres quatro cinco seis sete oito nove dez onze doze treze quatorze quinze "
    "dezesseis dezessete dezoito dezenove vinte",
):
    UNITS.update({word: value for value, word in enumerate(_words.split())})
UNITS |= {"un": 1, "una": 1, "uma": 1, "duas": 2, "veintiun": 21, "veintiuna": 21}
UNITS |= dict.fromkeys(("docena", "dozen", "duzia"), 12)
ONES = frozenset({"un", "una", "uno", "one", "um", "uma"})
TENS: dict[str, int] = {}
for _words in (
    "diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "ten twenty thirty forty fifty sixty seventy eighty ninety",
    "dez vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
):
    TENS.update({word: 10 * value for value, word in enumerate(_words.split(), start=1)})
HUNDREDS = {"cien": 100, "ciento": 100, "cem": 100, "cento": 100}
for _stems in (
    "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient",
    "duzent trezent quatrocent quinhent seiscent setecent oitocent novecent",
):
    for _value, _stem in enumerate(_stems.split(), start=2):
        HUNDREDS.update({f"{_stem}os": _value * 100, f"{_stem}as": _value * 100})
SCALES = dict.fromkeys(
    ("mil", "miles", "milhares", "thousand", "thousands", "thousnd", "k", "grand", "lucas", "luca"),
    1_000,
) | dict.fromkeys(("millon", "millones", "million", "milhao", "milhoes", "mdp"), 1_000_000)
NEED_A_NUMBER = frozenset({"k", "mdp", "lucas", "luca"})
