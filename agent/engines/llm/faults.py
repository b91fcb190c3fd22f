"""Failures of a model call, the ones that look like success included."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Any

import httpx2
from langchain_core.exceptions import ContextOverflowError, ModelError, ModelTimeoutError
from langchain_core.messages import AIMessage
from pydantic import ValidationError

from agent.engines.llm.settings import LlmSettings
from agent.model_calls import Usage

logger = logging.getLogger(__name__)
# Money and keys: no retry helps, and somebody must be told.
HOPELESS = ("insufficient_quota", "billing_hard_limit_reached", "account_deactivated")
NO_ENTRY = (401, 403, 404)
# The provider is well: it did not like what this conversation made us send. Nor does it tell of
# its health when the model's arguments for a tool have the wrong shape (pydantic's error) or are
# nested without end.
OUR_REQUEST = (400, 413, 422)
MODELS_OWN = (ValidationError, RecursionError)
NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)


@dataclass(eq=False)
class FaultError(Exception):
    """A model call that brought nothing to use. `kind` names it without the provider's words.

    After a `final` one no other model is asked either. The rest is as in model_calls.Failure.
    """

    kind: str
    retryable: bool = True
    overflow: bool = False
    slow: bool = False
    retry_after: float | None = None
    final: bool = False
    usage: Usage | None = None
    free: bool = False
    sick: bool = False
    hopeless: bool = False

    def __str__(self) -> str:
        return self.kind

    @classmethod
    def of(cls, error: Exception) -> FaultError:
        """Describe whatever the SDK raised."""
        code = getattr(error, "code", None)
        status = getattr(error, "status_code", None)
        kind = " ".join(str(part) for part in (type(error).__name__, status, code) if part)
        if code in HOPELESS:
            logger.error("the model's account cannot pay", extra={"fault": kind})
        overflow = isinstance(error, ContextOverflowError) or code == "context_length_exceeded"
        return cls(
            kind=kind,
            retryable=code not in HOPELESS and (overflow or _may_heal(error, status)),
            overflow=overflow,
            slow=isinstance(error, ModelTimeoutError),
            retry_after=_retry_after(error),
            # A request that was turned down is not charged, nor one that never left.
            free=status is not None or _never_sent(error),
            sick=not (overflow or status in OUR_REQUEST or isinstance(error, MODELS_OWN)),
            hopeless=code in HOPELESS or status in NO_ENTRY,
        )


def judge(message: AIMessage) -> AIMessage:
    """Return a usable answer, or raise FaultError for one that only looks like it."""
    meta = message.response_metadata
    finish = meta.get("finish_reason") or ""
    if finish == "content_filter" or _refused(message):
        raise FaultError("refused", retryable=False)
    if finish == "length" or meta.get("status") in ("incomplete", "failed", "cancelled"):
        raise FaultError("incomplete", retryable=False)
    if message.invalid_tool_calls:
        raise FaultError("broken tool call")
    ids = [call["id"] for call in message.tool_calls]
    if not all(ids) or len(set(ids)) != len(ids):
        raise FaultError("tool calls without ids")
    if not message.tool_calls and not message.text.strip():
        raise FaultError("empty answer")
    return message


def wait_before_retry(fault: FaultError, settings: LlmSettings) -> float | None:
    """Seconds to wait before asking the same model again; None when that is no use."""
    if not fault.retryable:
        return None
    if fault.retry_after is None:
        return settings.retry_seconds
    return fault.retry_after if fault.retry_after <= settings.patience_seconds else None


def _may_heal(error: Exception, status: int | None) -> bool:
    if isinstance(error, ModelError):
        return error.is_retryable
    return status is None or status >= 500


def _never_sent(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, NEVER_SENT):
            return True
        error = error.__cause__ or error.__context__
    return False


def _refused(message: AIMessage) -> bool:
    blocks: list[Any] = message.content if isinstance(message.content, list) else []
    return bool(message.additional_kwargs.get("refusal")) or any(
        isinstance(block, dict) and block.get("type") == "refusal" for block in blocks
    )


def _retry_after(error: Exception) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
