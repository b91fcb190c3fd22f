"""Whatever happens in whatever order, what is said unasked keeps its laws."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent import follow_ups
from conversations.models import Conversation, FollowUp, Message
from conversations.services import handoff, leads
from tests.agent.silent_leads import HOUR, MINUTE, NOW, Office, answered, book, publish, say
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import make_staff, write
from tests.conversations.template_rows import make_template

pytestmark = pytest.mark.django_db

NUDGES = ((60, ""), (20 * 60, ""), (30 * 60, "seguimos"))
EVENTS = ("write", "answer", "take_over", "release", "book", "call_off", "publish", "win", "wait")
waits = st.sampled_from([MINUTE, 45 * MINUTE, 3 * HOUR, 11 * HOUR, 26 * HOUR])
Act = Callable[[Office, datetime], object]


def take_over(office: Office, now: datetime) -> None:
    staff = office.conversation.lead.owner or make_staff(f"s{now.timestamp()}")
    handoff.take_over(conversation_id=office.conversation.pk, staff=staff, now=now)


def set_meeting(office: Office, now: datetime) -> None:
    if not office.conversation.lead.meetings.filter(state="confirmed").exists():
        book(office, now + 30 * HOUR)


def set_stage(office: Office, _now: datetime) -> None:
    leads.set_stage(lead_id=office.conversation.lead_id, stage=leads.AGENT_STAGES[1])


ACTS: dict[str, Act] = {
    "write": lambda _office, now: write("Hola otra vez", now=now),
    "answer": lambda office, now: _answer(office, now),
    "take_over": take_over,
    "release": lambda office, now: handoff.release(conversation_id=office.conversation.pk, now=now),
    "book": set_meeting,
    "call_off": lambda office, _now: office.conversation.lead.meetings.filter(
        state="confirmed"
    ).update(state="cancelled"),
    "publish": lambda _office, now: publish(
        at=now, nudges=NUDGES[:2], reminders=[120, 30], reminder_template="cita"
    ),
    "win": set_stage,
    "wait": lambda _office, _now: None,
}


def _answer(office: Office, now: datetime) -> None:
    office.conversation.refresh_from_db()
    say(office.conversation, at=now, author=str(office.conversation.mode))


def check(office: Office, spoken: int, now: datetime) -> None:
    """The laws, of what left since the last look."""
    lead = office.conversation.lead
    conversation = Conversation.objects.get(pk=office.conversation.pk)
    new = office.channel.sent[spoken:]
    for sent in new:
        local = now.astimezone(follow_ups._zone(lead.time_zone))
        assert 9 <= local.hour < 21
        assert conversation.mode == "bot"
        open_until = conversation.window_expires_at
        assert sent.template is not None or (open_until is not None and now < open_until)
    last = Message.objects.filter(direction="inbound").order_by("-number").first()
    said = FollowUp.objects.filter(kind="nudge", state="queued")
    for anchor in set(said.values_list("anchor", flat=True)):
        assert said.filter(anchor=anchor).count() <= len(NUDGES)
    if new and said.filter(ended_at=now).exists():
        assert last is not None
        assert said.get(ended_at=now).anchor == last.pk
        assert not lead.meetings.filter(state__in=["booking", "confirmed"]).exists()


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), waits), min_size=3, max_size=9))
def test_laws_hold_whatever_happens(events: list[tuple[str, timedelta]]) -> None:
    with transaction.atomic():
        publish(nudges=NUDGES, reminders=[24 * 60, 60])
        make_host()
        make_template("Hola {{1}}, ¿seguimos?", name="seguimos")
        make_template("Hola {{1}}, nos vemos el {{2}}.", name="cita")
        office, now = answered(), NOW
        for event, wait in events:
            ACTS[event](office, now)
            for _round in range(2):
                spoken = len(office.channel.sent)
                follow_ups.look_back(now=now)
                office.round(now)
                check(office, spoken, now)
                now += wait
        assert set(FollowUp.objects.values_list("state", flat=True)) <= set(FollowUp.State.values)
        transaction.set_rollback(True)
