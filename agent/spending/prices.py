"""What a model charges for a million tokens: the deployment's own figures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from agent.model_calls import Usage
from integrations.http import is_loopback

AMOUNT = r"([0-9]{1,5}(?:\.[0-9]{1,6})?)"
PART = re.compile(rf"([^\s=,/]{{1,100}})\s*=\s*{AMOUNT}\s*/\s*{AMOUNT}\s*/\s*{AMOUNT}")
MILLION = Decimal(1_000_000)
SMALLEST = Decimal("0.000001")


class PricesError(ValueError):
    """OPENAI_PRICES cannot be read; says which part."""


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens: in, in from the cache, out."""

    fresh: Decimal
    cached: Decimal
    out: Decimal

    def cost(self, usage: Usage) -> Decimal:
        """What a call took, rounded up. A cache that holds more than was sent holds what was sent."""
        tokens_in, tokens_out = max(usage.tokens_in, 0), max(usage.tokens_out, 0)
        cached = min(max(usage.tokens_cached, 0), tokens_in)
        total = (tokens_in - cached) * self.fresh + cached * self.cached + tokens_out * self.out
        return (total / MILLION).quantize(SMALLEST, ROUND_UP)


FREE = Price(Decimal(0), Decimal(0), Decimal(0))


@lru_cache(maxsize=4)
def parse(text: str) -> Mapping[str, Price]:
    """Read `gpt-5.6-luna=0.20/0.02/1.20`, several separated by commas. Raises PricesError."""
    prices: dict[str, Price] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        found = PART.fullmatch(part)
        if not found or found[1] in prices:
            raise PricesError(part)
        prices[found[1]] = Price(*map(Decimal, found.groups()[1:]))
    return prices


def of(model: str) -> Price | None:
    """The price of a model; one on this very machine costs nothing unless it is named."""
    named = parse(settings.OPENAI_PRICES).get(model)
    if named is None and is_loopback(urlsplit(settings.OPENAI_BASE_URL).hostname or ""):
        return FREE
    return named


def cost_of(model: str, usage: Usage | None) -> Decimal | None:
    """What a call took; None where nobody knows."""
    price = of(model)
    return None if usage is None or price is None else price.cost(usage)
