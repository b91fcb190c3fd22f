"""A finished replay of a conversation, with a case that failed in it."""

from __future__ import annotations

from datetime import timedelta

from agent.models import AgentRun, PlaybookVersion, Replay, ReplayCase, ReplayTurn
from agent.replay import again, cases, expectations, plan, replays, sides
from agent.replay.expectations import Expectation, Failure, Kind
from agent.replay.sides import Said, Side
from conversations.models import Conversation, User
from tests.conversations.admin.rows import now

WANTED = Expectation(Kind.MUST_SAY, words="lista de precios de este mes con instalación incluida")


def make_replay(draft: PlaybookVersion, conversation: Conversation, by: User) -> Replay:
    case = cases.make(
        conversation_id=conversation.pk,
        title=f"What does it cost, {conversation.lead}",
        wanted=[WANTED],
        by=by,
        now=now(),
    )
    planned = plan.make(chosen=[conversation.pk], cases=[case])
    replay = Replay.objects.create(
        version=draft,
        digest=replays.digest_of(draft.content),
        content=draft.content,
        engine="guided",
        state=Replay.State.FAILED,
        chosen=plan.dump(planned),
        total=1,
        done=1,
        created_by=by,
        created_at=now() - timedelta(minutes=2),
        finished_at=now(),
    )
    make_turn(replay, conversation, case)
    return replay


def make_again(run: AgentRun, version: PlaybookVersion, by: User) -> Replay:
    """A turn that was decided again."""
    replay = again.begin(run=run, version=version, by=by, now=now())
    make_turn(replay, Conversation.objects.get(pk=run.conversation_id))
    Replay.objects.filter(pk=replay.pk).update(state=Replay.State.PASSED, done=1)
    return replay


def make_turn(
    replay: Replay,
    conversation: Conversation,
    case: ReplayCase | None = None,
    position: int = 1,
) -> ReplayTurn:
    before = Side(
        said=(Said("Depende de tu recibo, ¿cuánto pagas más o menos al bimestre?"),),
        facts={"name": "Marta"},
        score=10,
        temperature="cold",
    )
    after = Side(
        said=(Said("Depende de tu recibo. ¿Cuánto pagas de luz?", ("Menos de $1,000", "Más")),),
        facts={"name": "Marta", "need": "home"},
        score=20,
        temperature="cold",
        slots=(now(),),
        engine="guided",
    )
    failures = [Failure(WANTED.kind, str(case.pk), case.title, WANTED)] if case else []
    return ReplayTurn.objects.create(
        replay=replay,
        case=case,
        conversation_id=conversation.pk,
        position=position,
        said=[{"text": f"¿Cuánto cuesta? {conversation.lead}", "kind": "text"}],
        before=sides.dump(before),
        after=sides.dump(after) | {"line": {}},
        failures=expectations.dump_failures(failures),
        created_at=now(),
    )
