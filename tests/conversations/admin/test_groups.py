"""Groups get rights to our own pages, named in the viewer's language."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from conversations.services import roles

pytestmark = pytest.mark.django_db


def test_only_our_own_rights_are_offered(admin_page: Client) -> None:
    page = admin_page.get(reverse("admin:auth_group_add")).content.decode()
    for right in ("Leads: see", "Conversations: change", "Meetings: see"):
        assert f">{right}<" in page
    for other in ("can add", "procrastinate", "session", "simulated", "idempotency"):
        assert other not in page.casefold()
    es = admin_page.get(reverse("admin:auth_group_add"), headers={"accept-language": "es"})
    assert ">Leads: ver<" in es.content.decode()


def test_saving_a_group_keeps_every_right_that_our_groups_need(admin_page: Client) -> None:
    roles.ensure_groups()
    group = Group.objects.get(name=roles.MANAGERS)
    held = {f"{each.content_type.app_label}.{each.codename}" for each in _rights(group)}
    chosen = [str(each.pk) for each in _rights(group)]
    url = reverse("admin:auth_group_change", args=[group.pk])
    answer = admin_page.post(url, {"name": group.name, "permissions": chosen})
    assert answer.status_code == 302
    kept = {f"{each.content_type.app_label}.{each.codename}" for each in _rights(group)}
    assert kept == held != set()


def _rights(group: Group) -> list[Permission]:
    return list(group.permissions.select_related("content_type"))
