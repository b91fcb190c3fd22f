"""A message, a colleague, a sender and a second merge at the very moment of a merge."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from uuid import UUID

import pytest
from django.db import connection, transaction

from conversations.models import Conversation, Identity, Lead, LeadMerge, Message
from conversations.services import inbound, lanes, merging, outbound
from conversations.services.merging import AlreadyMergedError
from conversations.services.outbound import MessageStateError
from integrations.messaging import InboundMessage, MessageKind, Sender, WebhookEvents
from tests.conversations.rows import NOW, PACE, make_staff, queue_bot_message
from tests.conversations.test_lane_races import meanwhile

pytestmark = pytest.mark.django_db(transaction=True)

KNOWN = Sender(bsuid="MX.2")
# The long way: an alias that nobody has yet.
NEW = Sender(bsuid="MX.2", phone="5215550107777")
STRANGER = Sender(bsuid="MX.3", phone="5215550107777")


def hear(wamid: str, sender: Sender) -> None:
    message = InboundMessage(wamid, sender, MessageKind.TEXT, NOW, text=wamid)
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=NOW)


def make_pair() -> tuple[Lead, Lead]:
    hear("a1", Sender(bsuid="MX.1"))
    hear("b1", KNOWN)
    first, second = (Identity.objects.get(value=value).lead for value in ("MX.1", "MX.2"))
    return first, second


def merge(kept: Lead, merged: Lead) -> None:
    staff = make_staff("maria")
    merging.merge(kept_id=kept.pk, merged_id=merged.pk, staff=staff, now=NOW)


def undo() -> None:
    staff = make_staff()
    merging.undo(merge_id=LeadMerge.objects.get().pk, staff=staff, now=NOW)


@pytest.mark.parametrize("sender", [KNOWN, NEW], ids=["short way", "long way"])
def test_a_message_that_comes_while_leads_are_merged_goes_to_the_kept_one(sender: Sender) -> None:
    kept, merged = make_pair()
    with meanwhile(lambda: merge(kept, merged)):
        hear("b2", sender)
    assert Message.objects.filter(conversation=kept.conversation).count() == 3
    assert list(Lead.objects.filter(merged_into=None)) == [kept]
    assert not merged.identities.exists()
    conversation = Conversation.objects.get(lead=kept)
    assert conversation.unread_count == 3
    assert conversation.answer_due_at is not None


def test_a_message_that_comes_while_a_merge_is_undone_goes_to_whom_it_is_from() -> None:
    kept, merged = make_pair()
    merge(kept, merged)
    with meanwhile(undo):
        hear("b2", KNOWN)
    assert set(merged.conversation.messages.values_list("text", flat=True)) == {"b1", "b2"}


def test_a_merge_waits_for_a_message_and_takes_it_along() -> None:
    kept, merged = make_pair()
    with meanwhile(lambda: hear("b2", NEW)):
        merge(kept, merged)
    assert Message.objects.filter(conversation=kept.conversation).count() == 3
    assert not merged.identities.exists()


def test_a_colleague_who_waited_for_the_merge_writes_in_the_kept_conversation() -> None:
    kept, merged = make_pair()
    staff = make_staff()
    with meanwhile(lambda: merge(kept, merged)):
        sent = outbound.queue_staff_message(
            conversation_id=merged.conversation.pk, staff=staff, text="Hola", now=NOW
        )
    assert sent.conversation_id == kept.conversation.pk


def make_failed(lead: Lead) -> Message:
    message = queue_bot_message(lead.conversation, "Hola")
    Message.objects.filter(pk=message.pk).update(state="failed")
    return message


@pytest.mark.parametrize(
    ("act", "state"),
    [(outbound.retry_message, "queued"), (outbound.discard_message, "cancelled")],
)
def test_a_colleague_who_waited_for_the_merge_settles_the_message_where_it_is_now(
    act: Callable[..., Message], state: str
) -> None:
    kept, merged = make_pair()
    message, staff = make_failed(merged), make_staff()
    with meanwhile(lambda: merge(kept, merged)):
        act(message_id=message.pk, staff=staff)
    message.refresh_from_db()
    assert (message.conversation_id, message.state) == (kept.conversation.pk, state)


def test_a_colleague_who_waited_for_an_undo_is_told_to_look_again() -> None:
    kept, merged = make_pair()
    message = make_failed(merged)
    merge(kept, merged)
    with meanwhile(undo), pytest.raises(MessageStateError):
        outbound.retry_message(message_id=message.pk, staff=make_staff("eva"))
    message.refresh_from_db()
    assert (message.conversation_id, message.state) == (merged.conversation.pk, "failed")


@pytest.mark.parametrize("into_first", [True, False])
def test_who_comes_by_the_merged_conversation_waits_in_the_order_of_everybody(
    into_first: bool,
) -> None:
    """Locked the other way round, an undo that holds the first and wants the second would die."""
    both = sorted(make_pair(), key=lambda lead: lead.conversation.pk)
    kept, merged = both if into_first else both[::-1]
    merge(kept, merged)
    first, second = (lead.conversation.pk for lead in both)
    with meanwhile(lambda: lock(first), then=lambda: lock(second)), transaction.atomic():
        assert lanes.lock_current(merged.conversation.pk) == kept.conversation


def lock(conversation_id: UUID) -> None:
    lanes.lock_conversation(conversation_id)


def test_two_colleagues_who_merge_the_other_way_round_make_one_lead() -> None:
    kept, merged = make_pair()
    staff = make_staff()
    with meanwhile(lambda: merge(kept, merged)), pytest.raises(AlreadyMergedError):
        merging.merge(kept_id=merged.pk, merged_id=kept.pk, staff=staff, now=NOW)
    assert LeadMerge.objects.count() == 1


def test_merging_among_many_messages_loses_none_and_deadlocks_with_nobody() -> None:
    kept, merged = make_pair()
    senders = [Sender(bsuid="MX.1"), KNOWN, NEW, STRANGER]
    errors: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(6):
                hear(f"w{number}.{turn}", senders[number])
        except BaseException as error:  # noqa: BLE001  # asserted below
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=write, args=(number,)) for number in range(len(senders))]
    for thread in threads:
        thread.start()
    merge(kept, merged)
    for thread in threads:
        thread.join()
    assert errors == []
    assert Message.objects.count() == 2 + 24
    assert not merged.conversation.messages.exists()
    assert kept.conversation.messages.count() == 2 + 18
