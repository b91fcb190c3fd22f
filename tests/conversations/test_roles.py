"""Groups: there after every migrate, and with no more than their work needs."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from conversations.models import User
from conversations.services.roles import GROUPS, ensure_groups

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", GROUPS)
def test_migrations_leave_the_groups_behind(name: str) -> None:
    rows = Group.objects.get(name=name).permissions.values_list(
        "content_type__app_label", "codename"
    )
    assert {f"{app}.{codename}" for app, codename in rows} == set(GROUPS[name])


def test_no_group_reads_what_providers_sent() -> None:
    assert not Group.objects.filter(permissions__codename="view_webhookdelivery").exists()


def test_a_group_gets_back_what_it_needs() -> None:
    group = Group.objects.get(name="Managers")
    group.permissions.clear()
    ensure_groups()
    assert group.permissions.count() == len(GROUPS["Managers"])


def test_the_demo_people_are_in_sales() -> None:
    call_command("seed_demo")
    for name in ("mariana", "diego"):
        user = User.objects.get(username=name)
        assert [group.name for group in user.groups.all()] == ["Sales"]
