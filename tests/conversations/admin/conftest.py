"""People at the admin's door."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from conversations.models import User
from conversations.services.roles import SALES
from tests.conversations.admin import rows
from tests.conversations.admin.office import Office, make_people, make_rows


@pytest.fixture
def administrator(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", "secret")


@pytest.fixture
def salesperson(db: None) -> User:
    return rows.make_user("sam", groups=(SALES,))


@pytest.fixture
def admin_page(administrator: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(administrator)
    return client


@pytest.fixture
def sales_page(salesperson: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(salesperson)
    return client


@pytest.fixture
def office(db: None, media_folder: Path) -> Office:
    staff = make_people()
    return Office(staff, make_rows(staff["owner"]))
