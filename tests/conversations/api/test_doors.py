"""Tokens, sessions, CSRF, CORS, and errors in one shape."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from conversations.models import User
from conversations.services import tokens
from tests.conversations.api.world import (
    client_of,
    make_conversation,
    make_host,
    make_sales,
    make_staff,
)

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def test_me(manager: User) -> None:
    assert client_of(manager).get(ME).json() == {
        "id": str(manager.pk),
        "name": "Marta",
        "username": "marta",
        "email": "",
        "role": "manager",
        "time_zone": "America/Mexico_City",
        "currency": "USD",
        "takes_meetings": False,
        "languages": [],
        "calendar_works": False,
    }
    host = make_host(make_sales())
    host.time_zone, host.languages = "America/Bogota", ["es"]
    host.save()
    shown = client_of(host.user).get(ME).json()
    assert (shown["role"], shown["time_zone"]) == ("sales", "America/Bogota")
    assert (shown["takes_meetings"], shown["calendar_works"]) == (True, True)
    assert shown["languages"] == ["es"]
    assert client_of(make_staff("new")).get(ME).json()["role"] == "none"


def test_a_token_until_it_expires(manager: User) -> None:
    now = timezone.now()
    client = APIClient()
    for expires_at, status in (
        (now + timedelta(minutes=1), 200),
        (now - timedelta(seconds=1), 401),
        (None, 200),
    ):
        token = tokens.create(user=manager, now=now, expires_at=expires_at)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        assert client.get(ME).status_code == status
    User.objects.update(is_active=False)
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer lb_x", "bearer a b c", "Bearer é"])
def test_a_token_that_is_none(header: str, manager: User) -> None:
    answer = APIClient().get(ME, HTTP_AUTHORIZATION=header)
    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"


def test_a_session_reads_freely_and_writes_with_csrf(manager: User) -> None:
    conversation = make_conversation()
    path = f"/api/v1/conversations/{conversation.pk}/read"
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(manager)
    assert browser.get(ME).status_code == 200
    refused = browser.post(path, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    csrf = browser.cookies["csrf"].value
    accepted = browser.post(path, content_type="application/json", headers={"X-CSRFToken": csrf})
    assert accepted.status_code == 200


@override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"])
def test_only_named_origins(manager: User) -> None:
    client = client_of(manager)
    named = client.get(ME, HTTP_ORIGIN="https://app.example.com")
    assert named["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert "ETag" in named["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in client.get(ME, HTTP_ORIGIN="https://evil.example")
    preflight = client.options(
        ME,
        HTTP_ORIGIN="https://app.example.com",
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="PATCH",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="if-match,idempotency-key",
    )
    allowed = preflight["Access-Control-Allow-Headers"]
    assert "if-match" in allowed
    assert "idempotency-key" in allowed


def test_errors_have_one_shape(manager: User) -> None:
    client = client_of(manager)
    path = f"/api/v1/conversations/{make_conversation().pk}/messages"
    for answer, status, code in (
        (client.post(path, "{", content_type="application/json"), 400, "parse_error"),
        (client.post(path, "[" * 2000, content_type="application/json"), 400, "parse_error"),
        (client.post(path, "x", content_type="text/plain"), 415, "unsupported_media_type"),
        (client.delete(path), 405, "method_not_allowed"),
        (client.get(ME, HTTP_ACCEPT="text/html"), 406, "not_acceptable"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer["Content-Type"] == "application/problem+json"
        assert set(answer.json()) == {
            "type",
            "title",
            "status",
            "code",
            "detail",
            "errors",
            "request_id",
        }
        assert answer.json()["request_id"] == answer["X-Request-ID"]
