"""Numbers as Mexico writes them, 1,200.5, in line with the leads' own; the rest is Django's."""

from __future__ import annotations

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
