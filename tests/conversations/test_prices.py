"""What a message cost, and until when a conversation costs nothing: by what statuses say."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from pytest_django import Settings

from conversations.models import Conversation, Message
from conversations.services import inbound, prices
from integrations.messaging import Receipt, ReceiptStatus, WebhookEvents
from tests.conversations.rows import NOW, PACE, make_conversation, queue_bot_message
from tests.conversations.sending import run
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

SENT, DELIVERED, READ, FAILED = (
    ReceiptStatus.SENT,
    ReceiptStatus.DELIVERED,
    ReceiptStatus.READ,
    ReceiptStatus.FAILED,
)
SERVICE = {"billable": True, "type": "regular", "category": "service"}
FREE = {"billable": False, "type": "free_customer_service", "category": "service"}
ENTRY = {"billable": False, "type": "free_entry_point", "category": "referral_conversion"}


@pytest.fixture(autouse=True)
def _rates(settings: Settings) -> None:
    settings.WHATSAPP_PRICES = "service=0.0085, marketing=0.0305,utility=1"
    settings.WHATSAPP_CURRENCY = "USD"


def sent(wamid: str = "wamid.1", *, at: datetime = NOW) -> Message:
    conversation = Conversation.objects.first() or make_conversation()
    message = queue_bot_message(conversation, "Hola")
    Message.objects.filter(pk=message.pk).update(
        state="sent", provider_message_id=wamid, sent_at=at, occurred_at=at
    )
    return message


def told(
    status: ReceiptStatus, pricing: dict[str, Any] | None = None, wamid: str = "wamid.1"
) -> Receipt:
    return Receipt(wamid, status, NOW, pricing=pricing or {})


def hear(*receipts: Receipt) -> None:
    inbound.receive(events=WebhookEvents(receipts=receipts), body=b"{}", pace=PACE, now=NOW)


def paid() -> tuple[str, Decimal | None]:
    message = Message.objects.get()
    return message.price_category, message.cost


@pytest.mark.parametrize(
    ("pricing", "expected"),
    [
        (SERVICE, ("service", Decimal("0.0085"))),
        (SERVICE | {"category": "marketing"}, ("marketing", Decimal("0.0305"))),
        (SERVICE | {"category": "marketing_lite"}, ("marketing_lite", None)),
        (SERVICE | {"billable": False}, ("service", Decimal(0))),
        (FREE, ("service", Decimal(0))),
        (ENTRY | {"billable": True}, ("referral_conversion", Decimal(0))),
        ({"category": {"x": 1}, "type": ["free_"], "billable": "?"}, ('{"x": 1}', None)),
        ({"category": "c" * 500}, ("c" * 40, None)),
    ],
)
def test_a_message_costs_what_its_status_says(
    pricing: dict[str, Any], expected: tuple[str, Decimal | None]
) -> None:
    sent()
    hear(told(DELIVERED, pricing))
    assert paid() == expected


@pytest.mark.parametrize(
    "order",
    list(permutations([told(SENT, SERVICE), told(DELIVERED, FREE), told(READ, SERVICE)])),
)
def test_of_several_prices_that_of_the_delivery_counts(order: tuple[Receipt, ...]) -> None:
    sent()
    for receipt in order:
        hear(receipt)
        hear(receipt)
    assert paid() == ("service", Decimal(0))


@pytest.mark.parametrize("late_price", [True, False])
def test_a_status_without_a_price_takes_none_away(late_price: bool) -> None:
    sent()
    both = [told(SENT, SERVICE), told(READ)]
    for receipt in reversed(both) if late_price else both:
        hear(receipt)
    assert paid() == ("service", Decimal("0.0085"))


@pytest.mark.parametrize("failed_first", [True, False])
def test_what_failed_costs_nothing(failed_first: bool) -> None:
    sent()
    both = [told(SENT, SERVICE), told(FAILED)]
    for receipt in reversed(both) if failed_first else both:
        hear(receipt)
    assert paid() == ("service", Decimal(0))


def test_what_arrived_twice_is_paid_for_twice() -> None:
    message = sent()
    token = f"{message.send_token}#1"
    hear(
        Receipt("wamid.1", DELIVERED, NOW, token, pricing=SERVICE),
        Receipt("wamid.2", DELIVERED, NOW, token, pricing=SERVICE),
    )
    assert paid() == ("service", Decimal("0.017"))


def test_without_rates_there_is_a_category_and_no_cost(settings: Settings) -> None:
    settings.WHATSAPP_PRICES = ""
    sent()
    hear(told(DELIVERED, SERVICE))
    assert paid() == ("service", None)


@pytest.mark.parametrize(
    "wrong", ["service", "service=x", "service=-1", "Service=1", "a=1,a=2", "a=1e9", "a=12345"]
)
def test_rates_that_cannot_be_read_are_refused(wrong: str) -> None:
    with pytest.raises(prices.PricesError):
        prices.parse(wrong)


def test_an_amount_reads_like_money() -> None:
    assert [prices.shown(Decimal(each)) for each in ("0", "0.0085", "1.5", "12")] == [
        "0.00 USD",
        "0.0085 USD",
        "1.50 USD",
        "12.00 USD",
    ]


def free_until() -> datetime | None:
    return Conversation.objects.get().free_entry_until


def test_a_free_entry_point_lasts_72_hours_from_the_first_free_message_in_it() -> None:
    hours = (0, 10, 80, 90)
    for number, hour in enumerate(hours):
        sent(f"wamid.{number}", at=NOW + timedelta(hours=hour))
    hear(told(DELIVERED, SERVICE, "wamid.0"))
    assert free_until() is None
    for numbers, end in (((1,), 82), ((0,), 82), ((3, 2), 152)):
        hear(*(told(READ if n == 0 else DELIVERED, ENTRY, f"wamid.{n}") for n in numbers))
        expected = NOW + timedelta(hours=end)
        assert free_until() == expected


def test_the_end_that_whatsapp_names_counts_and_stays() -> None:
    sent()
    end = NOW + timedelta(hours=70)
    hear(told(SENT, ENTRY | {"free_entry_until": end.isoformat()}))
    hear(told(DELIVERED, ENTRY))
    assert free_until() == end


def test_a_free_entry_point_told_before_we_noted_the_send_counts() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "Hola")

    class TellsFirst(FakeChannel):
        def send(self, message: Any) -> str:
            hear(told(SENT, ENTRY))
            return "wamid.1"

    run(conversation, TellsFirst())
    assert free_until() is not None
