"""A colleague's long text leaves as several messages, cut between paragraphs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.services import outbound
from conversations.services.long_text import parts_of
from tests.conversations.rows import NOW, make_conversation, make_staff
from tests.conversations.sending import run
from tests.fakes.channel import FakeChannel


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("12345 7890", ["12345 7890"]),
        ("uno dos\n\ntres", ["uno dos", "tres"]),
        ("uno\ndos tres", ["uno", "dos tres"]),
        ("uno dos tres", ["uno dos", "tres"]),
        ("1234567890123", ["1234567890", "123"]),
        ("1234567890\n\n23", ["1234567890", "23"]),
    ],
)
def test_cuts(text: str, parts: list[str]) -> None:
    assert parts_of(text, limit=10) == parts


@given(st.text(alphabet="ab \n"))
def test_no_part_is_too_long_or_empty_and_no_letter_is_lost(text: str) -> None:
    text = text.strip()
    parts = parts_of(text, limit=10)
    assert all(0 < len(part) <= 10 for part in parts) or parts == [""]
    assert "".join("".join(parts).split()) == "".join(text.split())


@pytest.mark.django_db(transaction=True)
def test_all_parts_leave_in_order_and_the_first_one_quotes() -> None:
    conversation, channel = make_conversation(), FakeChannel()
    paragraphs = [letter * 3000 for letter in "abc"]
    first = outbound.queue_staff_message(
        conversation_id=conversation.pk,
        staff=make_staff(),
        text="\n\n".join(paragraphs),
        now=NOW,
        in_reply_to="wamid.asked",
    )
    run(conversation, channel)
    assert [each.text for each in channel.sent] == paragraphs
    assert [each.reply_to for each in channel.sent] == ["wamid.asked", "", ""]
    assert first.text == paragraphs[0]
