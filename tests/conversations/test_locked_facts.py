"""What staff locked, only staff change: the agent's answers wait as proposals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from conversations.models import Fact, FactProposal, Lead, Message, User
from conversations.services import facts
from conversations.services.facts import NewFact, ProposalDecidedError, Saved
from tests.conversations.rows import NOW, make_staff, write
from tests.conversations.test_identity_laws import FEW

pytestmark = pytest.mark.django_db
State = FactProposal.State


def say(value: str, *, at: datetime = NOW, again: Message | None = None) -> Saved:
    """The lead says it and the agent reads it; or it reads a message again."""
    if again is None:
        write(f"Son {value}", now=at)
    message = again or Message.objects.latest("number")
    lead = Lead.objects.get()
    answer = NewFact("size", value, str(message.pk), value)
    return facts.save_answers(lead_id=lead.pk, answers=[answer], turn_id=uuid4(), now=at)


def correct(value: str, *, lock: bool | None = True, staff: User | None = None) -> Fact:
    return facts.correct(
        lead_id=Lead.objects.get().pk,
        key="size",
        value=value,
        staff=staff or make_staff(),
        now=NOW,
        lock=lock,
    )


def holds() -> tuple[str, bool]:
    fact = Fact.objects.get(superseded_at=None)
    return fact.value, fact.locked_at is not None


def proposals() -> list[tuple[str, str]]:
    return list(FactProposal.objects.order_by("id").values_list("value", "state"))


def test_another_answer_than_the_locked_one_waits_for_staff_with_its_words() -> None:
    say("10")
    correct("12")
    assert say("20").proposed == ("size",)
    assert (holds(), proposals()) == (("12", True), [("20", "open")])
    waiting = FactProposal.objects.get()
    assert (waiting.quote, waiting.position) == ("20", 4)
    assert waiting.message == Message.objects.latest("number")


def test_the_locked_answer_said_again_is_no_proposal_and_ends_an_open_one() -> None:
    say("10")
    correct("12")
    say("20")
    assert say("12") == Saved({}, ())
    assert (holds(), proposals()) == (("12", True), [("20", "outdated")])
    assert Fact.objects.count() == 2


def test_a_newer_answer_takes_the_place_of_an_open_proposal() -> None:
    say("10")
    correct("12")
    say("20")
    say("30")
    assert proposals() == [("20", "outdated"), ("30", "open")]


def test_an_accepted_one_becomes_the_fact_with_its_quote_and_stays_locked() -> None:
    say("10")
    staff = make_staff()
    correct("12", staff=staff)
    say("20")
    proposal = FactProposal.objects.get()
    fact = facts.accept(proposal_id=proposal.pk, staff=staff, now=NOW)
    assert (fact.value, fact.quote, fact.message_id) == ("20", "20", proposal.message_id)
    assert (holds(), proposals(), fact.staff) == (("20", True), [("20", "accepted")], staff)
    with pytest.raises(ProposalDecidedError):
        facts.dismiss(proposal_id=proposal.pk, staff=staff, now=NOW)


def test_a_dismissed_one_is_not_proposed_again_from_the_same_words() -> None:
    say("10")
    staff = make_staff()
    correct("12", staff=staff)
    say("20")
    facts.dismiss(proposal_id=FactProposal.objects.get().pk, staff=staff, now=NOW)
    assert say("20", again=Message.objects.latest("number")).proposed == ("size",)
    assert (holds(), proposals()) == (("12", True), [("20", "dismissed")])
    say("20")
    assert proposals() == [("20", "dismissed"), ("20", "open")]


def test_old_words_read_again_do_not_undo_a_correction() -> None:
    say("10")
    first = Message.objects.get()
    correct("12", lock=False)
    say("10", again=first)
    assert holds() == ("12", False)


def test_an_unlocked_answer_is_the_agents_again() -> None:
    say("10")
    correct("12")
    say("20")
    facts.set_lock(lead_id=Lead.objects.get().pk, key="size", locked=False, now=NOW)
    assert say("30") == Saved({}, ())
    assert (holds(), proposals()) == (("30", False), [("20", "outdated")])


@pytest.mark.parametrize("lock", [True, False, None])
def test_correcting_locks_unlocks_or_leaves_the_lock(lock: bool | None) -> None:
    say("10")
    staff = make_staff()
    correct("12", staff=staff)
    say("20")
    correct("13", lock=lock, staff=staff)
    assert (holds(), proposals()) == (("13", lock is not False), [("20", "outdated")])


def test_what_is_locked_is_also_what_lists_show() -> None:
    write("Soy Beto")
    lead = Lead.objects.get()
    facts.correct(
        lead_id=lead.pk, key="name", value="Alberto", staff=make_staff(), now=NOW, lock=True
    )
    answer = NewFact("name", "Beto", str(Message.objects.get().pk), "Beto")
    facts.save_answers(lead_id=lead.pk, answers=[answer], turn_id=uuid4(), now=NOW)
    assert Lead.objects.get().name == "Alberto"


VALUES = st.sampled_from(["10", "20", "30"])
Step = tuple[str, str]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["say", "again", "correct", "lock", "unlock", "accept", "dismiss"]), VALUES
    ),
    min_size=2,
    max_size=8,
)


@FEW
@given(steps=STEPS)
def test_in_any_order_one_fact_holds_a_lock_keeps_it_and_nothing_is_lost(
    steps: list[Step],
) -> None:
    with transaction.atomic():
        staff = make_staff()
        write("Hola")
        ever: dict[object, tuple[object, ...]] = {}
        for number, (act, value) in enumerate(steps, start=1):
            before = Fact.objects.filter(superseded_at=None).first()
            play(act, value, staff, NOW + timedelta(seconds=number))
            current = list(Fact.objects.filter(superseded_at=None))
            assert len(current) <= 1
            locked = before is not None and before.locked_at is not None
            if locked and act in ("say", "again"):
                assert current == [before]
            assert ever.items() <= (ever := history()).items()
            waiting = FactProposal.objects.filter(state=State.OPEN)
            assert all(each.value != current[0].value for each in waiting)
        transaction.set_rollback(True)


def history() -> dict[object, tuple[object, ...]]:
    """Every answer and every proposal, with the words it came from."""
    shown = ("pk", "value", "message_id", "quote", "staff_id")
    rows = {row[0]: row[1:] for row in Fact.objects.values_list(*shown)}
    asked = FactProposal.objects.values_list("pk", "value", "message_id", "quote")
    return rows | {row[0]: row[1:] for row in asked}


def play(act: str, value: str, staff: User, at: datetime) -> None:
    lead = Lead.objects.get()
    waiting = FactProposal.objects.filter(state=State.OPEN).first()
    known = Fact.objects.filter(superseded_at=None).exists()
    decide: dict[str, Callable[..., object]] = {"accept": facts.accept, "dismiss": facts.dismiss}
    if act == "say":
        say(value, at=at)
    elif act == "again":
        message = Message.objects.filter(text=f"Son {value}").first()
        if message is not None:
            say(value, at=at, again=message)
    elif act == "correct":
        facts.correct(lead_id=lead.pk, key="size", value=value, staff=staff, now=at)
    elif act in decide and waiting is not None:
        decide[act](proposal_id=waiting.pk, staff=staff, now=at)
    elif act in ("lock", "unlock") and known:
        facts.set_lock(lead_id=lead.pk, key="size", locked=act == "lock", now=at)
