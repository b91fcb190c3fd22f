"""Health, readiness, request ids, and an outage of the database."""

from __future__ import annotations

import runpy
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, resolve
from django.utils import timezone
from django.utils.regex_helper import normalize
from pytest_django import Settings

from integrations.simulator import urls as simulator
from leadbot import health
from leadbot.middleware import DatabaseOutageMiddleware


def test_healthz_asks_nobody(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_names_what_fails(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "failing",
        "checks": {
            "database": "ok",
            "migrations": "ok",
            "worker": "no worker runs",
            "pending": "ok",
        },
    }


@pytest.mark.django_db
def test_what_the_database_lacks_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_applied", set[str]())
    recorder = MigrationRecorder(connection)
    loader = MigrationLoader(connection)
    assert set(loader.disk_migrations) == set(recorder.applied_migrations())
    assert health.unapplied_migrations() is None

    monkeypatch.setattr(health, "_applied", set[str]())
    recorder.record_unapplied("conversations", "0001_initial")
    recorder.record_unapplied("procrastinate", "0001_initial")
    assert health.unapplied_migrations() == "2 not applied"


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "expected"), [(5, None), (90, "silent for 90 s")])
def test_a_silent_worker_is_noticed(age: int, expected: str | None) -> None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [now - timedelta(seconds=age)],
        )
    assert health.worker_silence(now=now) == expected


@pytest.mark.parametrize("given", ["abcdef0123456789", "A-b.c_12345678"])
def test_a_harmless_request_id_is_kept(client: Client, given: str) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert response["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space 12", "a\\nb-12345678"])
def test_any_other_is_replaced(client: Client, given: str) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": given})
    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 32


def test_an_outage_is_a_503_and_a_bug_is_not() -> None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("fine")

    middleware = DatabaseOutageMiddleware(view)
    request = RequestFactory().get("/")
    answer = middleware.process_exception(request, OperationalError("gone"))
    assert answer is not None
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert middleware.process_exception(request, ValueError("ours")) is None
    assert middleware(request).content == b"fine"


@pytest.mark.django_db
def test_no_address_of_the_simulator_is_there_in_cloud_mode(
    client: Client, settings: Settings
) -> None:
    paths = [f"/simulator/{path}" for path in _paths(simulator.urlpatterns)]
    assert len(paths) > 20
    for path in paths:
        resolve(path)
    settings.SIMULATOR = False
    doors = runpy.run_path(str(settings.BASE_DIR / "leadbot" / "urls.py"))
    settings.ROOT_URLCONF = tuple(doors["urlpatterns"])
    assert client.get("/healthz").status_code == 200
    answers = {
        (method, path): client.generic(method, path).status_code
        for path in paths
        for method in ("GET", "POST")
    }
    assert {door: status for door, status in answers.items() if status != 404} == {}


def _paths(patterns: Iterable[object], above: str = "") -> Iterator[str]:
    """One address for each pattern, with a 1 or an "a" wherever it takes something."""
    for pattern in patterns:
        assert isinstance(pattern, URLPattern | URLResolver)
        ((path, names),) = normalize(pattern.pattern.regex.pattern)
        path = above + path % {name: "a" if name == "edge" else "1" for name in names}
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, path)
        else:
            yield path
