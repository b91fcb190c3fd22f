"""Meetings without an outside calendar: our own rows are all there is."""

from __future__ import annotations
