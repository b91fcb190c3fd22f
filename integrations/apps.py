"""Django app of the adapters."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    """Webhook deliveries, channel state, simulator rows."""

    name = "integrations"
    verbose_name = _("System")
