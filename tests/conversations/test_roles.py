from __future__ import annotations

import pytest
from django.contrib.auth.models import Group


@pytest.mark.django_db
def test_migrations_leave_a_sales_group_behind() -> None:
    group = Group.objects.get(name="Sales")
    assert group.permissions.filter(codename="view_lead").exists()
    assert not group.permissions.filter(codename="view_webhookdelivery").exists()
