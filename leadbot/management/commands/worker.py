"""Run the queue in this process."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from leadbot import checks, worker


class Command(BaseCommand):
    """Answer, deliver and keep house until SIGTERM."""

    help = "Runs the worker: answers, sends, syncs meetings. Stops gracefully on SIGTERM."
    # Those of the start-up are asked below; Django's own are for development and `make check`.
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Refuse a half-configured start, then work."""
        try:
            checks.refuse_half_configured(serves_http=False)
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        worker.run_until_told_to_stop()
