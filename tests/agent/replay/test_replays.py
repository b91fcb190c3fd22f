from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from agent.engines.guided.engine import GuidedEngine
from agent.models import PlaybookVersion, Replay, ReplayCase, ReplayTurn
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.replay import carry, cases, expectations, gate, replays, sides
from agent.replay.expectations import Expectation, Kind
from agent.replay.play import Rehearsal
from agent.turn import HandoffWhy, Toolbox, TurnContext, TurnResult
from conversations.models import Conversation
from conversations.services import facts, handoff, merging
from tests.agent.guided.stage import NOW
from tests.agent.replay.past import BOOKS, INTRO, nothing_written, talked
from tests.agent.replay.test_play import Acting
from tests.agent.test_runner import Killed
from tests.conversations.rows import make_conversation, make_staff, write

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=3)


def draft(**changes: Any) -> PlaybookVersion:
    """A draft of the default playbook with these parts of it in other words."""
    content = {**deepcopy(DEFAULT_PLAYBOOK), **changes}
    row = PlaybookVersion.objects.filter(state="draft").first()
    if row is None:
        return PlaybookVersion.objects.create(
            number=99, state="draft", content=content, created_at=NOW
        )
    row.content = content
    row.save()
    return row


GUIDED = Rehearsal(GuidedEngine())


@dataclass
class DiesAt:
    """The guided engine in a process that is killed in its nth turn."""

    turn: int
    name: str = "guided"
    decided: int = 0

    def decide(self, context: TurnContext, toolbox: Toolbox) -> TurnResult:
        self.decided += 1
        if self.decided == self.turn:
            raise Killed
        return GuidedEngine().decide(context, toolbox)


def replayed(version: PlaybookVersion, *, chosen: bool = True, stage: Rehearsal = GUIDED) -> Replay:
    """Play it to its end."""
    ids = [Conversation.objects.get().pk] if chosen else []
    replay = replays.begin(version=version, conversation_ids=ids, by=None, now=LATER)
    carry.go_on(replay_id=replay.pk, stage=stage, clock=lambda: LATER)
    replay.refresh_from_db()
    return replay


def turns(replay: Replay) -> list[ReplayTurn]:
    return list(replay.turns.order_by("position"))


def failed_by(turn: ReplayTurn) -> list[str]:
    return [failure.kind for failure in expectations.load_failures(turn.failures)]


def a_case(*wanted: Expectation) -> ReplayCase:
    return cases.make(
        conversation_id=Conversation.objects.get().pk,
        title="A case",
        wanted=wanted,
        by=make_staff("the case's"),
        now=LATER,
    )


def test_the_same_content_says_and_does_what_was_said_and_done() -> None:
    talked(*BOOKS)
    replay = replayed(draft())
    assert (replay.state, replay.problem) == ("passed", "")
    for turn in turns(replay):
        now = {key: value for key, value in turn.after.items() if key != "line"}
        assert now == turn.before, turn
    assert turns(replay)[-1].after["booking"] == "confirmed"


def test_a_replay_writes_nothing_but_itself() -> None:
    talked(*INTRO)
    version = draft()
    replay = replays.begin(version=version, conversation_ids=replays.recent(5), by=None, now=LATER)
    with nothing_written(but=("agent_replay", "agent_replayturn")):
        carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: LATER)
    assert replay.turns.count() == len(INTRO)


def test_an_edited_playbook_goes_its_own_way_from_where_it_differs() -> None:
    talked("Hola", "Soy Marta Díaz", "En mi casa")
    replay = replayed(draft(questions=DEFAULT_PLAYBOOK["questions"][1:]))
    opening, second, _third = turns(replay)
    assert "¿Cómo te llamas?" in sides.load(opening.before).text
    assert "¿Cómo te llamas?" not in sides.load(opening.after).text
    # The lead's own words, read against what the line asked.
    assert second.said == [{"text": "Soy Marta Díaz", "kind": "text"}]
    assert second.before["facts"] == {"name": "Marta Díaz"}
    assert second.after["facts"] == {}


def test_a_draft_is_held_back_until_its_cases_hold() -> None:
    talked("Hola", "¿Cuánto cuesta?")
    version = draft()
    assert gate.blocking(version) == []
    case = a_case(Expectation(Kind.MUST_SAY, words="Precio de lista"))
    with override("en"):
        assert gate.blocking(version) == ["Replay this draft first: 1 case has to pass."]
    assert replayed(version, chosen=False).state == "failed"
    assert len(gate.blocking(version)) == 1
    [failed] = ReplayTurn.objects.exclude(failures=[])
    assert failed.position == 2
    assert expectations.load_failures(failed.failures)[0].title == "A case"

    topics = deepcopy(DEFAULT_PLAYBOOK["topics"])
    topics[0]["answer"]["es"] += " Precio de lista, sin letras chiquitas."
    version = draft(topics=topics)
    with override("en"):
        assert gate.blocking(version) == ["Replay this draft first: 1 case has to pass."]
    assert replayed(version, chosen=False).state == "passed"
    assert gate.blocking(version) == []
    cases.change(
        case_id=case.pk,
        title="Another",
        wanted=[Expectation(Kind.MUST_NOT_BOOK)],
        is_active=True,
    )
    assert len(gate.blocking(version)) == 1
    cases.change(case_id=case.pk, title="Another", wanted=[], is_active=False)
    assert gate.blocking(version) == []


def test_who_asks_for_a_person_must_be_handed_over() -> None:
    talked("Hola", "Quiero hablar con una persona")
    assert replayed(draft()).state == "passed"
    deaf = Rehearsal(Acting(lambda _context, _toolbox: None, text="Soy el asistente virtual."))
    replay = replayed(draft(), stage=deaf)
    assert replay.state == "failed"
    assert [failed_by(turn) for turn in turns(replay)] == [[], ["asked_for_person"]]
    # Also without any case.
    with override("en"):
        assert gate.blocking(draft()) == ["In the last replay of this draft not everything held."]
    replayed(draft())
    assert gate.blocking(draft()) == []


def test_after_stop_nothing_is_said() -> None:
    stage = talked("Hola")
    stage.say("BAJA")
    replay = replayed(draft())
    assert [turn.said[0]["text"] for turn in turns(replay)] == ["Hola", "BAJA"]
    assert turns(replay)[-1].after["said"] == []
    assert replay.state == "passed"


def test_who_resumed_is_answered_again() -> None:
    stage = talked("Hola", "Soy Marta")
    for text in ("BAJA", "ALTA", "En mi casa"):
        stage.say(text)
    replay = replayed(draft())
    [*_before, stopped, resumed, last] = turns(replay)
    assert stopped.after["said"] == []
    for turn in (resumed, last):
        assert sides.load(turn.after).text == sides.load(turn.before).text != ""


def test_a_lock_holds_also_where_the_lead_was_merged() -> None:
    stage, staff = talked("Hola, soy Marta", "En mi casa"), make_staff()
    lead = Conversation.objects.get().lead
    facts.correct(
        lead_id=lead.pk, key="name", value="Martha", staff=staff, now=stage.now, lock=True
    )
    stage.say("no, quise decir que me llamo Lucía")
    a_case(Expectation(Kind.FACT_EQUALS, at="3", key="name", value="Martha"))
    other = make_conversation(phone="5215550109999", now=stage.now)
    merging.merge(kept_id=other.lead_id, merged_id=lead.pk, staff=staff, now=stage.now)
    assert replayed(draft(), chosen=False).state == "passed"


def test_after_a_human_the_line_goes_on_from_what_the_agent_saw() -> None:
    stage = talked("Hola", "Quiero hablar con una persona")
    conversation = Conversation.objects.get()
    handoff.release(conversation_id=conversation.pk, now=stage.now)
    stage.say("Soy Marta")
    replay = replayed(draft())
    last = turns(replay)[-1]
    assert last.position == 3
    assert sides.load(last.after).text == sides.load(last.before).text


def test_a_line_that_was_handed_over_ends_there() -> None:
    talked("Hola", "Soy Marta", "En mi casa")

    def pass_on(context: TurnContext, toolbox: Toolbox) -> None:
        if "Marta" in context.inbound[0].text:
            toolbox.hand_off(HandoffWhy.POLICY)

    stage = Rehearsal(Acting(pass_on, text="Soy el asistente virtual."))
    replay = replayed(draft(), stage=stage)
    assert [turn.after["handed_off"] for turn in turns(replay)] == ["", "policy"]


def test_a_correction_must_be_understood_from_what_was_said_before_it() -> None:
    stage, staff = talked("Hola", "Soy Marta"), make_staff()
    fact = facts.correct(
        lead_id=Conversation.objects.get().lead_id,
        key="name",
        value="Martha",
        staff=staff,
        now=stage.now - timedelta(seconds=9),
    )
    stage.say("En mi casa")
    case = cases.make_of_correction(fact=fact, title="Name", by=staff, now=LATER)
    assert cases.make_of_correction(fact=fact, title="Name", by=staff, now=LATER) == case
    replay = replayed(draft(), chosen=False)
    assert [failed_by(turn) for turn in turns(replay)] == [[], ["fact_equals"]]


def test_without_runs_the_messages_make_the_turns() -> None:
    conversation = make_conversation(now=NOW)
    for second, text in ((0, "Hola"), (2, "soy Marta"), (60, "en mi casa")):
        write(text, now=NOW + timedelta(seconds=second))
    replay = replayed(draft())
    assert [[each["text"] for each in turn.said] for turn in turns(replay)] == [
        ["Hola", "soy Marta"],
        ["en mi casa"],
    ]
    assert turns(replay)[0].after["facts"] == {"name": "Marta"}
    assert not turns(replay)[0].before["is_known"]
    assert conversation.pk == turns(replay)[0].conversation_id


def test_a_replay_whose_worker_died_is_taken_up_where_it_stood() -> None:
    talked(*INTRO)
    replay = replays.begin(version=draft(), conversation_ids=replays.recent(1), by=None, now=LATER)
    died = Rehearsal(DiesAt(2))
    with pytest.raises(Killed):
        carry.go_on(replay_id=replay.pk, stage=died, clock=lambda: LATER)
    assert replay.turns.count() == 1
    carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: LATER)
    assert replay.turns.count() == 1, "somebody else still holds it"
    later = LATER + timedelta(minutes=3)
    replays.hint_stranded(now=later)
    carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: later)
    replay.refresh_from_db()
    assert (replay.state, replay.turns.count()) == ("passed", len(INTRO))


def test_who_lost_a_replay_writes_nothing_more() -> None:
    talked(*INTRO)
    replay = replays.begin(version=draft(), conversation_ids=replays.recent(1), by=None, now=LATER)
    elsewhere = LATER + timedelta(minutes=3)

    def sleep(_context: TurnContext, _toolbox: Toolbox) -> None:
        carry.go_on(replay_id=replay.pk, stage=GUIDED, clock=lambda: elsewhere)
        Replay.objects.update(state="running", lease_until=elsewhere)

    stage = Rehearsal(Acting(sleep, text="Soy el asistente virtual."))
    carry.go_on(replay_id=replay.pk, stage=stage, clock=lambda: LATER)
    assert [turn.after["said"] == turn.before["said"] for turn in turns(replay)] == [True] * 3


def test_a_case_is_judged_up_to_its_message_and_one_without_any_is_told() -> None:
    stage = talked("Hola")
    a_case(Expectation(Kind.MUST_NOT_HAND_OVER))
    stage.say("Quiero hablar con una persona")
    assert replayed(draft()).state == "passed"
    ReplayCase.objects.update(up_to=0)
    replay = replayed(draft(), chosen=False)
    assert (replay.state, replay.problem) == ("failed", "nothing_to_play A case")


def test_a_cancelled_replay_stops_after_its_turn() -> None:
    talked("Hola")
    replay = replays.begin(version=draft(), conversation_ids=replays.recent(1), by=None, now=LATER)

    def cancel(_context: TurnContext, _toolbox: Toolbox) -> None:
        replays.cancel(replay_id=replay.pk, now=LATER)

    stage = Rehearsal(Acting(cancel, text="Soy el asistente virtual."))
    carry.go_on(replay_id=replay.pk, stage=stage, clock=lambda: LATER)
    replay.refresh_from_db()
    assert (replay.state, replay.turns.count()) == ("cancelled", 0)
    assert not replays.cancel(replay_id=replay.pk, now=LATER)


def test_only_a_draft_is_replayed_and_one_replay_at_a_time() -> None:
    talked("Hola")
    published = PlaybookVersion.objects.get(state="published")
    with pytest.raises(replays.ReplayError):
        replays.begin(version=published, conversation_ids=replays.recent(1), by=None, now=LATER)
    version = draft()
    replays.begin(version=version, conversation_ids=replays.recent(1), by=None, now=LATER)
    with pytest.raises(replays.ReplayError):
        replays.begin(version=version, conversation_ids=replays.recent(1), by=None, now=LATER)
