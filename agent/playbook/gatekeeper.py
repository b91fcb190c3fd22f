"""Who may hold a draft back from being published. They lie above us and are handed down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agent.models import PlaybookVersion


class Gate(Protocol):
    """Whoever knows what a draft has to get right first."""

    def __call__(self, version: PlaybookVersion, /) -> Sequence[str]:
        """Name what stands in the way, in words for staff; empty: nothing does."""


def _open(_version: PlaybookVersion, /) -> Sequence[str]:
    """Let every draft through."""
    return ()


_gates: list[Gate] = [_open]


def provide(gate: Gate) -> None:
    """Ask this one from now on."""
    _gates[0] = gate


def blocking(version: PlaybookVersion) -> Sequence[str]:
    """What stands in the way of publishing this draft."""
    return _gates[0](version)
