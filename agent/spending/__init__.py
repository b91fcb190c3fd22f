"""What the model may cost, and whether it is asked at all."""

from __future__ import annotations
