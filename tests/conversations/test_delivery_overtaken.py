"""What happens between a send, our note of it, and the end of the run that sent it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from conversations.models import Conversation, Lead, Message
from conversations.services import delivery, handoff, inbound, lanes, outbound, receipts
from integrations.messaging import (
    OutboundMessage,
    Receipt,
    ReceiptStatus,
    WebhookEvents,
)
from integrations.models import WebhookDelivery
from tests.conversations.rows import (
    NOW,
    PACE,
    make_conversation,
    make_staff,
    queue_bot_message,
    write,
)
from tests.conversations.sending import GRACE, UNKNOWN, hear, hints, run, states
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

OPTED_OUT = 131050
UNDELIVERABLE = 131026


class FailsFirst(FakeChannel):
    """Its `failed` status is here before its answer to the send."""

    def __init__(self, code: int, *, with_callback: bool, then: Callable[[], None]) -> None:
        super().__init__()
        self.code, self.with_callback, self.then = code, with_callback, then

    def send(self, message: OutboundMessage) -> str:
        callback = message.callback_data if self.with_callback else ""
        said = Receipt(
            "wamid.x", ReceiptStatus.FAILED, NOW, error_code=self.code, callback_data=callback
        )
        inbound.receive(events=WebhookEvents(receipts=(said,)), body=b"{}", pace=PACE, now=NOW)
        self.then()
        return "wamid.x"


def send_and_fail(
    code: int, *, with_callback: bool, then: Callable[[], None] = lambda: None
) -> tuple[Conversation, Message]:
    write("Hola")
    conversation = Conversation.objects.get()
    message = queue_bot_message(conversation, "uno")
    run(conversation, FailsFirst(code, with_callback=with_callback, then=then))
    conversation.refresh_from_db()
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", code)
    assert message.provider_message_id == "wamid.x"
    return conversation, message


@pytest.mark.parametrize("with_callback", [True, False])
@pytest.mark.parametrize(
    ("code", "reason", "is_open"),
    [(receipts.WINDOW_CLOSED, "window_closed", False), (UNDELIVERABLE, "send_failed", True)],
)
def test_a_failure_that_overtakes_our_note_of_the_send_goes_to_a_human(
    code: int, reason: str, is_open: bool, with_callback: bool
) -> None:
    conversation, _message = send_and_fail(code, with_callback=with_callback)
    assert (conversation.mode, conversation.handoff_reason) == ("staff", reason)
    assert conversation.window_expires_at is not None
    assert (conversation.window_expires_at > NOW) == is_open
    assert conversation.answer_due_at is None
    assert states(conversation) == ["handled", "failed"]


@pytest.mark.parametrize("with_callback", [True, False])
def test_a_refusal_that_overtakes_our_note_of_the_send_is_an_opt_out(with_callback: bool) -> None:
    send_and_fail(OPTED_OUT, with_callback=with_callback)
    assert Lead.objects.get().marketing_opted_out_at == NOW


def test_a_failure_that_staff_had_before_our_note_of_the_send_is_not_given_to_them_again() -> None:
    def give_back() -> None:
        conversation = Conversation.objects.get()
        assert conversation.mode == "staff"
        handoff.release(conversation_id=conversation.pk, now=NOW)

    conversation, _message = send_and_fail(UNDELIVERABLE, with_callback=True, then=give_back)
    assert conversation.mode == "bot"


def unclear_send() -> tuple[Conversation, Message]:
    """The agent's words may have arrived; a hint waits for the end of the grace time."""
    conversation = make_conversation()
    message = queue_bot_message(conversation, "uno")
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=NOW)
    run(conversation, FakeChannel([UNKNOWN]))
    assert hints() == 1
    return conversation, message


def colleague_writes(message: Message) -> None:
    outbound.queue_staff_message(
        conversation_id=message.conversation_id, staff=make_staff(), text="Soy Luis", now=NOW
    )


def colleague_retries(message: Message) -> None:
    outbound.retry_message(message_id=message.pk, staff=make_staff())


def lead_got_it(message: Message) -> None:
    hear(("wamid.x", ReceiptStatus.DELIVERED), callback=f"{message.send_token}#1")


@pytest.mark.parametrize("change", [colleague_writes, colleague_retries, lead_got_it])
def test_what_changes_between_the_last_look_and_the_release_does_not_wait_for_the_sweeper(
    change: Callable[[Message], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation, message = unclear_send()
    queue_bot_message(conversation, "dos")
    finish = delivery._finish
    left: list[int] = []

    def change_and_finish(*args: object, **options: object) -> None:
        change(message)
        # The change's own hint runs now and finds the lane held.
        assert lanes.claim(conversation_id=conversation.pk, lane="deliver", now=NOW) is None
        before = hints()
        finish(*args, **options)  # type: ignore[arg-type]
        left.append(hints() - before)

    monkeypatch.setattr(delivery, "_finish", change_and_finish)
    run(conversation, FakeChannel(), now=NOW + timedelta(seconds=5))
    assert left == [1]


def test_a_look_at_which_nothing_changes_leaves_no_hint() -> None:
    conversation, _message = unclear_send()
    queue_bot_message(conversation, "dos")
    run(conversation, FakeChannel(), now=NOW + GRACE / 2)
    assert hints() == 1
