"""The engine that asks a model. The only LangChain imports; load it in the worker only."""

from __future__ import annotations

from agent.engines.llm.engine import LlmEngine
from agent.engines.llm.settings import LlmSettings
from agent.model_calls import ModelRecorder

__all__ = ["LlmEngine", "LlmSettings", "ModelRecorder"]
