"""Consent: what a lead said last counts, whatever reaches us last."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from conversations.models import ConsentEntry, Conversation, Lead, Message
from conversations.models.consent import AppendOnlyError
from conversations.services import fast_lane, inbound, optout, outbound, receipts
from integrations.messaging import (
    InboundMessage,
    MarketingPreference,
    MessageKind,
    OutboundMessage,
    Receipt,
    ReceiptStatus,
    Sender,
    SendError,
    SendVerdict,
    WebhookEvents,
)
from tests.conversations.rows import (
    NOW,
    PACE,
    make_conversation,
    make_staff,
    queue_bot_message,
    write,
)
from tests.conversations.sending import run
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

PHONE = "5215550101234"
EARLY, LATE = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
ARRIVAL = NOW + timedelta(minutes=10)


def lead() -> Lead:
    return Lead.objects.get()


def ledger() -> list[bool]:
    entries = ConsentEntry.objects.order_by("id")
    return list(entries.values_list("given", flat=True))


def test_a_resume_that_comes_late_does_not_undo_a_newer_stop() -> None:
    write("BAJA", at=LATE, now=LATE)
    write("ALTA", at=EARLY, now=ARRIVAL)
    assert lead().opted_out_at is not None
    assert ledger() == [False, True]


def test_a_stop_that_comes_late_does_not_undo_a_newer_resume() -> None:
    write("ALTA", at=LATE, now=LATE)
    message = queue_bot_message(Conversation.objects.get(), "uno")
    write("BAJA", at=EARLY, now=ARRIVAL)
    assert lead().opted_out_at is None
    assert ledger() == [True, False]
    assert Message.objects.get(pk=message.pk).state == "queued"


@pytest.mark.parametrize("order", [("BAJA", "ALTA"), ("ALTA", "BAJA")])
def test_of_two_words_in_one_second_the_stop_counts(order: tuple[str, str]) -> None:
    for text in order:
        write(text, at=EARLY, now=ARRIVAL)
    assert lead().opted_out_at is not None


def test_a_second_stop_does_not_move_the_first() -> None:
    write("BAJA", at=EARLY, now=EARLY)
    write("BAJA", at=LATE, now=LATE)
    assert lead().opted_out_at == EARLY


def switch(*wishes: tuple[bool, datetime]) -> None:
    said = tuple(
        MarketingPreference(Sender(phone=PHONE), stopped=stopped, occurred_at=at)
        for stopped, at in wishes
    )
    inbound.receive(events=WebhookEvents(preferences=said), body=b"{}", pace=PACE, now=ARRIVAL)


@pytest.mark.parametrize(("last", "off"), [(True, True), (False, False)])
def test_the_marketing_switch_stands_as_it_was_moved_last(last: bool, off: bool) -> None:
    switch((last, LATE))
    switch((not last, EARLY))
    assert (lead().marketing_opted_out_at is not None) is off
    assert ledger() == [not last, last]
    switch((last, LATE))
    assert len(ledger()) == 2


def test_a_refusal_by_whatsapp_stands_in_the_ledger_and_an_older_yes_does_not_undo_it() -> None:
    write("Hola")
    message = queue_bot_message(Conversation.objects.get(), "uno")
    Message.objects.filter(pk=message.pk).update(
        state="sent", provider_message_id="wamid.out", attempted_at=NOW
    )
    refused = Receipt("wamid.out", ReceiptStatus.FAILED, LATE, error_code=receipts.OPTED_OUT)
    events = WebhookEvents(receipts=(refused,))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=LATE)
    switch((False, EARLY))
    assert lead().marketing_opted_out_at is not None
    assert ledger() == [False, True]


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_of_two_moves_of_the_switch_in_one_second_the_stop_counts_and_both_are_kept(
    order: tuple[bool, bool],
) -> None:
    switch(*((stopped, EARLY) for stopped in (*order, *order)))
    assert lead().marketing_opted_out_at is not None
    assert sorted(ledger()) == [False, True]


def tap(text: str, payload: str) -> InboundMessage:
    return InboundMessage(
        "wamid.tap", Sender(phone=PHONE), MessageKind.BUTTON_REPLY, NOW, text=text, reply_id=payload
    )


@pytest.mark.parametrize(
    ("text", "payload", "given"),
    [
        ("No recibir más", "", False),
        ("BAJA", "STOP_PROMO", False),
        ("STOP", "stop", False),
        ("Ya estuvo", "stop", False),
        ("Me interesa", "STOPWATCH", None),
        ("Me interesa", "DO_NOT_STOP", None),
        ("No recibir más llamadas del banco es mi sueño", "", None),
    ],
)
def test_a_button_stops_by_its_words_or_by_its_payload(
    text: str, payload: str, given: bool | None
) -> None:
    message = tap(text, payload)
    events = WebhookEvents(messages=(message,))
    write("Hola")
    assert optout.consent_given_by(message) is given
    assert fast_lane.takes(events, now=NOW) is (given is None)
    inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    assert (lead().opted_out_at is None) is (given is None)
    state = Message.objects.get(provider_message_id="wamid.tap").state
    assert state == ("received" if given is None else "handled")


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("No recibir promociones", ""),
        ("DETENER PROMOCIONES", "x"),
        ("Stop promotions", "STOP"),
        ("Parar promoções", "1"),
        ("Ya estuvo", "STOP_PROMO"),
    ],
)
@pytest.mark.parametrize("mode", ["bot", "staff"])
def test_a_button_of_promotions_switches_marketing_off_and_nothing_else(
    text: str, payload: str, mode: str
) -> None:
    write("Hola")
    Conversation.objects.update(mode=mode)
    waiting = queue_bot_message(Conversation.objects.get(), "uno")
    events = WebhookEvents(messages=(tap(text, payload),))
    assert not fast_lane.takes(events, now=NOW)
    for _twice in range(2):
        inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)
    tapped = Message.objects.get(provider_message_id="wamid.tap")
    assert tapped.state == ("received" if mode == "bot" else "handled")
    assert (lead().opted_out_at, lead().marketing_opted_out_at) == (None, NOW)
    entry = ConsentEntry.objects.get()
    assert (entry.scope, entry.given, entry.words) == ("marketing", False, text)
    assert entry.message_id == tapped.pk
    assert Message.objects.get(pk=waiting.pk).state == "queued"
    assert Conversation.objects.get().mode == mode


def test_the_switch_moved_after_the_button_counts() -> None:
    switch((False, LATE))
    inbound.receive(
        events=WebhookEvents(messages=(tap("Stop promotions", ""),)),
        body=b"{}",
        pace=PACE,
        now=ARRIVAL,
    )
    assert lead().marketing_opted_out_at is None
    assert ledger() == [True, False]


def test_typed_the_same_words_stop_everything() -> None:
    write("no me manden promociones")
    assert lead().opted_out_at == NOW
    assert ConsentEntry.objects.get().scope == "all"


def say(message: InboundMessage) -> None:
    events = WebhookEvents(messages=(message,))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=message.occurred_at)


@pytest.mark.parametrize("group", [True, False])
@pytest.mark.parametrize(
    ("kind", "text", "column"),
    [
        (MessageKind.TEXT, "BAJA", "opted_out_at"),
        (MessageKind.BUTTON_REPLY, "Stop promotions", "marketing_opted_out_at"),
    ],
)
def test_a_stop_on_standby_counts_but_not_in_a_group(
    kind: MessageKind, text: str, column: str, group: bool
) -> None:
    write("Hola")
    waiting = queue_bot_message(Conversation.objects.get(), "uno")
    message = InboundMessage("wamid.s", Sender(phone=PHONE), kind, EARLY, text=text)
    say(replace(message, starts_turn=False, on_standby=True, is_group=group))
    assert (getattr(lead(), column) is None) is group
    assert len(ledger()) == (0 if group else 1)
    waiting.refresh_from_db()
    assert (waiting.state == "cancelled") is (kind is MessageKind.TEXT and not group)


def edit(text: str, *, at: datetime = LATE, is_group: bool = False) -> None:
    say(
        InboundMessage(
            f"wamid.edit.{at}",
            Sender(phone=PHONE),
            MessageKind.EDIT,
            at,
            text=text,
            target_message_id="wamid.said",
            starts_turn=False,
            opens_window=False,
            is_group=is_group,
        )
    )


@pytest.mark.parametrize("late", [True, False])
def test_a_mistyped_stop_that_is_put_right_is_a_stop(late: bool) -> None:
    write("Hola")
    waiting = queue_bot_message(Conversation.objects.get(), "uno")
    if not late:
        edit("STOP")
    write("SOTP", wamid="wamid.said", at=EARLY)
    if late:
        edit("STOP")
    assert lead().opted_out_at == LATE
    assert ConsentEntry.objects.get().words == "STOP"
    waiting.refresh_from_db()
    assert (waiting.state, Conversation.objects.get().mode) == ("cancelled", "bot")
    edit("Sí quiero que me escriban", at=ARRIVAL)
    assert lead().opted_out_at == LATE


@pytest.mark.parametrize(("text", "is_group"), [("Para el lunes", False), ("STOP", True)])
def test_other_words_and_those_to_a_group_are_no_stop(text: str, is_group: bool) -> None:
    write("Para el lnes", wamid="wamid.said")
    edit(text, is_group=is_group)
    assert (lead().opted_out_at, ledger()) == (None, [])


def test_a_typed_text_has_no_payload_that_stops() -> None:
    message = InboundMessage(
        "wamid.1", Sender(phone=PHONE), MessageKind.TEXT, NOW, text="x", reply_id="STOP"
    )
    assert optout.consent_given_by(message) is None


class DiedError(Exception):
    """A worker is killed."""


@pytest.mark.parametrize(
    "ended",
    [
        SendError("later", verdict=SendVerdict.RETRY, code=131056),
        SendError("cut off", verdict=SendVerdict.UNKNOWN),
        DiedError(),
    ],
)
@pytest.mark.parametrize("author", ["bot", "staff"])
def test_what_a_stop_finds_on_its_way_does_not_leave_again_after_a_resume(
    ended: Exception, author: str
) -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    if author == "staff":
        Message.objects.filter(pk=message.pk).update(author="staff", epoch=None)

    class Ends(FakeChannel):
        def send(self, message: OutboundMessage) -> str:
            write("BAJA")
            write("ALTA", now=NOW + timedelta(seconds=1))
            raise ended

    with suppress(DiedError):
        run(conversation, Ends())
    Conversation.objects.update(deliver_lease_until=None)
    later = FakeChannel()
    for minutes in (1, 3):
        run(conversation, later, now=NOW + timedelta(minutes=minutes))
    message.refresh_from_db()
    assert (later.sent, message.state) == ([], "cancelled")
    assert message.error_text.startswith("The lead opted out.")
    assert Lead.objects.get().opted_out_at is None


@pytest.mark.parametrize("retried", [True, False])
def test_what_was_unclear_at_a_stop_leaves_again_only_if_a_colleague_says_so(retried: bool) -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    Message.objects.filter(pk=message.pk).update(state="unknown", unknown_at=NOW)
    write("BAJA")
    write("ALTA", now=NOW + timedelta(seconds=1))
    if retried:
        outbound.retry_message(message_id=message.pk, staff=make_staff())
    channel = FakeChannel()
    run(conversation, channel, now=NOW + timedelta(minutes=2))
    assert channel.texts == (["uno"] if retried else [])


def test_the_ledger_only_grows() -> None:
    write("BAJA")
    entry = ConsentEntry.objects.get()
    entry.given = True
    rows = ConsentEntry.objects.all()
    for change in (
        entry.save,
        entry.delete,
        rows.delete,
        lambda: rows.update(given=True),
        lambda: rows.bulk_update([entry], ["given"]),
    ):
        with pytest.raises(AppendOnlyError):
            change()
    assert ledger() == [False]
    assert rows.update(lead=lead()) == 1  # as a merge does


def test_who_is_erased_is_erased_from_the_ledger_too() -> None:
    write("BAJA")
    Message.objects.all().delete()
    assert ConsentEntry.objects.get().message_id is None
    lead().delete()
    assert not ConsentEntry.objects.exists()
