"""Bring the database to where web and worker can start; `up` runs it, and it may be repeated."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from leadbot import checks


class Command(BaseCommand):
    """Refuse what is half-configured, migrate, add the demo's data and the first login."""

    help = "Migrates, seeds the demo in simulator mode, and makes the first login."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do each step; every one of them may find its work done."""
        try:
            checks.refuse_half_configured(serves_http=True)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        call_command("migrate", interactive=False, verbosity=0)
        if settings.SIMULATOR and "seed_demo" in get_commands():
            call_command("seed_demo", verbosity=options["verbosity"])
        username = os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        if username and password:
            self._ensure_login(username, password)

    def _ensure_login(self, username: str, password: str) -> None:
        """Make the login once; afterwards only a password that was given on purpose counts."""
        users = get_user_model()
        user = users._default_manager.filter(**{users.USERNAME_FIELD: username}).first()
        if user is None:
            users.objects.create_superuser(username=username, email="", password=password)
        elif os.environ.get("LEADBOT_LOGIN_MADE_UP") != "1" and not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
