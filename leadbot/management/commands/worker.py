"""Run the queue in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from leadbot import checks, worker


class Command(BaseCommand):
    """Answer, deliver and keep house until SIGTERM."""

    help = "Runs the worker: answers, sends, syncs meetings. Stops gracefully on SIGTERM."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Refuse a half-configured start, then work."""
        checks.refuse_half_configured(serves_http=False)
        worker.run_until_told_to_stop()
