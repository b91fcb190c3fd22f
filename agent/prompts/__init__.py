"""What the model reads: stable playbook first, the moment last."""

from __future__ import annotations

from agent.prompts.render import moment, system_prompt
from agent.prompts.rules import CANARY, RULES

__all__ = ["CANARY", "RULES", "moment", "system_prompt"]
