"""Django app of the agent."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgentConfig(AppConfig):
    """Playbooks and runs."""

    name = "agent"
    verbose_name = _("Agent")

    def ready(self) -> None:
        """Hand the rules of the score down to whoever changes facts."""
        from agent import fact_desk  # noqa: PLC0415  # needs the models
        from conversations.services import scores  # noqa: PLC0415

        scores.provide(fact_desk.rescore)
