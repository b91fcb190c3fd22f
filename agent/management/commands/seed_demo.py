"""`manage.py seed_demo`: a playbook and two salespeople, so that the demo can book meetings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.utils import timezone

from agent.playbook import store
from conversations.models import Salesperson, User
from conversations.services import roles
from integrations.simulator.graph.store import add_mailbox

PEOPLE = [
    ("mariana", "Mariana", "Torres", "mariana@example.com", "America/Mexico_City"),
    ("diego", "Diego", "Ramírez", "diego@example.com", "America/Mexico_City"),
]


class Command(BaseCommand):
    """Makes what is missing and leaves alone what is there."""

    help = "Publish the default playbook and add two salespeople without passwords."

    def handle(self, *_args: Any, **_options: Any) -> None:
        store.published(now=timezone.now())
        for username, first, last, mailbox, zone in PEOPLE:
            user, created = User.objects.get_or_create(
                username=username,
                defaults={
                    "first_name": first,
                    "last_name": last,
                    "email": mailbox,
                    "is_staff": True,
                },
            )
            if created:
                user.set_unusable_password()
                user.save(update_fields=["password"])
                user.groups.add(Group.objects.get(name=roles.SALES))
            Salesperson.objects.get_or_create(
                user=user, defaults={"mailbox": mailbox, "time_zone": zone}
            )
            if settings.SIMULATOR:
                add_mailbox(address=mailbox, time_zone=zone)
