"""Try one event in a live mailbox, and say what Microsoft's documents leave open."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conversations.addresses import public_address
from conversations.models import Salesperson
from integrations import conf, http
from integrations.outlook.auth import TokenSource
from integrations.outlook.graph import PREFER
from integrations.scheduling import CalendarError
from leadbot import checks, local_environment
from leadbot.doctor.outlook_smoke import Seen, Smoke


class Command(BaseCommand):
    """Print one line per doubt; exit 1 when something is not as the adapter expects it."""

    help = (
        "WRITES one event, 60 days ahead, into a mailbox; looks at it from all sides; deletes it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the mailbox, one that must be shut, and whether to ask first."""
        parser.add_argument("--mailbox", required=True, help="a salesperson's, or a test mailbox")
        parser.add_argument("--outside", default="", help="a mailbox that must be shut to the app")
        parser.add_argument("--yes", action="store_true", help="do not ask before writing")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Ask whether to, try, and print the table."""
        local_environment.join_the_demo()
        if settings.CALENDAR != "outlook" or checks.missing("CALENDAR"):
            raise CommandError("Set CALENDAR=outlook and its settings first (docs/outlook.md).")
        mailbox = str(options["mailbox"])
        self.stdout.write(f"This writes one event into {mailbox} and deletes it again.")
        if not options["yes"] and input("Go on? Type yes: ").strip().lower() != "yes":
            raise CommandError("Nothing was written.")
        failed = False
        for line in self._smoke(mailbox, str(options["outside"])).run():
            failed = failed or not line.expected
            self.stdout.write(
                f"{'OK' if line.expected else 'LOOK':<4}  {line.doubt:<36}{line.seen}"
            )
        if failed:
            sys.exit(1)

    def _smoke(self, mailbox: str, outside: str) -> Smoke:
        try:
            ask = GraphDoor(TokenSource(conf.outlook()).token())
        except CalendarError as error:
            raise CommandError(str(error)) from None
        host = Salesperson.objects.filter(mailbox__iexact=mailbox).first()
        address = public_address()
        return Smoke(
            ask=ask,
            mailbox=mailbox,
            time_zone=host.time_zone if host else settings.TIME_ZONE,
            now=timezone.now(),
            pause=time.sleep,
            notify_url=f"{address}/webhook/outlook" if address.startswith("https://") else "",
            outside=outside,
        )


class GraphDoor:
    """Asks Graph once and plainly: refusals are what we want to see."""

    def __init__(self, token: str) -> None:
        self._session = http.session()
        self._headers = {"Authorization": f"Bearer {token}", "Prefer": PREFER}

    def __call__(
        self, method: str, path: str, *, json: Mapping[str, Any] | None = None, etag: str = ""
    ) -> Seen:
        headers = {**self._headers, **({"If-Match": etag} if etag else {})}
        try:
            answer = self._session.request(
                method, f"{conf.outlook().graph_url}{path}", json=json, headers=headers
            )
            body = answer.json() if answer.content else {}
        except OSError as error:
            # requests' errors are such, the one for a body that is no JSON too.
            return Seen(0, {"error": {"code": type(error).__name__}})
        return Seen(answer.status_code, body if isinstance(body, dict) else {})
