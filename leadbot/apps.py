"""The project's own app: its schema, its start-up checks, its admin site."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


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
            _create_schema,
            sender=apps.get_app_config("conversations"),
            dispatch_uid="leadbot.create_schema",
        )
        # Likewise: the group needs permissions, and those are made after migrations.
        post_migrate.connect(
            _ensure_groups,
            sender=apps.get_app_config("conversations"),
            dispatch_uid="leadbot.ensure_groups",
        )


def _create_schema(*, using: str, **_options: Any) -> None:
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    schema = connection.ops.quote_name(settings.DATABASE_SCHEMA)
    with connection.cursor() as cursor:
        # Asked first: a role that may not create schemas is fine where the schema is there.
        cursor.execute("SELECT to_regnamespace(%s) IS NULL", [schema])
        row = cursor.fetchone()
        if row and row[0]:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def _ensure_groups(*, plan: list[tuple[Any, bool]] | None = None, **_options: Any) -> None:
    from conversations.services import roles  # noqa: PLC0415  # needs the app registry

    if any(backwards for _migration, backwards in plan or []):
        return
    roles.ensure_sales_group()
