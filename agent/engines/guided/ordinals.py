"""«La segunda», «2», “the last one”."""

from __future__ import annotations

import re

ORDINAL = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|va|pues|entonces|si|yes|sure|mejor)\W+)?(?:(?:la|el|the|opcion|option|number|numero)\s+)?(?:(?P<digit>\d{1,2})|"
    r"(?P<word>primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|ultim[oa]|first|second|third"
    r"|fourth|fifth|last))(?:\s+(?:opcion|option|one))?"
    r"(?:\W+(?:is|works|sounds|esta|seria|me queda|me late|si|ok|then|entonces))?(?:\W+(?:good|fine|great|perfect|bien|perfecto))?"
    r"\W*(?:por favor|please|porfa|gracias|thanks)?\W*$"
)


ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "primer primero primera first",
            "segundo segunda second",
            "tercer tercero tercera third",
            "cuarto cuarta fourth",
            "quinto quinta fifth",
        ),
        start=1,
    )
    for word in words.split()
} | {"ultimo": -1, "ultima": -1, "last": -1}
