"""What an engine's own checks turned down before it decided. Frozen, no Django."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Remark:
    """A gate that held words back, or a tool that was not carried out.

    `call` is the model's answer that it is about, from 0. `reason` of a tool is a name of
    run_words.NOT_DONE, and `detail` what the model was told.
    """

    call: int
    kind: Literal["gate", "tool"]
    name: str
    reason: str = ""
    detail: str = ""
