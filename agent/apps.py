"""Django app of the agent."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgentConfig(AppConfig):
    """Playbooks and runs."""

    name = "agent"
    verbose_name = _("Agent")
