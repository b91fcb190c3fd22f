"""«La segunda», «2», “the last one”."""

from __future__ import annotations

import re

ORDINAL = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|va|pues|entonces|then|entao|si|sim|yes|sure|mejor|pode ser|quero|prefiro)\W+){0,3}(?:(?:la|el|the|opcion|option|number|numero|[ao]|opcao)\s+)?(?:(?P<digit>\d{1,2})|"
    r"(?P<word>primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|ultim[oa]|first|second|third"
    r"|fourth|fifth|last|primeir[oa]|terceir[oa]|quart[oa]))(?:\s+(?:opcion|option|one|opcao))?"
    r"(?:\W+(?:is|works|sounds|esta|seria|me queda|me late|fica|si|sim|ok|then|entonces))?(?:\W+(?:good|fine|great|perfect|bien|perfecto|bom|boa|otimo|perfeito))?"
    r"\W*(?:por favor|please|porfa|gracias|thanks|obrigad[oa]|valeu)?\W*$"
)


ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "primer primero primera first primeiro primeira",
            "segundo segunda second",
            "tercer tercero tercera third terceiro terceira",
            "cuarto cuarta fourth quarto quarta",
            "quinto quinta fifth",
        ),
        start=1,
    )
    for word in words.split()
} | {"ultimo": -1, "ultima": -1, "last": -1}
