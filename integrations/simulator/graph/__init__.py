"""A Graph-shaped calendar server: Microsoft's wire format over rows of our own."""

from __future__ import annotations
