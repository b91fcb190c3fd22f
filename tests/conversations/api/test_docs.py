"""/api/docs in a real browser: it draws, and the strict CSP has nothing to refuse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.slow


def test_the_page_draws_without_a_violation(page: Page, live_server: LiveServer) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(request.url))
    response = page.goto(f"{live_server.url}/api/docs")
    assert response is not None
    assert response.status == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy
    page.get_by_text("/api/v1/leads/{lead_id}/facts/{key}").first.wait_for()
    page.locator("#operations-leads-leads_list .opblock-summary-control").click()
    page.get_by_text("Words in name, username").wait_for()
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".modal-ux").wait_for()
    assert said == []
