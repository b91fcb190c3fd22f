"""Payloads bent out of shape: drawn by Hypothesis, for tests and for bench.payloads."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.integrations.whatsapp.samples import EXPECTED, body_of, message, post

SAMPLES = [
    json.loads(body_of(name))
    for name, expected in EXPECTED.items()
    if expected["http"] == 200 and "null_root" not in name
]
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        2**70,
        1e308,
        "",
        "\x00",
        "a\ud83d",
        "x" * 5000,
        "\u202e😀",
        [],
        {},
        [[]],
        {"id": {}},
        {"body": ["\x00"]},
        "../../me",
        "999999999999999",
    ]
) | st.text(st.characters(), max_size=20)


def nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value, as its container and key."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(value, key) for key, _ in items]
    for container, key in list(found):
        if isinstance(container[key], dict | list):
            found += nodes(container[key])
    return found


@st.composite
def bent(draw: st.DrawFn) -> Any:
    payload = copy.deepcopy(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 4))):
        places = nodes(payload)
        if not places:
            break
        container, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(["drop", "replace", "nest", "double", "swap"])):
            case "drop":
                del container[key]
            case "replace":
                # A copy: what bends it further must not bend the next example.
                container[key] = copy.deepcopy(draw(JUNK))
            case "nest":
                container[key] = draw(st.sampled_from([[container[key]], {"x": container[key]}]))
            case "double":
                container[key] = [copy.deepcopy(container[key]), copy.deepcopy(container[key])]
            case "swap":
                other, place = places[draw(st.integers(0, len(places) - 1))]
                container[key] = copy.deepcopy(
                    other.get(place) if isinstance(other, dict) else None
                )
    return payload


def between(before: dict[str, Any], payload: Any, after: dict[str, Any]) -> dict[str, Any]:
    """A POST with a bent payload between two messages that nothing is wrong with."""
    entries = payload.get("entry") if isinstance(payload, dict) else None
    whole = post(messages=[before])
    whole["entry"] += entries if isinstance(entries, list) else [entries]
    whole["entry"] += post(messages=[after])["entry"]
    return whole


@dataclass(frozen=True)
class Mutant:
    """A body and the messages in it that must be stored, whatever is wrong with the rest."""

    body: bytes
    valid: tuple[str, ...]


@st.composite
def mutants(draw: st.DrawFn) -> tuple[bool, bytes]:
    """Whether its neighbours are whole, and the bytes: bent by structure, or blindly."""
    whole = between(message(id_="wamid.before"), draw(bent()), message(id_="wamid.after"))
    body = json.dumps(whole).encode()
    if draw(st.integers(0, 9)) < 7:
        return True, body
    for _ in range(draw(st.integers(1, 5))):
        at, to = sorted(draw(st.tuples(*[st.integers(0, len(body))] * 2)))
        to = min(to, at + 40)
        new = draw(
            st.sampled_from([b"", b"\x00", b"\xff", b'"', b"{", b"]", b"9" * 30, b"\\ud83d"])
        )
        body = (
            body[:at] + draw(st.sampled_from([new, new + body[at:to], body[at:to] * 2])) + body[to:]
        )
    return False, body


def numbered(whole: bool, body: bytes, number: int) -> Mutant:  # as it was drawn
    """With ids of its own, so that what was stored before does not hide what comes now."""
    body = re.sub(rb'"(wam|wac)id\.', rb'"\1id.%d.' % number, body)
    ids = (f"wamid.{number}.before", f"wamid.{number}.after")
    return Mutant(body, ids if whole else ())
