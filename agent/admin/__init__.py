"""The agent's pages in the admin, one topic a file."""

from __future__ import annotations

from agent import fact_desk
from agent.admin import playbook, replay, replay_case, run, spend
from conversations.admin import labels

__all__ = ["playbook", "replay", "replay_case", "run", "spend"]

labels.provide(fact_desk.PlaybookDesk())
