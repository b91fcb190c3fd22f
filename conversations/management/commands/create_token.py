"""`manage.py create_token USERNAME`: prints an API token."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conversations.models import User
from conversations.services import tokens


class Command(BaseCommand):
    """Makes a token for a member of staff. It is shown once."""

    help = "Print a new API token for a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what the token is for")
        parser.add_argument("--days", type=int, help="days until it expires (default: never)")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                f"There is no user “{options['username']}”. `manage.py createsuperuser` makes one."
            )
        now = timezone.now()
        expires_at = now + timedelta(days=options["days"]) if options["days"] else None
        self.stdout.write(
            tokens.create(user=user, name=options["name"], expires_at=expires_at, now=now)
        )
