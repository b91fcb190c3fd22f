"""The OpenAPI document: valid, committed as it is, and complete."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from conversations.api.urls import urlpatterns
from tests.conversations.api.test_access import ROUTES

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
REFRESH = "python manage.py spectacular --lang en --file docs/openapi.yaml"


@pytest.fixture
def client() -> Client:
    """Of nobody."""
    return Client()


@pytest.fixture(scope="module")
def document() -> str:
    output = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", "--lang", "en", stdout=output)
    return output.getvalue()


@pytest.fixture(scope="module")
def schema(document: str) -> Any:
    return yaml.load(document, yaml.CSafeLoader)


def test_the_committed_document_is_up_to_date(document: str) -> None:
    assert COMMITTED.read_text() == document, REFRESH


def test_every_route_and_method_is_described(schema: Any) -> None:
    described = {
        (path.removeprefix("/api/v1/"), method.upper())
        for path, operations in schema["paths"].items()
        for method in operations
    }
    routes = {
        (re.sub(r"<\w+:(\w+)>", r"{\1}", route), method)
        for route, methods in ROUTES.items()
        for method in methods
        if route
    }
    assert described == routes
    assert len(urlpatterns) == len({path for path, _method in routes}) + 1


def test_every_operation_tells_its_errors_and_who_may_call(schema: Any) -> None:
    for operations in schema["paths"].values():
        for operation in operations.values():
            problem = operation["responses"]["default"]["content"]["application/problem+json"]
            assert problem == {"schema": {"$ref": "#/components/schemas/Problem"}}
            assert operation["security"] == [{"token": []}, {"session": []}]


def test_rows_are_named_by_uuid_only(schema: Any) -> None:
    for name, component in schema["components"]["schemas"].items():
        if name == "Slot":
            continue  # a free time is no row
        shown = component.get("properties", {})
        assert shown.get("id", {"format": "uuid"})["format"] == "uuid", name
        assert not {"provider_message_id", "identities", "mailbox"} & set(shown), name


def test_answers_hold_every_field_and_each_has_a_type(schema: Any) -> None:
    schemas = schema["components"]["schemas"]
    answers = {name: each for name, each in schemas.items() if not name.endswith("Request")}
    for name, component in answers.items():
        fields = component.get("properties", {})
        assert set(component.get("required", [])) == set(fields), name
        for field, shape in fields.items():
            bare = shape.get("type") == "object" and "additionalProperties" not in shape
            assert not bare, (name, field)
            assert {"type", "oneOf", "allOf", "$ref"} & set(shape), (name, field)


@pytest.mark.parametrize("accept", ["*/*", "application/vnd.oai.openapi", "text/html"])
def test_the_committed_document_is_served(client: Client, accept: str) -> None:
    answer = client.get("/api/schema", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.oai.openapi"
    assert answer.content == COMMITTED.read_bytes()


@pytest.mark.parametrize(
    ("query", "accept", "served"),
    [
        ("", "application/json", "application/json"),
        ("?format=json", "*/*", "application/vnd.oai.openapi+json"),
    ],
)
def test_the_document_is_served_as_json_too(
    client: Client, query: str, accept: str, served: str
) -> None:
    answer = client.get(f"/api/schema{query}", headers={"Accept": accept})
    assert answer["Content-Type"] == served
    assert answer.json() == yaml.load(COMMITTED.read_text(), yaml.CSafeLoader)
