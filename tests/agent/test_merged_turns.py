"""A turn that died, and words of a merged lead that came in before what it was to answer."""

from __future__ import annotations

import pytest

from agent import runs
from agent.models import AgentRun
from conversations.models import Identity, Message
from conversations.services import merging
from tests.conversations.admin import rows as admin_rows
from tests.conversations.rows import NOW, make_staff, write

pytestmark = pytest.mark.django_db

FIRST, SECOND = "5215550101234", "5215550109999"


@pytest.mark.parametrize(("merged", "taken_up"), [(True, False), (False, True)])
def test_a_decided_turn_does_not_answer_what_it_never_saw(merged: bool, taken_up: bool) -> None:
    write("¿Cuánto cuesta?", phone=SECOND)
    write("Hola", phone=FIRST)
    kept, other = (Identity.objects.get(address=phone).lead for phone in (FIRST, SECOND))
    trigger = kept.conversation.messages.get()
    run = AgentRun.objects.create(
        id=trigger.pk,
        conversation_id=kept.conversation.pk,
        trigger_message_id=trigger.pk,
        playbook_version=admin_rows.make_version(state="published"),
        state=AgentRun.State.DECIDED,
        context={"inbound": [{"message_id": str(trigger.pk)}]},
        created_at=NOW,
    )
    if merged:
        merging.merge(kept_id=kept.pk, merged_id=other.pk, staff=make_staff(), now=NOW)
    pending = list(Message.objects.filter(conversation=kept.conversation).order_by("number"))
    assert (runs.find_or_make(kept.conversation, pending, NOW) == run) is taken_up
