"""What groups of staff may do."""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction

SALES = "Sales"
SALES_PERMISSIONS = (
    "view_lead",
    "change_lead",
    "view_conversation",
    "change_conversation",
    "view_meeting",
    "change_meeting",
)


@transaction.atomic
def ensure_sales_group() -> Group:
    """Make the group of salespeople, or give it back what it needs. Run after migrations."""
    group, _made = Group.objects.get_or_create(name=SALES)
    wanted = Permission.objects.filter(
        content_type__app_label="conversations", codename__in=SALES_PERMISSIONS
    )
    group.permissions.add(*wanted)
    return group
