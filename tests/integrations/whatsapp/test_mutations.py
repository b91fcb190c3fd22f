"""Payloads bent out of shape: nothing breaks, neighbours survive, everything may be stored."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.messaging import WebhookError
from integrations.whatsapp.text import clean, clean_json
from tests.integrations.whatsapp.mutations import JUNK, bent, between
from tests.integrations.whatsapp.samples import NOW, message, post, read

LIMITS = {
    "provider_message_id": 255,
    "bsuid": 160,
    "parent_bsuid": 160,
    "phone": 18,
    "profile_name": 200,
    "username": 64,
    "reply_id": 256,
    "in_reply_to": 255,
    "target_message_id": 255,
    "provider_media_id": 100,
    "mime_type": 120,
    "sha256": 64,
    "filename": 255,
    "url": 2000,
    "source_id": 200,
    "source_url": 2000,
    "headline": 500,
    "ctwa_clid": 500,
    "callback_data": 512,
    "error_text": 500,
    "field": 64,
}


def assert_storable(value: Any, name: str = "") -> None:
    match value:
        case str():
            assert "\x00" not in value
            value.encode()
            assert len(value) <= LIMITS.get(name, 65_536)
        case float():
            assert isfinite(value)
        case int():
            assert abs(value) < 2**63
        case datetime():
            assert value <= NOW
        case _:
            for key, item in parts(value):
                assert_storable(key)
                assert_storable(item, key)


def parts(value: Any) -> list[tuple[str, Any]]:
    if is_dataclass(value):
        return [(item.name, getattr(value, item.name)) for item in fields(value)]
    if isinstance(value, dict):
        return [(key, item) for key, item in value.items()]
    return [("", item) for item in value] if isinstance(value, list | tuple) else []


@settings(max_examples=400)
@given(bent())
def test_bent_payloads_are_read_and_storable(payload):
    events = read(payload)

    assert_storable(events)
    assert all(m.sender.key and m.provider_message_id for m in events.messages)
    ids = [m.provider_message_id for m in events.messages]
    assert len(ids) == len(set(ids))


@settings(max_examples=200)
@given(bent())
def test_valid_siblings_survive(payload):
    whole = between(message(id_="wamid.before"), payload, message(id_="wamid.after"))
    ids = [m.provider_message_id for m in read(whole).messages]

    assert ids[0] == "wamid.before"
    assert ids[-1] == "wamid.after"


@settings(max_examples=50)
@given(
    element=st.recursive(JUNK, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_a_junk_element_leaves_its_neighbours_alone(element):
    events = read(post(messages=[message(id_="wamid.a"), element, message(id_="wamid.b")]))

    assert [m.provider_message_id for m in events.messages] == ["wamid.a", "wamid.b"]
    assert len(events.quarantined) == 1


@settings(max_examples=100)
@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused(body):
    try:
        read(body)
    except WebhookError as error:
        assert error.status == 400  # noqa: PT017


@given(st.text(st.characters(), max_size=50), st.integers(0, 60))
def test_clean(value, limit):
    cleaned = clean(value, limit)

    assert_storable(cleaned)
    assert len(cleaned) <= limit
    assert clean(cleaned, limit) == cleaned


def test_clean_keeps_what_is_whole():
    assert clean("ñ 👋🏽 العربية\n", 100) == "ñ 👋🏽 العربية\n"
    assert clean("\ud83d\udc4b", 100) == "👋"


def test_clean_json_bounds_depth_and_size():
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]

    assert len(json.dumps(clean_json(deep))) < 50
    assert len(clean_json(["x"] * 10_000)) < 1000
    assert len(json.dumps(clean_json({"k" * 300: "x" * 100_000}))) < 70_000
    assert clean_json([1, True, None, 2**80, 1.5, float("inf")]) == [1, True, None, None, 1.5, None]
