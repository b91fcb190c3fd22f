"""Two lanes, a webhook and staff on one row: real threads, real connections, committed rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from agent import meeting_news
from conversations.models import Conversation, Lead, Meeting, Message
from conversations.services import delivery, lanes, outbound
from conversations.services.outbound import OptedOutError
from integrations.messaging import SendError, SendVerdict
from integrations.models import WebhookDelivery
from integrations.scheduling import CalendarError
from tests.conversations import meeting_rows
from tests.conversations.rows import NOW, make_conversation, make_staff, queue_bot_message, write
from tests.conversations.sending import GRACE, run
from tests.fakes.calendar import FakeCalendar
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def meanwhile(act: Callable[[], None], then: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a transaction in which `act` ran, until the body waits for it; do `then` and commit."""
    acted, errors = Event(), []

    def hold() -> None:
        try:
            with transaction.atomic():
                act()
                acted.set()
                wait_until_somebody_waits()
                then()
        except BaseException as error:  # noqa: BLE001  # raised again below
            errors.append(error)
        finally:
            acted.set()
            connection.close()

    thread = Thread(target=hold)
    thread.start()
    acted.wait()
    yield
    thread.join()
    if errors:
        raise errors[0]


def wait_until_somebody_waits() -> None:
    """Until another connection wants a lock that we hold."""
    waits = """
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'
    """
    with connection.cursor() as cursor:
        for _try in range(500):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waits)
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise TimeoutError("nobody waited")


def lock(conversation: Conversation) -> None:
    Conversation.objects.select_for_update().get(pk=conversation.pk)


def opt_out(conversation: Conversation) -> None:
    """What the webhook does on BAJA: the conversation is locked, the lead is changed."""
    lock(conversation)
    Lead.objects.filter(pk=conversation.lead_id).update(opted_out_at=NOW)


@pytest.mark.parametrize("lane", ["answer", "deliver"])
def test_a_row_that_is_busy_for_a_moment_loses_no_hint(lane: lanes.Lane) -> None:
    conversation = make_conversation()
    Conversation.objects.update(answer_due_at=NOW)
    with meanwhile(lambda: lock(conversation)):
        claim = lanes.claim(conversation_id=conversation.pk, lane=lane, now=NOW)
    assert claim is not None


def test_who_waited_for_the_row_sees_what_the_lead_decided_meanwhile() -> None:
    conversation = make_conversation()
    claim = lanes.claim(conversation_id=conversation.pk, lane="deliver", now=NOW)
    assert claim is not None
    with meanwhile(lambda: opt_out(conversation)), transaction.atomic():
        assert lanes.lock(claim, now=NOW).lead.opted_out_at == NOW


def test_a_resend_that_waited_for_a_stop_does_not_leave() -> None:
    conversation = make_conversation()
    queue_bot_message(conversation, "uno")
    WebhookDelivery.objects.create(body=b"{}", state="processed", received_at=NOW)
    cut_off = SendError("cut off", verdict=SendVerdict.UNKNOWN)
    run(conversation, FakeChannel([cut_off]))
    claim = lanes.claim(
        conversation_id=conversation.pk, lane="deliver", now=NOW + timedelta(seconds=1)
    )
    assert claim is not None
    channel = FakeChannel()
    with meanwhile(lambda: opt_out(conversation)):
        delivery._drain(claim, channel, GRACE, lambda: NOW + timedelta(seconds=90), uploads=True)
    assert channel.sent == []
    assert Message.objects.get().state == "cancelled"


def test_staff_who_waited_for_a_stop_are_refused() -> None:
    conversation, staff = make_conversation(), make_staff()
    with meanwhile(lambda: opt_out(conversation)), pytest.raises(OptedOutError):
        outbound.queue_staff_message(
            conversation_id=conversation.pk, staff=staff, text="¿Sigues ahí?", now=NOW
        )


def test_settling_a_meeting_and_telling_the_lead_deadlocks_with_nobody() -> None:
    conversation, calendar = meeting_rows.make_conversation(), FakeCalendar()
    calendar.fail("create", CalendarError("busy", permanent=False))
    slot_id = meeting_rows.make_offer(conversation, meeting_rows.make_host())
    booker = meeting_rows.Booker(conversation, calendar)
    assert booker.book(slot_id).status == "pending"

    def rename() -> None:
        Lead.objects.filter(pk=conversation.lead_id).update(profile_name="Ana")

    with meanwhile(lambda: lock(conversation), rename):
        meeting_news.settle(calendar=calendar, now=meeting_rows.NOW + timedelta(minutes=5))
    assert Meeting.objects.get().state == "confirmed"
    assert Message.objects.get().author == "system"


def test_a_message_that_waited_for_a_stop_wants_no_answer_and_keeps_the_new_name() -> None:
    conversation = make_conversation(phone="525550101234")

    def stop_and_rename() -> None:
        opt_out(conversation)
        Lead.objects.filter(pk=conversation.lead_id).update(username="ana.mx")

    with meanwhile(stop_and_rename):
        write("Hola", phone="525550101234", profile_name="Ana María")
    assert Message.objects.get().state == "handled"
    lead = Lead.objects.get()
    assert (lead.profile_name, lead.username) == ("Ana María", "ana.mx")
