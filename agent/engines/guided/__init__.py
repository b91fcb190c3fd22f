"""The guided flow: a form-filling assistant that needs no model."""

from __future__ import annotations

from agent.engines.guided.engine import GuidedEngine

__all__ = ["GuidedEngine"]
