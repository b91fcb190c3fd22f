"""Compiled queries give what the ORM gives, field by field, and keep its guards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from pytest_django import DjangoAssertNumQueries

from conversations.compiled import Compiled
from conversations.models import Conversation, Message
from conversations.services import lanes
from tests.conversations.rows import NOW, make_conversation, queue_bot_message

pytestmark = pytest.mark.django_db

ABOVE = Compiled(
    lambda conversation_id, since, above: (
        Message.objects.filter(
            conversation=conversation_id, number__gt=above, created_at__gt=since, text__gt=""
        )
        .order_by("-number")
        .prefetch_related("attachments")
    ),
    conversation_id=UUID,
    since=datetime,
    above=int,
)


def columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_it_gives_the_rows_of_these_values(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    conversation = make_conversation()
    said = [queue_bot_message(conversation, text) for text in "abc"]
    Message.objects.filter(pk=said[2].pk).update(content={"options": [{"id": "1"}]})
    first = Message.objects.get(pk=said[0].pk)
    asked = {"conversation_id": conversation.pk, "since": NOW - timedelta(hours=1)}
    with django_assert_num_queries(2):
        found = ABOVE.rows(**asked, above=first.number)
        assert [list(each.attachments.all()) for each in found] == [[], []]
    expected = Message.objects.filter(pk__in=[said[1].pk, said[2].pk]).order_by("-number")
    assert list(map(columns, found)) == list(map(columns, expected))
    assert ABOVE.rows(**asked | {"since": NOW}, above=0) == []
    assert ABOVE.rows(**asked | {"conversation_id": uuid4()}, above=0) == []


def test_a_row_it_gave_can_be_saved() -> None:
    conversation = make_conversation()
    Conversation.objects.update(agent_state={"zone": "America/Bogota", "asked": ["city"]})
    found = lanes.LOCKED.get(id=conversation.pk)
    found.agent_state |= {"asked": []}
    found.save()
    assert columns(Conversation.objects.get()) == columns(found)


def test_what_is_not_there_is_said_as_ever() -> None:
    with pytest.raises(Conversation.DoesNotExist):
        lanes.LOCKED.get(id=uuid4())


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_of_a_transaction() -> None:
    conversation = make_conversation()
    with transaction.atomic():
        lanes.LOCKED.get(id=conversation.pk)
    with pytest.raises(TransactionManagementError):
        lanes.LOCKED.get(id=conversation.pk)


def test_a_query_that_asks_for_less_than_it_says_is_refused() -> None:
    deaf = Compiled(lambda id: Conversation.objects.filter(mode="bot"), id=UUID)
    with pytest.raises(ValueError, match="each value"):
        deaf.rows(id=uuid4())
