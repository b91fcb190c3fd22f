"""Tests of the engine that asks a model."""

from __future__ import annotations
