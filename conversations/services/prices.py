"""What WhatsApp charges for a message: the deployment's own rates, by category."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from django.conf import settings

# Message.cost holds six decimals and four digits before them.
RATE = re.compile(r"\s*([a-z_]{1,40})\s*=\s*([0-9]{1,4}(?:\.[0-9]{1,6})?)\s*")


class PricesError(ValueError):
    """WHATSAPP_PRICES cannot be read; says which part."""


@lru_cache(maxsize=4)
def parse(text: str) -> Mapping[str, Decimal]:
    """Read `utility=0.0085,service=0.0085`. Raises PricesError."""
    rates: dict[str, Decimal] = {}
    for part in filter(str.strip, text.split(",")):
        found = RATE.fullmatch(part)
        if not found or found[1] in rates:
            raise PricesError(part.strip())
        rates[found[1]] = Decimal(found[2])
    return rates


def rates() -> Mapping[str, Decimal]:
    """The rates of this deployment; empty when it does not want to see costs."""
    return parse(settings.WHATSAPP_PRICES)


def shown(cost: Decimal) -> str:
    """An amount with its currency, without needless zeros."""
    text = f"{cost:.6f}".rstrip("0")
    whole, _point, rest = text.partition(".")
    return f"{whole}.{rest:0<2} {settings.WHATSAPP_CURRENCY}"
