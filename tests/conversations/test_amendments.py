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

from conversations.models import Attachment, Conversation, Message
from conversations.services import inbound, lanes, merging
from conversations.services.amendments import AWAITED
from integrations.messaging import (
    Echo,
    InboundMessage,
    Media,
    MessageKind,
    Sender,
    WebhookEvents,
)
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
@pytest.mark.parametrize(
    ("posts", "shown"),
    [
        ([["revoke"], ["original"]], "[revoke]"),
        ([["revoke", "original"]], "[revoke]"),
        ([["original"], ["revoke"]], "[revoke]"),
        ([["edit"], ["original"]], "Uno"),
        ([["original"], ["edit"]], "Uno"),
    ],
)
def test_the_inbox_shows_no_words_that_were_taken_back(posts: list[list[str]], shown: str) -> None:
    conversation = make_conversation()
    for names in posts:
        receive(*names)
    conversation.refresh_from_db()
    assert conversation.last_message_text == shown


@pytest.mark.django_db
def test_the_inbox_goes_on_showing_what_was_said_since() -> None:
    conversation = make_conversation()
    receive("revoke")
    said = replace(part("edit"), kind=MessageKind.TEXT, target_message_id="", text="¿Y?")
    events = WebhookEvents(messages=(part("original"), said))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    conversation.refresh_from_db()
    assert conversation.last_message_text == "¿Y?"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["edit", "revoke"])
def test_the_inbox_goes_on_showing_what_the_lead_said_last(name: str) -> None:
    conversation = make_conversation()
    write("¿Y?")
    receive(name, echoed=True)
    receive("original", echoed=True)
    conversation.refresh_from_db()
    assert conversation.last_message_text == "¿Y?"


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


def as_two_people(*names: str, echoed: bool) -> tuple[Conversation, Conversation]:
    """The original by number, what speaks of it by id, in this order; then their conversations."""
    ids = {True: ANA, False: Sender(bsuid="MX.1")}
    make_conversation()
    for name in names:
        sender = ids[name == "original"]
        said = replace(part(name), sender=sender)
        events = WebhookEvents(messages=(said,))
        if echoed:
            events = WebhookEvents(echoes=(Echo(said, sender),))
        inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    first, second = Conversation.objects.order_by("created_at", "lead__phone_number")
    return (first, second) if first.lead.phone_number else (second, first)


@pytest.mark.django_db
@pytest.mark.parametrize("echoed", [True, False])
@pytest.mark.parametrize(
    "names", [("edit", "original"), ("original", "edit"), ("edit", "original", "revoke")]
)
@pytest.mark.parametrize("keep_author", [True, False])
def test_what_came_under_another_name_counts_once_they_are_merged(
    names: tuple[str, ...], echoed: bool, keep_author: bool
) -> None:
    author, other = as_two_people(*names, echoed=echoed)
    original = author.messages.get(provider_message_id="wamid.original")
    before = rows_of(original)
    assert original.text == "Hola"
    kept, merged = (author, other) if keep_author else (other, author)
    staff = make_staff()
    merge = merging.merge(kept_id=kept.lead_id, merged_id=merged.lead_id, staff=staff, now=NOW)
    original.refresh_from_db()
    assert (original.text, original.revoked_at is not None) == ("Uno", "revoke" in names)
    assert original.state == (
        "sent" if echoed else "handled" if original.revoked_at else "received"
    )
    kept.refresh_from_db()
    assert kept.awaits_original_until is None or kept.awaits_original_until == NOW + AWAITED
    merging.undo(merge_id=merge.pk, staff=staff, now=NOW)
    assert rows_of(original) == before


def rows_of(original: Message) -> tuple[object, ...]:
    """The original, and what the inbox shows of both conversations."""
    shown = Conversation.objects.order_by("id").values_list("last_message_text", "answer_due_at")
    return Message.objects.filter(pk=original.pk).values_list().get(), list(shown)


@pytest.mark.django_db
def test_merged_the_inbox_shows_no_words_that_were_taken_back() -> None:
    author, other = as_two_people("revoke", "original", echoed=False)
    merging.merge(kept_id=author.lead_id, merged_id=other.lead_id, staff=make_staff(), now=NOW)
    author.refresh_from_db()
    assert author.last_message_text == "[revoke]"


@pytest.mark.django_db
def test_an_undone_merge_leaves_what_was_said_of_a_message_since() -> None:
    author, other = as_two_people("original", "edit", echoed=False)
    staff = make_staff()
    merge = merging.merge(kept_id=author.lead_id, merged_id=other.lead_id, staff=staff, now=NOW)
    receive("revoke")
    merging.undo(merge_id=merge.pk, staff=staff, now=NOW)
    row = author.messages.get(provider_message_id="wamid.original")
    assert (row.text, row.state, row.revoked_at is None) == ("Uno", "handled", False)


@pytest.mark.django_db(transaction=True)
def test_one_picture_echoed_under_two_names_at_once_is_kept_once() -> None:
    media = (Media(provider_media_id="123", mime_type="image/jpeg", sha256="", filename=""),)
    shown = replace(part("original"), kind=MessageKind.IMAGE, media=media, starts_turn=False)

    def receive_as(sender: Sender) -> None:
        events = WebhookEvents(echoes=(Echo(shown, sender),))
        inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)

    with meanwhile(lambda: receive_as(ANA)):
        receive_as(Sender(bsuid="MX.1"))
    file = Attachment.objects.get()
    assert file.message.conversation.lead.phone_number
    # To whom nothing was shown, nobody has spoken.
    other = Conversation.objects.get(lead__phone_number=None)
    assert (other.mode, other.epoch) == ("bot", 0)


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
