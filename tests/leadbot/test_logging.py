"""Log lines carry ids and no secret, number, address or word of a person."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from integrations import logcontext
from leadbot.logging import CorrelationFilter, Formatter, redact


def line(message: str, *args: object, **extra: Any) -> dict[str, Any]:
    record = logging.getLogger("x").makeRecord(
        "conversations", logging.INFO, "f.py", 1, message, args, None, extra=extra
    )
    CorrelationFilter().filter(record)
    loaded: dict[str, Any] = json.loads(Formatter().format(record))
    return loaded


def test_a_line_names_what_it_is_about() -> None:
    with logcontext.bind(conversation_id="c-1", turn_id="t-1"), logcontext.bind(job_id=7):
        found = line("answered")
    assert found["conversation_id"] == "c-1"
    assert found["turn_id"] == "t-1"
    assert found["job_id"] == "7"
    assert found["level"] == "INFO"
    assert found["at"].endswith("Z")
    assert "conversation_id" not in line("later")


def test_bound_ids_survive_what_looks_like_a_number() -> None:
    with logcontext.bind(message_id="0193584756473829", wamid="wamid.HBgNNTIxNTUxMjM0NTY3OA=="):
        found = line("sent")
    assert found["message_id"] == "0193584756473829"
    assert "HBgN" not in json.dumps(found)
    assert len(found["wamid"]) == 16


@pytest.mark.parametrize(
    "secret",
    [
        "+52 1 55 1234 5678",
        "5215512345678",
        "(555) 123-456789",
        "ana.lopez@example.com.mx",
        "Bearer EAAGm0PX4ZCpsBAKZC",
        "EAAGm0PX4ZCpsBAKZC0123",
        "sk-proj-abcdef0123456789",
        "access_token=abc.def-123",
        '{"client_secret": "abc~def.123"}',
        "hub.verify_token=words-of-mine",
        "wamid.HBgNNTIxNTUxMjM0NTY3OBUCABIYFjNFQjA=",
    ],
)
def test_secrets_and_personal_data_are_taken_out(secret: str) -> None:
    text = json.dumps([line(f"before {secret} after"), line("%s", secret), line("x", note=secret)])
    for part in (secret, "5678", "lopez", "EAAG", "abc", "words-of-mine", "HBgN"):
        assert part not in text


@pytest.mark.parametrize(
    "harmless",
    [
        "2026-11-23 04:18:11",
        "018f3c2a-1234-7000-8000-123456789012",
        "12345678-1234-7123-8123-123456789012",
        "took 1234 ms",
        "10.0.0.1:8000",
    ],
)
def test_what_helps_is_kept(harmless: str) -> None:
    assert redact(f"at {harmless} ok") == f"at {harmless} ok"


def test_bodies_and_job_arguments_never_appear() -> None:
    found = line("failed", body="hola soy Ana", payload={"text": "hola"}, job={"args": "Ana"})
    assert "Ana" not in json.dumps(found)
    assert "hola" not in json.dumps(found)


def fail() -> None:
    raise ValueError("no route to +52 55 1234 5678")


def test_tracebacks_are_redacted_too() -> None:
    try:
        fail()
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, "f.py", 1, "boom", (), sys.exc_info()
        )
    text = Formatter().format(record)
    assert "ValueError" in text
    assert "5678" not in text
