"""The browser fixture itself: a real page of ours, with its styles and without a violation."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.slow


@pytest.mark.django_db(transaction=True)
def test_staff_log_in(page: Page, live_server: LiveServer) -> None:
    get_user_model().objects.create_superuser(username="carla", email="", password="pass-of-carla")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/admin/")
    page.fill("input[name=username]", "carla")
    page.fill("input[name=password]", "pass-of-carla")
    page.click("input[type=submit]")
    page.wait_for_url(f"{live_server.url}/admin/")
    assert complaints == []
