"""A nudge against whoever comes between plan and send: real threads, real connections."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from agent import follow_ups
from conversations.models import Conversation, FollowUp, Message
from conversations.services import follow_ups as rows
from conversations.services import handoff
from tests.agent.silent_leads import HOUR, MINUTE, NOW, TEXTS, Office, answered, publish
from tests.conversations.rows import make_staff, write
from tests.conversations.test_lane_races import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)
DUE = NOW + HOUR


@pytest.fixture
def office() -> Office:
    """A nudge is planned."""
    publish()
    silent = answered()
    follow_ups.run(clock=lambda: NOW + MINUTE)
    return silent


def take_over(office: Office) -> None:
    handoff.take_over(conversation_id=office.conversation.pk, staff=make_staff(), now=DUE)


def answer(_office: Office) -> None:
    write("Perdón, andaba ocupada", now=DUE)


def opt_out(_office: Office) -> None:
    write("Ya no me escriban, por favor", now=DUE)


STOPS = [(take_over, "handed_over"), (answer, "answered"), (opt_out, "opted_out")]


@pytest.mark.parametrize(("stop", "reason"), STOPS)
def test_who_holds_the_conversation_while_it_is_due_is_not_waited_for_and_heeded(
    stop: Callable[[Office], None], reason: str, office: Office
) -> None:
    def hold() -> None:
        with transaction.atomic():
            stop(office)
            acted.wait()
            looked.wait()
        connection.close()

    acted, looked = Barrier(2), Barrier(2)
    thread = Thread(target=hold)
    thread.start()
    acted.wait()
    follow_ups.run(clock=lambda: DUE)
    assert FollowUp.objects.get().state == "planned"
    looked.wait()
    thread.join()
    office.round(DUE + MINUTE)
    assert [(state, why) for state, why, _due in office.rows] == [("cancelled", reason)]
    assert office.heard == []


@pytest.mark.parametrize(("stop", "_reason"), STOPS)
def test_who_comes_while_it_is_being_queued_still_stops_it_before_it_leaves(
    stop: Callable[[Office], None], _reason: str, office: Office
) -> None:
    with meanwhile(lambda: follow_ups.run(clock=lambda: DUE)):
        stop(office)
    assert FollowUp.objects.get().state == "queued"
    office.deliver(DUE)
    assert office.heard == []
    assert Message.objects.get(text=TEXTS[0]).state == "cancelled"


def test_two_workers_plan_and_say_it_once(office: Office) -> None:
    answered(phone="5215550101235")
    go = Barrier(2)

    def work() -> None:
        go.wait()
        follow_ups.run(clock=lambda: NOW + 2 * MINUTE)
        go.wait()
        follow_ups.run(clock=lambda: DUE)
        connection.close()

    threads = [Thread(target=work) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    follow_ups.run(clock=lambda: DUE + MINUTE)
    assert FollowUp.objects.filter(state="queued").count() == 2
    assert Message.objects.filter(text=TEXTS[0]).count() == 2
    office.deliver(DUE + MINUTE)
    assert office.heard == [TEXTS[0]]


def test_a_worker_that_dies_over_it_leaves_it_planned(office: Office) -> None:
    [row] = FollowUp.objects.all()

    class DiedError(Exception):
        pass

    def die() -> None:
        with transaction.atomic():
            rows.carry_out(follow_up_id=row.pk, decide=lambda _row: rows.Move(DUE + HOUR), now=DUE)
            raise DiedError

    with pytest.raises(DiedError):
        die()
    assert FollowUp.objects.get().due_at == DUE
    office.round(DUE)
    office.round(DUE + MINUTE)
    assert office.heard == [TEXTS[0]]
    assert Conversation.objects.get().last_message_text == TEXTS[0]


def test_a_colleague_who_cancels_it_while_it_is_due_wins_or_is_told(office: Office) -> None:
    [row] = FollowUp.objects.all()
    with (
        meanwhile(lambda: follow_ups.run(clock=lambda: DUE)),
        pytest.raises(rows.FollowUpStateError),
    ):
        rows.cancel(follow_up_id=row.pk, now=DUE)
    assert FollowUp.objects.get().state == "queued"
    office.deliver(DUE)
    assert office.heard == [TEXTS[0]]
