"""The transcription adapter against a provider that behaves and misbehaves."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from integrations import http
from integrations.conf import TranscriptionConf
from integrations.speech import TranscriptionError
from integrations.transcription import (
    LONGEST_TEXT,
    MAX_BYTES,
    OpenAITranscriber,
    clean,
)
from tests.fakes.files import Sips
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Behaviour, Provider, answer, reset, silence, trickle

VOICE = b"OggS" + b"v" * 2000
KEY = "sk-test-never-in-a-log"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with misbehaving.run() as running:
        yield running


def hear(provider: Provider, *behaviours: Behaviour, size: int = len(VOICE)) -> str:
    provider.plays(*behaviours)
    conf = TranscriptionConf(url=f"{provider.url}/v1", model="gpt-transcribe", api_key=KEY)
    with http.session(read=0.3, total=0.4, max_bytes=5_000) as session:
        ears = OpenAITranscriber(conf, session, pause=0)
        return ears.transcribe(Sips(VOICE), mime_type="audio/ogg", size=size)


def test_the_file_the_model_and_the_key_go_out(provider: Provider) -> None:
    assert hear(provider, answer(200, {"text": "Hola, soy Ana"})) == "Hola, soy Ana"
    (seen,) = provider.seen
    assert (seen.method, seen.path) == ("POST", "/v1/audio/transcriptions")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["content-type"].startswith("multipart/form-data")
    assert VOICE in seen.body
    assert b'filename="voice.ogg"' in seen.body
    assert b"gpt-transcribe" in seen.body


@pytest.mark.parametrize(
    "first", [answer(503, {}), answer(429, {}), reset], ids=["503", "429", "reset"]
)
def test_a_quick_fault_is_asked_once_more(provider: Provider, first: Behaviour) -> None:
    assert hear(provider, first, answer(200, {"text": "Sí"})) == "Sí"
    assert len(provider.seen) == 2
    assert VOICE in provider.seen[1].body


@pytest.mark.parametrize(
    ("status", "body", "requests"),
    [
        (401, {"error": {"message": KEY}}, 1),
        (400, {}, 1),
        (500, {}, 2),
        (302, {}, 1),
        (200, b"<html>", 1),
        (200, {"text": None}, 1),
        (200, [], 1),
        (200, b"[" * 4_000, 1),
        (200, {"text": "x" * 6_000}, 1),
    ],
)
def test_no_words_is_an_error_that_quotes_nothing(
    provider: Provider, status: int, body: object, requests: int
) -> None:
    with pytest.raises(TranscriptionError) as failed:
        hear(provider, answer(status, body))
    assert len(provider.seen) == requests
    assert KEY not in str(failed.value)
    assert failed.value.__cause__ is None


def test_who_never_ends_is_left(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    whole = b'HTTP/1.1 200 X\r\nContent-Length: 900\r\n\r\n{"text": "' + b"x" * 800
    for behaviour in (silence(provider.stopping), trickle(whole, provider.stopping)):
        provider.seen.clear()
        with pytest.raises(TranscriptionError):
            hear(provider, behaviour)
        assert len(provider.seen) == 1
    assert KEY not in caplog.text


def test_what_is_too_large_never_leaves(provider: Provider) -> None:
    with pytest.raises(TranscriptionError, match="too large"):
        hear(provider, answer(200, {"text": "x"}), size=MAX_BYTES + 1)
    assert provider.seen == []


def test_words_are_cleaned() -> None:
    assert clean(" Hola\x00,\n\tsoy\u202e \u200bAna\ud800 ") == "Hola, soy Ana"
    assert clean("\u200b\x00 ") == ""
    assert len(clean("x" * 50_000)) == LONGEST_TEXT
