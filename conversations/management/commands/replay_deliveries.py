"""`manage.py replay_deliveries`: reads stored webhook POSTs again with today's code."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conversations.services import deliveries
from conversations.services.inbound import Pace
from integrations.models import WebhookDelivery


class Command(BaseCommand):
    """Replays what was not understood, or the deliveries named."""

    help = "Replay stored webhook deliveries; without ids, those not understood in full."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("ids", nargs="*", type=int)

    def handle(self, *_args: Any, **options: Any) -> None:
        pace = Pace(timedelta(seconds=settings.AGENT_DEBOUNCE_SECONDS))
        ids = _chosen(options["ids"])
        for delivery_id in ids:
            delivery = deliveries.replay(delivery_id=delivery_id, pace=pace, now=timezone.now())
            self.stdout.write(f"{delivery_id}: {delivery.state}")
        if not ids:
            self.stdout.write("Nothing to replay: every delivery was understood in full.")


def _chosen(named: list[int]) -> list[int]:
    rows = WebhookDelivery.objects.order_by("id")
    if not named:
        rows = rows.exclude(state=WebhookDelivery.State.PROCESSED)
        return list(rows.values_list("id", flat=True))
    found = list(rows.filter(id__in=named).values_list("id", flat=True))
    if missing := sorted(set(named) - set(found)):
        raise CommandError(
            f"No delivery {', '.join(map(str, missing))}: deliveries are kept for"
            f" {deliveries.KEPT.days} days. Nothing was replayed."
        )
    return found
