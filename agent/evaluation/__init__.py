"""Simulated leads against the whole path of a turn, scored by what stands in the rows."""

from __future__ import annotations
