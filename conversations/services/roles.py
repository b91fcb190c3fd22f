"""What groups of staff may do."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

SALES = "Sales"
MANAGERS = "Managers"

SALES_PERMISSIONS = (
    "conversations.view_lead",
    "conversations.change_lead",
    "conversations.view_conversation",
    "conversations.change_conversation",
    "conversations.view_meeting",
    "conversations.change_meeting",
    "conversations.view_followup",
    "conversations.change_followup",
    "agent.view_agentrun",
    "agent.view_playbookversion",
)
MANAGERS_PERMISSIONS = (
    *SALES_PERMISSIONS,
    "conversations.view_salesperson",
    "conversations.view_user",
    "agent.change_playbookversion",
    "agent.view_purse",
    "agent.view_replay",
    "agent.add_replay",
    "agent.view_replaycase",
    "agent.change_replaycase",
)
GROUPS: Mapping[str, tuple[str, ...]] = {
    SALES: SALES_PERMISSIONS,
    MANAGERS: MANAGERS_PERMISSIONS,
}


@transaction.atomic
def ensure_groups() -> None:
    """Make the groups of staff, or give them back what they need. Run after migrations."""
    for name, permissions in GROUPS.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.add(*_named(permissions))


def _named(permissions: tuple[str, ...]) -> list[Permission]:
    """Those that migrations have made; each is `app.codename`."""
    wanted = Q()
    for permission in permissions:
        app_label, codename = permission.split(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return list(Permission.objects.filter(wanted))
