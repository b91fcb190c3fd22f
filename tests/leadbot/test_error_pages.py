"""When something goes wrong: plain words, what to do next, both languages, nothing inline."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.policy import POLICY, inline_parts, policy_of

pytestmark = pytest.mark.urls("tests.leadbot.failing_urls")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PAGES = {
    "odd": (400, "This request could not be read", "No se pudo leer esta solicitud"),
    "forbidden": (403, "This page is not for your account", "Esta página no es para tu cuenta"),
    "nothing": (404, "There is nothing at this address", "No hay nada en esta dirección"),
    "bug": (500, "Something went wrong on our side", "Algo falló de nuestro lado"),
    "outage": (503, "We cannot reach our data right now", "Ahora no podemos leer nuestros datos"),
}


def ask(path: str, language: str, *, method: str = "get") -> Any:
    client = Client(
        raise_request_exception=False,
        enforce_csrf_checks=True,
        headers={"accept": BROWSER, "accept-language": language},
    )
    return getattr(client, method)(path)


def check(response: Any, status: int, title: str, language: str) -> None:
    page = response.content.decode()
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert page.count(title) == 2
    assert f'<html lang="{language}">' in page
    assert "secret detail" not in page
    assert response["X-Request-ID"] in page
    assert policy_of(response) == POLICY
    assert inline_parts(page) == []
    assert "<script" not in page
    assert "/static/leadbot/errors.css" in page


@pytest.mark.parametrize("path", PAGES)
def test_each_failure_has_a_page_in_both_languages(path: str) -> None:
    status, english, spanish = PAGES[path]
    check(ask(f"/{path}", "en"), status, english, "en")
    check(ask(f"/{path}", "es-MX,es;q=0.9"), status, spanish, "es")


@pytest.mark.parametrize(
    ("language", "title"), [("en", "The form was not sent"), ("es", "El formulario no se envió")]
)
def test_a_form_without_its_token(language: str, title: str) -> None:
    check(ask("/admin/login/", language, method="post"), 403, title, language)


def test_every_page_says_what_to_do_next() -> None:
    for path in PAGES:
        page = ask(f"/{path}", "en").content.decode()
        assert ('href="/admin/"' in page) is (path != "outage"), path
        assert "Check the address" in page or "administrator" in page, path


@pytest.mark.parametrize("accept", ["*/*", "", "application/json"])
def test_machines_get_a_short_503(accept: str) -> None:
    answer = Client(headers={"accept": accept}).get("/outage")
    assert (answer.status_code, answer.content) == (503, b"Service unavailable\n")
    assert answer["Retry-After"] == "10"


def test_their_style_is_there() -> None:
    assert finders.find("leadbot/errors.css")
