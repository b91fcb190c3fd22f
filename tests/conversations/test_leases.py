"""A lane's lease is renewed when it runs down, and each step asks whether it is still ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from conversations.models import Conversation, Lead
from conversations.services import lanes
from conversations.services.lanes import Claim
from tests.conversations.rows import NOW, make_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim() -> Claim:
    conversation = make_conversation()
    Conversation.objects.update(answer_due_at=NOW)
    held = lanes.claim(conversation_id=conversation.pk, lane="answer", now=NOW)
    assert held is not None
    return held


def lease_until() -> datetime | None:
    return Conversation.objects.get().answer_lease_until


def lock(claim: Claim, *, now: datetime) -> None:
    with transaction.atomic():
        lanes.lock(claim, now=now)


@pytest.mark.parametrize("step", [lanes.go_on, lock])
def test_a_fresh_lease_is_left_and_one_that_runs_down_is_renewed(claim: Claim, step: Any) -> None:
    whole = lanes.lease()
    step(claim, now=NOW + whole / 40)
    assert lease_until() == NOW + whole
    step(claim, now=NOW + whole / 10)
    assert lease_until() == NOW + whole / 10 + whole


@pytest.mark.parametrize("step", [lanes.go_on, lock])
def test_who_lost_the_lane_stops(claim: Claim, step: Any) -> None:
    Conversation.objects.update(answer_fence=F("answer_fence") + 1)
    with pytest.raises(lanes.LaneLostError):
        step(claim, now=NOW)


def staff_spoke_and_gave_it_back() -> None:
    Conversation.objects.update(epoch=F("epoch") + 1)


def staff_took_it() -> None:
    Conversation.objects.update(mode="staff")


def lead_said_stop() -> None:
    Lead.objects.update(opted_out_at=NOW)


@pytest.mark.parametrize("act", [staff_spoke_and_gave_it_back, staff_took_it, lead_said_stop])
def test_the_agent_goes_no_step_further_once_it_is_not_its_turn(claim: Claim, act: Any) -> None:
    lanes.go_on(claim, now=NOW)
    act()
    with pytest.raises(lanes.TakenOverError):
        lanes.go_on(claim, now=NOW)
