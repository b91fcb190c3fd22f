from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import override_settings

from agent.model_calls import Failure, PlannedCall, Refusal, Usage
from agent.models import Purse, Reservation
from agent.replay.billing import Bill, BilledCalls
from tests.agent.guided.stage import NOW

pytestmark = pytest.mark.django_db

# At 0.20 in and 1.20 out per million: 0.00044 at most.
NOTHING = Decimal(0)
CALL = PlannedCall("gpt-5.6-luna", tokens_in=1_000, tokens_out=200)


def purses() -> dict[str, tuple[Decimal, Decimal]]:
    return {row.kind: (row.spent, row.reserved) for row in Purse.objects.all()}


def calls(bill: Bill) -> BilledCalls:
    return BilledCalls(bill, clock=lambda: NOW)


def test_a_call_is_paid_by_the_day_and_the_total_and_counts_for_no_lead() -> None:
    bill = Bill()
    recorder = calls(bill)
    ticket = recorder.begin(CALL)
    assert isinstance(ticket, int)
    most = Decimal("0.00044")
    assert purses() == {"day": (most, NOTHING), "total": (most, NOTHING)}
    recorder.save(0, {}, ticket=ticket, usage=Usage(500, 0, 100), milliseconds=1)
    assert bill.spent == Decimal("0.00022")
    assert purses() == {"day": (bill.spent, NOTHING), "total": (bill.spent, NOTHING)}
    assert not Reservation.objects.exists()


def test_what_nobody_knows_is_charged_in_full_and_what_was_turned_down_is_free() -> None:
    bill = Bill()
    recorder = calls(bill)
    for failure in (Failure("timeout"), Failure("refused", free=True)):
        ticket = recorder.begin(CALL)
        assert isinstance(ticket, int)
        recorder.fail(failure, ticket=ticket, milliseconds=1)
    assert bill.spent == Decimal("0.00044")
    assert purses()["total"] == (bill.spent, NOTHING)


@override_settings(AGENT_BUDGET_TOTAL_USD="0.0004")
def test_an_empty_budget_refuses_and_leaves_every_purse_as_it_was() -> None:
    assert calls(Bill()).begin(CALL) is Refusal.TOTAL_BUDGET
    assert purses() == {}
