"""Django app of the CRM."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConversationsConfig(AppConfig):
    """Leads and what was said."""

    name = "conversations"
    verbose_name = _("Conversations")

    def ready(self) -> None:
        """Register the admin pages, once the site itself is there."""
        from conversations.admin import pages  # noqa: F401, PLC0415  # needs the app registry
