"""Two leads that are one person become one, and two again: nothing is lost on either way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import ForeignKey, Model, OneToOneField

from conversations.models import (
    ConsentEntry,
    Conversation,
    Fact,
    Identity,
    IdentityConflict,
    Lead,
    LeadMerge,
    Meeting,
    Message,
    SlotOffer,
    Stage,
    Touch,
    User,
)
from conversations.services import (
    facts,
    inbound,
    lanes,
    merge_journal,
    merge_rules,
    merging,
    outbound,
    proposals,
    visibility,
)
from conversations.services.merge_journal import BY_CONVERSATION, BY_LEAD
from integrations.messaging import (
    InboundMessage,
    MessageKind,
    OutboundMessage,
    Sender,
    WebhookEvents,
)
from tests.conversations import meeting_rows
from tests.conversations.rows import NOW, PACE, make_staff, queue_bot_message
from tests.conversations.sending import run
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)
OLD, NEW = "5215550101234", "5215550109999"
TABLES: tuple[type[Model], ...] = (
    Lead,
    Conversation,
    Identity,
    IdentityConflict,
    Message,
    Fact,
    Meeting,
    SlotOffer,
    ConsentEntry,
    Touch,
)
# These only ever grow: they say that somebody else came, not what holds.
COUNTERS = {"epoch", "deliver_fence", "answer_fence", "updated_at", "deliver_lease_until"}


def hear(text: str, sender: Sender, *, wamid: str, at: Any = NOW) -> None:
    message = InboundMessage(wamid, sender, MessageKind.TEXT, at, text=text)
    inbound.receive(events=WebhookEvents(messages=(message,)), body=b"{}", pace=PACE, now=at)


def make_pair() -> tuple[Lead, Lead]:
    """Somebody by phone, then the same phone under another BSUID: two leads and a conflict."""
    hear("Hola", Sender(phone=OLD, bsuid="MX.1", profile_name="Ana"), wamid="a1")
    hear("Soy yo", Sender(phone=OLD, bsuid="MX.2", profile_name="Ana P."), wamid="b1", at=LATER)
    old, new = (Identity.objects.get(value=value).lead for value in ("MX.1", "MX.2"))
    return old, new


@pytest.fixture
def staff(db: None) -> User:
    return make_staff()


def rows(*, but: frozenset[str] = frozenset(COUNTERS)) -> dict[str, list[dict[str, Any]]]:
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in but}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in TABLES
    }


def test_every_table_that_names_a_lead_or_a_conversation_was_thought_of() -> None:
    stay = {"Conversation", "IdentityConflict", "LeadMerge", "Lead", "IdempotencyKey", "Notice"}
    named = {
        relation.related_model.__name__
        for model in (Lead, Conversation)
        for relation in model._meta.related_objects
        if isinstance(relation.field, ForeignKey | OneToOneField)
    }
    assert named - stay == {model.__name__ for model in (*BY_LEAD, *BY_CONVERSATION)}


def test_everything_goes_to_the_kept_lead(staff: User) -> None:
    old, new = make_pair()
    merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    kept = Conversation.objects.get(lead=old)
    assert list(kept.messages.order_by("number").values_list("text", flat=True)) == [
        "Hola",
        "Soy yo",
    ]
    assert set(old.identities.values_list("value", flat=True)) == {"+525550101234", "MX.1", "MX.2"}
    assert (kept.unread_count, kept.last_message_text) == (2, "Soy yo")
    assert (kept.last_inbound_at, kept.answer_due_at) == (LATER, LATER)
    assert list(visibility.visible_leads(make_boss())) == [old]
    assert not IdentityConflict.objects.filter(resolved_at=None).exists()
    hear("¿Siguen?", Sender(bsuid="MX.2"), wamid="b2", at=LATER)
    assert kept.messages.count() == 3
    assert Lead.objects.count() == 2


def make_boss() -> User:
    return User.objects.create_superuser("boss", password="x")


def test_merged_and_undone_is_as_before(staff: User) -> None:
    old, new = make_pair()
    fill(old, new)
    before = rows()
    merge = merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    assert rows() != before
    merging.undo(merge_id=merge.pk, staff=staff, now=LATER)
    assert rows() == before
    merging.undo(merge_id=merge.pk, staff=staff, now=LATER)
    assert rows() == before


def fill(old: Lead, new: Lead) -> None:
    """Everything that both may have."""
    for lead, city in ((old, "Lima"), (new, "Quito")):
        said = lead.conversation.messages.get()
        Fact.objects.create(lead=lead, key="city", value=city, message=said, created_at=NOW)
        ConsentEntry.objects.create(lead=lead, scope="all", given=True, occurred_at=NOW)
        Touch.objects.create(lead=lead, message=said, source="ad", occurred_at=NOW)
    Fact.objects.create(lead=new, key="budget", value=7, created_at=NOW)
    Lead.objects.filter(pk=new.pk).update(
        email="ana@example.com", opted_out_at=NOW, stage=Stage.QUALIFIED, source="ad", source_id="7"
    )
    host = meeting_rows.make_host()
    meeting_rows.make_offer(new.conversation, host)
    other = Lead.objects.create(created_at=NOW)
    low, high = sorted((new.pk, other.pk))
    IdentityConflict.objects.create(first_id=low, second_id=high, reason="odd", created_at=NOW)
    queue_bot_message(new.conversation, "¿De dónde?")


def test_the_kept_leads_answer_wins_and_a_stop_of_either_counts(staff: User) -> None:
    old, new = make_pair()
    fill(old, new)
    merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    holds = Fact.objects.filter(lead=old, superseded_at=None).values_list("key", "value")
    assert dict(holds) == {"city": "Lima", "budget": 7}
    old.refresh_from_db()
    assert (old.email, old.stage, old.source_id) == ("ana@example.com", "qualified", "7")
    assert old.opted_out_at == NOW
    channel = FakeChannel()
    run(old.conversation, channel)
    assert channel.sent == []
    assert IdentityConflict.objects.get(resolved_at=None).reason == "odd"
    assert old.pk in {
        *IdentityConflict.objects.filter(resolved_at=None).values_list("first", flat=True),
        *IdentityConflict.objects.filter(resolved_at=None).values_list("second", flat=True),
    }


def test_what_staff_locked_stands_whichever_lead_is_kept(staff: User) -> None:
    old, new = make_pair()
    fill(old, new)
    Lead.objects.filter(pk=old.pk).update(name="Ana")
    Fact.objects.create(lead=old, key="name", value="Ana", created_at=NOW)
    for key, value in (("city", "Cuenca"), ("name", "Ana María")):
        facts.correct(lead_id=new.pk, key=key, value=value, staff=staff, now=NOW, lock=True)
    old, new = Lead.objects.get(pk=old.pk), Lead.objects.get(pk=new.pk)
    locked = merge_journal.locked_columns(old, new)
    assert merge_rules.joined_name(old, new, locked=locked) == "Ana María"
    done = merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    current = Fact.objects.filter(superseded_at=None)
    holds = current.filter(lead=old).values_list("key", "value")
    assert dict(holds) == {"city": "Cuenca", "budget": 7, "name": "Ana María"}
    old.refresh_from_db()
    assert old.name == "Ana María"
    facts.correct(lead_id=old.pk, key="city", value="Loja", staff=staff, now=LATER)
    merging.undo(merge_id=done.pk, staff=staff, now=LATER)
    old.refresh_from_db()
    assert old.name == "Ana"
    assert dict(current.filter(lead=old).values_list("key", "value")) == {
        "city": "Loja",
        "name": "Ana",
    }


def test_what_waits_leaves_once_and_a_turn_that_runs_is_over(staff: User) -> None:
    old, new = make_pair()
    queue_bot_message(new.conversation, "uno")
    queue_bot_message(old.conversation, "dos")
    turns = [claim("answer", lead) for lead in (old, new)]
    sender = claim("deliver", new)
    merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    for turn in turns:
        with pytest.raises(lanes.TakenOverError):
            lanes.go_on(turn, now=LATER)
    with pytest.raises(lanes.LaneLostError):
        lanes.renew(sender, now=LATER)
    channel = FakeChannel()
    run(old.conversation, channel)
    run(new.conversation, channel)
    assert [each.text for each in channel.sent] == ["uno", "dos"]
    assert {each.to.bsuid for each in channel.sent} == {"MX.2"}


def test_a_send_that_is_under_way_leaves_once(staff: User) -> None:
    old, new = make_pair()
    queue_bot_message(new.conversation, "uno")

    class Slow(FakeChannel):
        """Leads are merged while the provider takes its time."""

        def send(self, message: OutboundMessage) -> str:
            merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
            return super().send(message)

    slow, after = Slow(), FakeChannel()
    run(new.conversation, slow)
    run(old.conversation, after)
    assert (len(slow.sent), after.sent) == (1, [])
    message = Message.objects.get(direction="outbound")
    assert (message.state, message.conversation_id) == ("sent", old.conversation.pk)


def claim(lane: lanes.Lane, lead: Lead) -> lanes.Claim:
    held = lanes.claim(
        conversation_id=lead.conversation.pk, lane=lane, now=NOW + timedelta(hours=1)
    )
    assert held is not None
    lanes.release(held)
    return held


def test_a_colleague_who_had_the_merged_thread_open_writes_in_the_kept_one(staff: User) -> None:
    old, new = make_pair()
    merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    sent = outbound.queue_staff_message(
        conversation_id=new.conversation.pk, staff=staff, text="Hola, Ana", now=LATER
    )
    assert sent.conversation_id == old.conversation.pk


def test_two_meetings_ahead_are_for_a_person_to_settle(staff: User) -> None:
    old, new = make_pair()
    for hour, lead in enumerate((old, new)):
        make_meeting(lead, hour)
    with pytest.raises(merging.BothHaveMeetingsError):
        merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    Meeting.objects.filter(lead=new).update(state="cancelled")
    merging.merge(kept_id=new.pk, merged_id=old.pk, staff=staff, now=LATER)
    assert set(Meeting.objects.values_list("lead", flat=True)) == {new.pk}


def make_meeting(lead: Lead, hour: int) -> None:
    host = meeting_rows.make_host(f"host{hour}")
    starts_at = NOW + timedelta(days=1, hours=hour)
    Meeting.objects.create(
        lead=lead,
        salesperson=host,
        during=(starts_at, starts_at + timedelta(minutes=30)),
        state="confirmed",
        time_zone="UTC",
        created_at=NOW,
    )


def test_what_came_after_stays_and_no_machine_answers_it(staff: User) -> None:
    old, new = make_pair()
    merge = merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    hear("Otra cosa", Sender(bsuid="MX.2"), wamid="b2", at=LATER)
    queued = queue_bot_message(Conversation.objects.get(lead=old), "¿Cuál?")
    Lead.objects.filter(pk=old.pk).update(name="Ana Paz")
    merging.undo(merge_id=merge.pk, staff=staff, now=LATER)
    after = Message.objects.get(provider_message_id="b2")
    assert (after.conversation_id, after.state) == (old.conversation.pk, "handled")
    queued.refresh_from_db()
    assert queued.state == "cancelled"
    assert Lead.objects.get(pk=old.pk).name == "Ana Paz"
    hear("Soy otra", Sender(bsuid="MX.2"), wamid="b3", at=LATER)
    assert Message.objects.get(provider_message_id="b3").conversation_id == new.conversation.pk


def test_a_stop_said_while_merged_holds_for_both(staff: User) -> None:
    old, new = make_pair()
    merge = merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    hear("STOP", Sender(bsuid="MX.2"), wamid="b2", at=LATER)
    merging.undo(merge_id=merge.pk, staff=staff, now=LATER)
    assert set(Lead.objects.values_list("opted_out_at", flat=True)) == {LATER}
    with pytest.raises(outbound.OptedOutError):
        outbound.queue_staff_message(
            conversation_id=new.conversation.pk, staff=staff, text="Hola", now=LATER
        )
    hear("START", Sender(bsuid="MX.2"), wamid="b3", at=LATER + timedelta(minutes=1))
    assert list(Lead.objects.filter(opted_out_at=None)) == [new]


def test_merges_are_undone_newest_first(staff: User) -> None:
    old, new = make_pair()
    third = Lead.objects.create(created_at=NOW)
    Conversation.objects.create(lead=third, last_message_at=NOW, created_at=NOW)
    before = rows()
    first = merging.merge(kept_id=old.pk, merged_id=new.pk, staff=staff, now=LATER)
    second = merging.merge(kept_id=third.pk, merged_id=old.pk, staff=staff, now=LATER)
    assert set(Lead.objects.filter(merged_into=third)) == {old, new}
    with pytest.raises(merging.NotTheNewestError):
        merging.undo(merge_id=first.pk, staff=staff, now=LATER)
    with pytest.raises(merging.AlreadyMergedError):
        merging.merge(kept_id=new.pk, merged_id=third.pk, staff=staff, now=LATER)
    for merge in (second, first):
        merging.undo(merge_id=merge.pk, staff=staff, now=LATER)
    assert rows() == before
    assert LeadMerge.objects.filter(undone_by=staff).count() == 2


def test_who_is_somebody_else_is_not_proposed_again(staff: User) -> None:
    make_pair()
    conflict = IdentityConflict.objects.get()
    proposals.dismiss(conflict_id=conflict.pk, now=LATER)
    hear("Hola", Sender(phone=OLD, bsuid="MX.2"), wamid="b2", at=LATER)
    assert IdentityConflict.objects.get().resolved_at == LATER
