"""Which request, conversation and job a log line belongs to: ids only, never what was said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar, Token

IDS: dict[str, ContextVar[str]] = {
    name: ContextVar(name, default="")
    for name in (
        "request_id",
        "wamid",
        "conversation_id",
        "turn_id",
        "message_id",
        "attachment_id",
        "job_id",
        "task",
    )
}


@contextmanager
def bind(**ids: object) -> Iterator[None]:
    """Name what the log lines inside the block are about: `bind(conversation_id=…, turn_id=…)`."""
    with ExitStack() as stack:
        for name, value in ids.items():
            variable = IDS[name]
            stack.callback(_reset, variable, variable.set(str(value)))
        yield


def keep(**ids: object) -> None:
    """Name them until this context ends: for whoever has one of their own, as each job has."""
    for name, value in ids.items():
        IDS[name].set(str(value))


def current() -> dict[str, str]:
    """Give the ids that are bound here."""
    return {name: value for name, variable in IDS.items() if (value := variable.get())}


def _reset(variable: ContextVar[str], token: Token[str]) -> None:
    variable.reset(token)
