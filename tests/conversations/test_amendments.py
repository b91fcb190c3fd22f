"""Edits and deletions in any order with what they speak of, which may come last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from conversations.models import Message
from conversations.services import inbound, lanes, merging
from integrations.messaging import Echo, InboundMessage, MessageKind, Sender, WebhookEvents
from tests.conversations.rows import NOW, PACE, make_conversation, make_staff, write
from tests.conversations.test_lane_races import meanwhile

ANA = Sender(phone="5215550101234", profile_name="Ana")
# When each of them came about, in seconds.
PARTS = {
    "original": 0,
    "edit": 1,
    "edit in the same second": 1,
    "edit without words": 2,
    "revoke": 2,
}


def part(name: str) -> InboundMessage:
    """The original says "Hola"; the others speak of it."""
    kinds = {"original": MessageKind.TEXT, "revoke": MessageKind.REVOKE}
    return InboundMessage(
        provider_message_id=f"wamid.{name}",
        sender=ANA,
        kind=kinds.get(name, MessageKind.EDIT),
        occurred_at=NOW + timedelta(seconds=PARTS[name]),
        text={"original": "Hola", "edit": "Uno", "edit in the same second": "Dos"}.get(name, ""),
        target_message_id="" if name == "original" else "wamid.original",
        starts_turn=name == "original",
        opens_window=name == "original",
    )


def receive(*names: str, echoed: bool = False) -> None:
    said = [part(name) for name in names]
    events = WebhookEvents(messages=tuple(said))
    if echoed:
        events = WebhookEvents(echoes=tuple(Echo(each, ANA) for each in said))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)


@cache
def outcome(posts: tuple[tuple[str, ...], ...], *, echoed: bool) -> tuple[object, ...]:
    """What these POSTs leave of the original."""
    with transaction.atomic():
        make_conversation()
        for names in posts:
            receive(*names, echoed=echoed)
        row = Message.objects.get(provider_message_id="wamid.original")
        transaction.set_rollback(True)
    return row.text, row.edited_at, row.revoked_at, row.state


@st.composite
def histories(draw: st.DrawFn) -> tuple[tuple[str, ...], ...]:
    """The original and some of the others, in an order of theirs and cut into POSTs."""
    others = draw(st.sets(st.sampled_from([*PARTS][1:])))
    mixed = draw(st.permutations(["original", *sorted(others)]))
    cuts = sorted(draw(st.sets(st.integers(0, len(mixed)))))
    ends = zip([0, *cuts], [*cuts, len(mixed)], strict=True)
    return tuple(tuple(mixed[start:end]) for start, end in ends if start < end)


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(posts=histories(), echoed=st.booleans())
def test_any_order_ends_alike(posts: tuple[tuple[str, ...], ...], echoed: bool) -> None:
    said = {name for names in posts for name in names}
    in_order = tuple(name for name in PARTS if name in said)
    assert outcome(posts, echoed=echoed) == outcome((in_order,), echoed=echoed)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "text", "state"),
    [
        (("edit", "original"), "Uno", "received"),
        (("revoke", "original"), "Hola", "handled"),
        (("original", "revoke"), "Hola", "handled"),
        (("edit without words", "edit in the same second", "edit", "original"), "Dos", "received"),
    ],
)
def test_what_became_of_a_message_is_heeded_before_its_turn(
    names: tuple[str, ...], text: str, state: str
) -> None:
    make_conversation()
    for name in names:
        receive(name)
    row = Message.objects.get(provider_message_id="wamid.original")
    assert (row.text, row.state) == (text, state)


@pytest.mark.django_db
@pytest.mark.parametrize("late", [True, False])
def test_an_edit_cannot_be_edited(late: bool) -> None:
    make_conversation()
    edit = part("edit")
    another = replace(
        edit, provider_message_id="wamid.2", text="Dos", target_message_id="wamid.edit"
    )
    for message in (another, edit) if late else (edit, another):
        events = WebhookEvents(messages=(message,))
        inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    row = Message.objects.get(provider_message_id="wamid.edit")
    assert (row.text, row.edited_at) == ("Uno", None)


@pytest.mark.django_db(transaction=True)
def test_an_edit_that_is_stored_while_its_original_waits_counts() -> None:
    conversation = make_conversation()

    def hear_the_edit() -> None:
        lanes.lock_conversation(conversation.pk)
        receive("edit")

    with meanwhile(hear_the_edit):
        receive("original")
    assert Message.objects.get(provider_message_id="wamid.original").text == "Uno"


@pytest.mark.django_db
def test_an_edit_is_remembered_through_a_merge() -> None:
    merged, kept = make_conversation(), make_conversation(phone="5215550109999")
    receive("edit")
    merging.merge(kept_id=kept.lead_id, merged_id=merged.lead_id, staff=make_staff(), now=NOW)
    receive("original")
    assert kept.messages.get(provider_message_id="wamid.original").text == "Uno"


@pytest.mark.django_db
def test_eight_days_after_words_about_nothing_known_messages_go_the_short_way_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_conversation()
    receive("revoke")
    later = NOW + timedelta(days=8)
    write("Hola", now=later - timedelta(seconds=1))
    with django_assert_num_queries(2):
        write("Hola", now=later)
