"""docs/whatsapp.md says of every field, type and error code what the code does."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from conversations.services import outbox
from integrations.messaging import SendScope, SendVerdict
from integrations.whatsapp import account, bodies, notices, templates
from integrations.whatsapp.errors import MEANINGS, WINDOW_CLOSED, Meaning
from tests.integrations.whatsapp.samples import message, post, read

PAGE = (Path(__file__).parents[3] / "docs" / "whatsapp.md").read_text(encoding="utf-8")
MEDIA = {"id": "1", "mime_type": "x/y"}
REPLY = {"id": "1", "title": "x"}
# By the first column of the table: a message of that type.
TYPES: dict[str, dict[str, Any]] = {
    "text": {},
    **{name: {name: MEDIA} for name in ("image", "video", "audio", "voice", "document", "sticker")},
    "location": {"location": {"latitude": 1, "longitude": 2}},
    "contacts": {"contacts": [{"name": {"formatted_name": "Luis"}}]},
    "interactive: button_reply": {"interactive": {"type": "button_reply", "button_reply": REPLY}},
    "interactive: list_reply": {"interactive": {"type": "list_reply", "list_reply": REPLY}},
    "interactive: nfm_reply": {"interactive": {"type": "nfm_reply", "nfm_reply": {}}},
    "interactive: call_permission_reply": {"interactive": {"type": "call_permission_reply"}},
    "button": {"button": {"text": "x", "payload": "x"}},
    "reaction": {"reaction": {"message_id": "wamid.0", "emoji": "👍"}},
    "order": {"order": {"product_items": []}},
    "system": {"system": {"type": "customer_identity_changed"}},
    "edit": {"edit": {"original_message_id": "wamid.0"}},
    "revoke": {"revoke": {"original_message_id": "wamid.0"}},
    "request_welcome": {},
    "unsupported": {},
}


def table(heading: str) -> dict[str, list[str]]:
    """The rows under a heading by their first cell, without the backticks."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]
    return {row[0].replace("`", ""): row[1:] for row in rows}


def test_every_field_has_its_row() -> None:
    rows = table("Fields")
    ours = {"messages", "standby", "calls", "smb_message_echoes", "user_preferences"}
    assert ours | set(notices.REASONS) | set(account.FIELDS) | {"any other"} <= set(rows)
    assert set(templates.CHANGES) <= set(rows)


@pytest.mark.parametrize("name", [*TYPES, "any other"])
def test_every_type_does_what_its_row_says(name: str) -> None:
    kind, _shown, turn, window = table("Message types")[name]
    type_ = name.partition(":")[0]
    (found,) = read(post(messages=[message(type_, **TYPES.get(name, {}))])).messages
    assert kind == f"`{found.kind}`"
    assert turn == ("yes" if found.starts_turn else "no")
    assert window == ("yes" if found.opens_window else "no")


def test_every_type_that_is_read_has_its_row() -> None:
    assert {name.partition(":")[0] for name in table("Message types")} >= set(bodies.READERS)


def by_itself(code: int, meaning: Meaning) -> str:
    """The third cell."""
    if meaning.scope is SendScope.ACCOUNT:
        return "Everything waits, with an alarm on every page; each minute one message tries"
    if code == WINDOW_CLOSED:
        return "Fails; the window is closed; staff get the talk"
    if code in outbox.FILE_TROUBLE:
        return f"Tried {outbox.FILE_ATTEMPTS} times in all, then staff get the talk"
    if meaning.verdict is SendVerdict.FAILED:
        return "Fails at once; staff get the talk"
    return {
        SendScope.MESSAGE: f"Tried {outbox.ATTEMPTS} times in all, then staff get the talk",
        SendScope.CONVERSATION: f"This person's messages wait, longer each time; after {outbox.ATTEMPTS} staff get the talk",
        SendScope.NUMBER: "All messages wait, longer each time",
    }[meaning.scope]


def spans(codes: list[int]) -> str:
    """Codes, with those in a row as one span."""
    rows = groupby(enumerate(sorted(codes)), lambda pair: pair[1] - pair[0])
    runs = [[code for _place, code in row] for _key, row in rows]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def test_every_error_code_has_its_row() -> None:
    grouped: dict[tuple[str, str], list[int]] = {}
    with translation.override("en"):
        for code, meaning in MEANINGS.items():
            key = str(meaning.explanation), by_itself(code, meaning)
            grouped.setdefault(key, []).append(code)
    wanted = [f"| {spans(codes)} | {said} | {done} |" for (said, done), codes in grouped.items()]
    missing = [row for row in wanted if row not in PAGE]
    assert not missing, "docs/whatsapp.md needs these rows:\n" + "\n".join(missing)
