from __future__ import annotations

import pytest

from conversations.models import Conversation, Identity, IdentityConflict, Lead
from conversations.services import inbound
from integrations.messaging import (
    IdentityChange,
    InboundMessage,
    MessageKind,
    Sender,
    WebhookEvents,
)
from tests.conversations.rows import NOW, PACE

pytestmark = pytest.mark.django_db

PHONE = "5215550101234"


def hear(sender: Sender, *, wamid: str, change: IdentityChange | None = None) -> None:
    kind = MessageKind.SYSTEM if change else MessageKind.TEXT
    message = InboundMessage(wamid, sender, kind, NOW, text="Hola", identity_change=change)
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=NOW)


def test_a_phone_known_without_bsuid_gets_one() -> None:
    hear(Sender(phone=PHONE), wamid="1")
    hear(Sender(phone="525550101234", bsuid="MX.1"), wamid="2")
    assert Lead.objects.count() == 1
    assert set(Identity.objects.values_list("kind", flat=True)) == {"phone", "bsuid"}


def test_a_new_owner_of_a_number_is_not_taken_for_the_old_one() -> None:
    hear(Sender(phone=PHONE, bsuid="MX.1"), wamid="1")
    hear(Sender(phone=PHONE, bsuid="MX.2"), wamid="2")
    old, new = Lead.objects.order_by("created_at", "id")
    assert [c.messages.count() for c in Conversation.objects.all()] == [1, 1]
    assert set(new.identities.values_list("value", flat=True)) == {"MX.2"}
    assert set(IdentityConflict.objects.values_list("first", "second")) == {(old.pk, new.pk)}


@pytest.mark.parametrize("known", ["previous", "current"])
def test_a_change_of_ids_joins_whoever_is_known(known: str) -> None:
    previous, current = Sender(bsuid="MX.1"), Sender(bsuid="MX.2")
    hear(previous if known == "previous" else current, wamid="1")
    hear(previous, wamid="2", change=IdentityChange(previous=previous, current=current))
    assert Lead.objects.count() == 1
    assert not IdentityConflict.objects.exists()
    assert set(Identity.objects.values_list("value", flat=True)) == {"MX.1", "MX.2"}
