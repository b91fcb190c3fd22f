"""`manage.py replay_deliveries`: reads stored webhook POSTs again with today's code."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
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
        wanted = WebhookDelivery.objects.order_by("id")
        if options["ids"]:
            wanted = wanted.filter(id__in=options["ids"])
        else:
            wanted = wanted.exclude(state=WebhookDelivery.State.PROCESSED)
        for delivery_id in wanted.values_list("id", flat=True):
            delivery = deliveries.replay(delivery_id=delivery_id, pace=pace, now=timezone.now())
            self.stdout.write(f"{delivery_id}: {delivery.state}")
