from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from conversations.models import Conversation, Lead, Message, State
from conversations.services import (
    channel_state,
    handoff,
    inbound,
    lanes,
    outbound,
    receipts,
    sweeping,
)
from conversations.services.outbound import OptedOutError, WindowClosedError
from integrations.messaging import (
    Echo,
    InboundMessage,
    MessageKind,
    OutboundMessage,
    Receipt,
    ReceiptStatus,
    Sender,
    SendError,
    SendScope,
    SendVerdict,
    WebhookEvents,
)
from integrations.models import ChannelState, WebhookDelivery
from tests.conversations.rows import (
    NOW,
    PACE,
    make_conversation,
    make_staff,
    queue_bot_message,
    write,
)
from tests.conversations.sending import UNKNOWN, hear, hints, run, states
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

NOT_NOW = SendError("busy", verdict=SendVerdict.RETRY, code=131016)


def test_messages_leave_in_order_and_carry_their_token() -> None:
    conversation = make_conversation()
    first = queue_bot_message(conversation, "uno")
    queue_bot_message(conversation, "dos")
    channel = FakeChannel()
    run(conversation, channel)
    assert channel.texts == ["uno", "dos"]
    assert channel.sent[0].callback_data == f"{first.send_token}#1"
    assert channel.sent[0].to.phone == "5215550101234"
    assert states(conversation) == ["sent", "sent"]


def test_a_definite_no_is_tried_again_later_and_holds_the_order() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    queue_bot_message(conversation, "dos")
    channel = FakeChannel([NOT_NOW])
    run(conversation, channel)
    assert states(conversation) == ["queued", "queued"]
    run(conversation, channel, now=NOW + timedelta(minutes=2))
    assert channel.texts == ["uno", "dos"]


def test_five_failures_go_to_a_human_and_free_what_follows() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    channel = FakeChannel([NOT_NOW] * 5)
    for minute in range(0, 14, 2):
        run(conversation, channel, now=NOW + timedelta(minutes=minute))
    conversation.refresh_from_db()
    assert states(conversation) == ["failed"]
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "send_failed")
    outbound.queue_system_message(conversation_id=conversation.pk, text="dos", now=NOW)
    run(conversation, channel, now=NOW + timedelta(minutes=20))
    assert channel.texts == ["dos"]


def test_unknown_is_settled_by_a_receipt_and_not_sent_again() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    channel = FakeChannel([UNKNOWN])
    run(conversation, channel)
    assert states(conversation) == ["unknown"]
    hear(("wamid.x", ReceiptStatus.DELIVERED), callback=f"{message.send_token}#1")
    run(conversation, channel, now=NOW + timedelta(minutes=5))
    message.refresh_from_db()
    assert (message.state, message.provider_message_id) == ("delivered", "wamid.x")
    assert channel.sent == []


def test_unknown_waits_out_the_grace_time_and_is_sent_again_while_the_webhook_receives() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    queue_bot_message(conversation, "dos")
    channel = FakeChannel([UNKNOWN])
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=NOW)
    run(conversation, channel)
    run(conversation, channel, now=NOW + timedelta(seconds=59))
    assert channel.sent == []
    run(conversation, channel, now=NOW + timedelta(seconds=61))
    assert channel.texts == ["uno", "dos"]


def test_unknown_is_not_sent_again_while_no_receipt_could_reach_us() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    channel = FakeChannel([UNKNOWN])
    run(conversation, channel)
    run(conversation, channel, now=NOW + timedelta(minutes=30))
    assert (channel.sent, states(conversation)) == ([], ["unknown"])


def test_a_dead_senders_message_counts_as_unknown() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    Message.objects.filter(pk=message.pk).update(state="sending", attempt=1, attempted_at=NOW)
    channel = FakeChannel()
    run(conversation, channel, now=NOW + timedelta(seconds=10))
    assert (channel.sent, states(conversation)) == ([], ["unknown"])


def test_takeover_stops_what_the_agent_had_queued() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    staff = make_staff()
    handoff.take_over(conversation_id=conversation.pk, staff=staff, now=NOW)
    channel = FakeChannel()
    run(conversation, channel)
    assert (channel.sent, states(conversation)) == ([], ["cancelled"])
    outbound.queue_staff_message(
        conversation_id=conversation.pk, staff=staff, text="Soy Luis", now=NOW
    )
    run(conversation, channel)
    assert channel.texts == ["Soy Luis"]


def test_a_hand_off_lets_the_agents_last_words_go() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "Te paso con una persona")
    handoff.hand_off(conversation_id=conversation.pk, reason=handoff.HandoffReason.ASKED, now=NOW)
    channel = FakeChannel()
    run(conversation, channel)
    assert channel.texts == ["Te paso con una persona"]


def test_nothing_leaves_after_a_stop() -> None:
    write("Hola")
    conversation = Conversation.objects.get()
    queue_bot_message(conversation, "uno")
    write("BAJA")
    conversation.refresh_from_db()
    staff = make_staff()
    with pytest.raises(OptedOutError):
        outbound.queue_staff_message(
            conversation_id=conversation.pk, staff=staff, text="¿Sigues ahí?", now=NOW
        )
    channel = FakeChannel()
    run(conversation, channel)
    assert channel.sent == []
    assert Lead.objects.get().consent.get().given is False
    write("ALTA", now=NOW + timedelta(seconds=1))
    assert Lead.objects.get().opted_out_at is None


def test_the_window_is_checked_when_it_is_queued_and_when_it_leaves() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    late = NOW + timedelta(hours=24)
    channel = FakeChannel()
    run(conversation, channel, now=late)
    conversation.refresh_from_db()
    assert (channel.sent, states(conversation)) == ([], ["failed"])
    assert conversation.handoff_reason == "window_closed"
    with pytest.raises(WindowClosedError):
        outbound.queue_staff_message(
            conversation_id=conversation.pk, staff=make_staff(), text="Hola", now=late
        )


def test_account_trouble_pauses_the_number_and_passes_by_itself() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    other = make_conversation(phone="5215550109999")
    queue_bot_message(other, "dos")
    trouble = SendError(
        "token expired", verdict=SendVerdict.FAILED, scope=SendScope.ACCOUNT, code=190
    )
    channel = FakeChannel([trouble])
    run(conversation, channel)
    run(other, channel)
    assert (channel.sent, states(conversation), states(other)) == ([], ["queued"], ["queued"])
    assert ChannelState.objects.get(channel="whatsapp").error_code == 190
    later = NOW + timedelta(minutes=5)
    run(conversation, channel, now=later)
    run(other, channel, now=later)
    assert channel.texts == ["uno", "dos"]
    assert ChannelState.objects.get(channel="whatsapp").paused_until is None


def test_a_second_wamid_for_one_message_is_shown_as_a_duplicate() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    channel = FakeChannel()
    run(conversation, channel)
    message.refresh_from_db()
    hear(("wamid.twin", ReceiptStatus.DELIVERED), callback=f"{message.send_token}#1")
    message.refresh_from_db()
    assert message.duplicate_ids == ["wamid.twin"]
    assert message.state == "delivered"


def test_receipts_only_move_forward_and_may_come_first() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    wamid = f"wamid.1.{message.send_token}#1"
    hear((wamid, ReceiptStatus.READ))
    run(conversation, FakeChannel())
    message.refresh_from_db()
    assert message.state == "read"
    hear((wamid, ReceiptStatus.SENT), (wamid, ReceiptStatus.DELIVERED))
    message.refresh_from_db()
    assert message.state == "read"
    assert message.delivered_at is not None


def test_a_failed_receipt_closes_the_window() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel())
    message.refresh_from_db()
    said = Receipt(
        message.provider_message_id or "",
        ReceiptStatus.FAILED,
        NOW,
        error_code=receipts.WINDOW_CLOSED,
        error_text="Re-engagement message",
    )
    inbound.receive(events=WebhookEvents(receipts=(said,)), body=b"{}", pace=PACE, now=NOW)
    message.refresh_from_db()
    conversation.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", receipts.WINDOW_CLOSED)
    assert conversation.window_expires_at == NOW


class ClosedMeanwhile(FakeChannel):
    """WhatsApp says that the window is closed, and the lead opens it in the same moment."""

    def send(self, message: OutboundMessage) -> str:
        write("¿Sigues ahí?", now=NOW + timedelta(seconds=1))
        code = receipts.WINDOW_CLOSED
        raise SendError("no", verdict=SendVerdict.FAILED, code=code, closes_window=True)


def test_words_that_come_during_a_send_keep_the_window_open_that_it_found_closed() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    run(conversation, ClosedMeanwhile())
    conversation.refresh_from_db()
    assert states(conversation)[0] == "failed"
    assert conversation.window_expires_at == NOW + timedelta(hours=24, seconds=1)
    assert conversation.handoff_reason == "send_failed"


def test_staff_retry_and_discard() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    never = SendError("not on WhatsApp", verdict=SendVerdict.FAILED, code=131026)
    channel = FakeChannel([never])
    run(conversation, channel)
    assert states(conversation) == ["failed"]
    outbound.retry_message(message_id=message.pk, staff=make_staff())
    run(conversation, channel)
    assert channel.texts == ["uno"]
    with pytest.raises(outbound.MessageStateError):
        outbound.discard_message(message_id=message.pk, staff=make_staff("otra"))


def test_a_lane_has_one_holder_and_a_late_one_cannot_write() -> None:
    conversation = make_conversation()
    first = lanes.claim(conversation_id=conversation.pk, lane="deliver", now=NOW)
    assert first is not None
    assert lanes.claim(conversation_id=conversation.pk, lane="deliver", now=NOW) is None
    later = NOW + lanes.lease() + timedelta(seconds=1)
    assert lanes.claim(conversation_id=conversation.pk, lane="deliver", now=later) is not None
    with pytest.raises(lanes.LaneLostError):
        lanes.renew(first, now=later)


def test_a_long_wait_does_not_breed_hints() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel([UNKNOWN]))
    assert hints() == 1  # for the end of the grace time
    for minute in range(5):
        now = NOW + timedelta(minutes=minute, seconds=30)
        assert sweeping.sweep(now=now) == (0, 1)
        run(conversation, FakeChannel(), now=now)
    assert hints() == 1 + 5  # the sweeper's own


def test_a_pause_grows_with_failures_in_a_row_and_is_never_shortened() -> None:
    token = SendError("token", verdict=SendVerdict.RETRY, scope=SendScope.ACCOUNT, code=190)
    fast = SendError("fast", verdict=SendVerdict.RETRY, scope=SendScope.NUMBER, code=130429)
    until = channel_state.pause(error=token, now=NOW)
    assert until > NOW + timedelta(seconds=60)
    assert channel_state.pause(error=fast, now=NOW) == until
    state = ChannelState.objects.get(channel="whatsapp")
    assert (state.failures, state.reason) == (1, "token")
    for failures in range(2, 9):
        until = channel_state.pause(error=fast, now=until)
        assert ChannelState.objects.get(channel="whatsapp").failures == failures
    channel_state.note_success()
    assert channel_state.paused_until() is None
    assert ChannelState.objects.get(channel="whatsapp").failures == 0


def test_back_off_doubles_with_full_jitter_and_obeys_the_provider() -> None:
    longest = [
        max(channel_state.back_off(failures, None).total_seconds() for _ in range(200))
        for failures in (0, 2, 4, 6, 20)
    ]
    for seconds, ceiling in zip(longest, (1, 4, 16, 64, 64), strict=True):
        assert ceiling / 2 < seconds <= ceiling
    assert channel_state.back_off(0, 7.5) == timedelta(seconds=7.5)


def test_a_network_that_is_down_holds_everybody_and_fails_nobody() -> None:
    down = SendError("no route", verdict=SendVerdict.NOT_SENT)
    first, second = make_conversation(), make_conversation(phone="5215550109999")
    queue_bot_message(first, "uno")
    queue_bot_message(second, "dos")
    channel = FakeChannel([down] * 7)
    for minute in range(0, 14, 2):
        run(first, channel, now=NOW + timedelta(minutes=minute))
        run(second, channel, now=NOW + timedelta(minutes=minute))
    assert (states(first), states(second), channel.outcomes) == (["queued"], ["queued"], [])
    run(first, channel, now=NOW + timedelta(minutes=30))
    run(second, channel, now=NOW + timedelta(minutes=30))
    assert channel.texts == ["uno", "dos"]


def test_a_retry_after_a_failed_receipt_is_a_send_of_its_own() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    channel = FakeChannel()
    run(conversation, channel)
    message.refresh_from_db()
    failed = (message.provider_message_id or "", ReceiptStatus.FAILED)
    callback = f"{message.send_token}#1"
    hear(failed, callback=callback)
    outbound.retry_message(message_id=message.pk, staff=make_staff())
    hear(failed, callback=callback)  # once more, as providers do
    assert states(conversation) == ["queued"]
    run(conversation, channel)
    message.refresh_from_db()
    assert (message.state, message.duplicate_ids) == ("sent", [])
    assert (message.provider_message_id or "").startswith("wamid.2.")
    hear((message.provider_message_id or "", ReceiptStatus.DELIVERED))
    assert states(conversation) == ["delivered"]


def test_a_late_receipt_after_a_retry_of_the_unknown_stops_the_second_send() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel([UNKNOWN]))
    outbound.retry_message(message_id=message.pk, staff=make_staff())
    hear(("wamid.x", ReceiptStatus.SENT), callback=f"{message.send_token}#1")
    channel = FakeChannel()
    run(conversation, channel)
    assert (channel.sent, states(conversation)) == ([], ["sent"])


def test_the_late_answer_to_a_first_send_after_a_second_one_is_a_duplicate() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=NOW)
    later = NOW + timedelta(minutes=2)

    class Frozen(FakeChannel):
        """Its process stands still while another one waits for the receipt and sends again."""

        def send(self, sent: OutboundMessage) -> str:
            run(conversation, FakeChannel(), now=NOW + lanes.lease() + timedelta(seconds=1))
            run(conversation, FakeChannel(), now=later)
            return "wamid.first"

    run(conversation, Frozen())
    message.refresh_from_db()
    assert (message.state, message.attempt) == ("sent", 2)
    assert message.duplicate_ids == ["wamid.first"]


def echo(wamid: str, now: datetime = NOW) -> None:
    message = InboundMessage(wamid, Sender(phone="15550001111"), MessageKind.TEXT, now, "Soy Luis")
    events = WebhookEvents(echoes=(Echo(message, Sender(phone="5215550101234")),))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=now)


def test_an_echo_that_comes_again_does_not_take_the_conversation_back() -> None:
    write("Hola")
    conversation = Conversation.objects.get()
    echo("wamid.echo")
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "echo")
    handoff.release(conversation_id=conversation.pk, now=NOW)
    write("¿Y mañana?")
    echo("wamid.echo")
    conversation.refresh_from_db()
    assert conversation.mode == "bot"
    assert states(conversation) == ["handled", "sent", "received"]


def test_a_release_leaves_nothing_of_before_to_the_agent() -> None:
    write("Hola")
    conversation = Conversation.objects.get()
    # Too late for an answer: the window has closed, also for what still waits.
    write("Ayer escribí esto", at=NOW, now=NOW + timedelta(hours=25))
    conversation.refresh_from_db()
    assert conversation.handoff_reason == "window_closed"
    handoff.release(conversation_id=conversation.pk, now=NOW + timedelta(hours=25))
    assert states(conversation) == ["handled", "handled"]


def fail(message: Message, code: int, *, now: datetime = NOW) -> None:
    said = Receipt(message.provider_message_id or "", ReceiptStatus.FAILED, NOW, error_code=code)
    inbound.receive(events=WebhookEvents(receipts=(said,)), body=b"{}", pace=PACE, now=now)


def test_an_answer_that_a_receipt_calls_lost_goes_to_a_human_once() -> None:
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel())
    message.refresh_from_db()
    fail(message, 131026)
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.handoff_reason) == ("staff", "send_failed")
    handoff.release(conversation_id=conversation.pk, now=NOW)
    fail(message, 131026)
    conversation.refresh_from_db()
    assert conversation.mode == "bot"


def test_a_closed_window_that_is_reported_again_does_not_close_the_next_one() -> None:
    write("Hola")
    conversation = Conversation.objects.get()
    message = queue_bot_message(conversation, "uno")
    run(conversation, FakeChannel())
    message.refresh_from_db()
    later = NOW + timedelta(hours=2)
    write("¿Hola?", now=later)
    fail(message, receipts.WINDOW_CLOSED, now=later)
    conversation.refresh_from_db()
    assert conversation.window_expires_at == later + timedelta(hours=24)


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize(
    ("act", "allowed", "ends"),
    [
        (outbound.retry_message, {"failed", "unknown"}, "queued"),
        (outbound.discard_message, {"failed", "unknown", "queued"}, "cancelled"),
    ],
)
def test_staff_move_a_message_only_where_the_machine_allows(
    act: Callable[..., Message], allowed: set[str], ends: str, state: str
) -> None:
    message = queue_bot_message(make_conversation(), "uno")
    Message.objects.filter(pk=message.pk).update(state=state)
    staff = make_staff()
    if state in allowed:
        act(message_id=message.pk, staff=staff)
    else:
        with pytest.raises(outbound.MessageStateError):
            act(message_id=message.pk, staff=staff)
    message.refresh_from_db()
    assert message.state == (ends if state in allowed else state)
