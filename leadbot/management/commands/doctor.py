"""Ask every setting and every connection; one line and one fix per finding."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from leadbot import local_environment
from leadbot.doctor import files, inside, notices, openai
from leadbot.doctor.findings import Finding, Level, fail
from leadbot.doctor.outlook import outlook_section
from leadbot.doctor.whatsapp import whatsapp_section

SECTIONS = (
    *("settings", "database", "worker", "static", "files", "notices"),
    *("whatsapp", "openai", "outlook"),
)
NOTHING_SET = fail(
    "settings",
    "nothing is set, and no demo was started here",
    "Run `make run` for the demo; for a server set what docs/configuration.md lists.",
)


class Command(BaseCommand):
    """Print the findings; exit 1 when one of them is a failure."""

    help = "Checks every setting and connection and names a fix for each finding."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take sections, none for all of them."""
        parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
        parser.add_argument(
            "--url",
            default="",
            help="the web's public address, for the webhook; else from CSRF_TRUSTED_ORIGINS or "
            "ALLOWED_HOSTS",
        )

        parser.add_argument(
            "--outside",
            default="",
            help="a mailbox that the calendar's app must not be able to open, to see that it cannot",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask section by section, printing as answers come."""
        local_environment.join_the_demo()
        chosen = options["sections"] or SECTIONS
        if unknown := set(chosen) - set(SECTIONS):
            self.stderr.write(
                f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(SECTIONS)}."
            )
            sys.exit(2)
        if _nothing_is_set():
            self.stdout.write(_line(NOTHING_SET))
            sys.exit(1)
        failed = False
        for section in chosen:
            for finding in _ask(section, str(options["url"]), str(options["outside"])):
                failed = failed or finding.level == Level.FAIL
                self.stdout.write(_line(finding))
        if failed:
            sys.exit(1)


def _nothing_is_set() -> bool:
    untouched = settings.EMBEDDED_DATABASE and settings.SIMULATOR and not settings.DEMO
    return untouched and not os.environ.get("SECRET_KEY")


def _ask(section: str, url: str, outside: str) -> Iterator[Finding]:
    now = timezone.now()
    match section:
        case "settings":
            yield from inside.settings_section()
        case "database":
            yield from inside.database_section(now=now)
        case "worker":
            yield from inside.worker_section(now=now)
        case "static":
            yield from inside.static_section()
        case "files":
            yield from files.files_section()
        case "notices":
            yield from notices.notices_section()
        case "whatsapp":
            yield from whatsapp_section(now=now, url=url)
        case "openai":
            yield from openai.openai_section(now=now)
        case _:
            yield from outlook_section(now=now, url=url, outside=outside)


def _line(finding: Finding) -> str:
    fix = f" — {finding.fix}" if finding.fix else ""
    return f"{finding.level:<4}  {finding.subject:<8}  {finding.text}{fix}"
