"""The project's own app: its schema, its start-up checks, its admin site."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from leadbot import schema


class LeadbotAdminConfig(AdminConfig):
    """Django's admin with our site in the place of the stock one."""

    default_site = "conversations.admin.site.LeadbotAdminSite"


class LeadbotConfig(AppConfig):
    """Wiring only; the rules live in the other apps."""

    name = "leadbot"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks, and make the schema before the first migration needs it."""
        from leadbot import checks  # noqa: F401, PLC0415  # needs the app registry

        # Not a domain signal: Django offers no other moment that test databases pass too.
        # Its sender is an app with tables, since Django skips those without any.
        pre_migrate.connect(
            _make_schema,
            sender=apps.get_app_config("conversations"),
            dispatch_uid="leadbot.make_schema",
        )
        post_migrate.connect(
            _close_schema,
            sender=apps.get_app_config("conversations"),
            dispatch_uid="leadbot.close_schema",
        )
        # Likewise: groups need permissions, and those are made after migrations, app by app.
        # Of the apps that groups name, agent is the last.
        post_migrate.connect(
            _ensure_groups,
            sender=apps.get_app_config("agent"),
            dispatch_uid="leadbot.ensure_groups",
        )


def _make_schema(*, using: str, **_options: Any) -> None:
    schema.make(connections[using], settings.DATABASE_SCHEMA)


def _close_schema(*, using: str, **_options: Any) -> None:
    schema.close_to_others(connections[using], settings.DATABASE_SCHEMA)


def _ensure_groups(*, plan: list[tuple[Any, bool]] | None = None, **_options: Any) -> None:
    from conversations.services import roles  # noqa: PLC0415  # needs the app registry

    if any(backwards for _migration, backwards in plan or []):
        return
    roles.ensure_groups()
