"""The turns of a past conversation, rebuilt from its runs, or from its messages where none ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from uuid import UUID

from django.db.models import QuerySet

from agent import context
from agent.models import AgentRun
from agent.playbook.schema import Playbook
from agent.replay import bursts, then
from agent.replay.sides import Side
from agent.replay.turns import Past, PastTurn
from agent.turn import KnownFact
from conversations.models import Author, Conversation, Fact, Message
from conversations.services.visibility import with_merged


def rebuild(*, conversation_id: UUID, up_to: int, playbook: Playbook) -> Past:
    """Every turn up to that message; the contexts are given the playbook that is tried."""
    conversation = _conversation(conversation_id)
    if conversation is None:
        return Past()
    rows = conversation.messages.filter(number__lte=up_to).order_by("number")
    messages = list(rows.prefetch_related("attachments"))
    runs = _runs(conversation, messages)
    turns = _of_runs(runs, messages, playbook)
    if not turns:
        turns = bursts.turns(conversation, messages, playbook)
    turns = sorted([*turns, *_consents(messages, turns)], key=lambda turn: turn.number)
    return Past(tuple(_corrected(conversation, turns)), tuple(runs), conversation.pk)


def of_run(*, run_id: UUID, playbook: Playbook) -> Past:
    """One turn alone, as it was; none once what it saw is gone."""
    run = _with_rows(AgentRun.objects.filter(pk=run_id)).first()
    if run is None:
        return Past()
    seen = context.load(run.context, playbook)
    before = then.side_of(run, seen) if run.decision else Side(is_known=False)
    conversation = _conversation(run.conversation_id)
    turn = PastTurn(0, seen.now, seen.inbound, before, seen)
    return Past((turn,), (run,), conversation.pk if conversation else None)


def _conversation(conversation_id: UUID) -> Conversation | None:
    """It, or the one in which it lives on since its lead was merged."""
    rows = Conversation.objects.select_related("lead")
    found = rows.filter(pk=conversation_id).first()
    if found is None or found.lead.merged_into_id is None:
        return found
    return rows.filter(lead=found.lead.merged_into_id).first()


def _runs(conversation: Conversation, messages: Sequence[Message]) -> list[AgentRun]:
    own = with_merged(Conversation.objects.filter(pk=conversation.pk))
    rows = AgentRun.objects.filter(
        conversation_id__in=own.values("pk"),
        state=AgentRun.State.DONE,
        trigger_message_id__in=[message.pk for message in messages],
    )
    return list(_with_rows(rows).order_by("created_at"))


def _with_rows(runs: QuerySet[AgentRun]) -> QuerySet[AgentRun]:
    found = runs.exclude(context={}).select_related("playbook_version")
    return found.prefetch_related("effects", "steps")


def _of_runs(
    runs: Sequence[AgentRun], messages: Sequence[Message], playbook: Playbook
) -> list[PastTurn]:
    numbers = {message.pk: message.number for message in messages}
    by_staff = [message.number for message in messages if message.author == Author.STAFF]
    turns: list[PastTurn] = []
    for run in runs:
        seen = context.load(run.context, playbook)
        number = numbers[run.trigger_message_id]
        last = turns[-1] if turns else None
        goes_on = last and not last.before.handed_off
        if last and any(last.number < each < number for each in by_staff):
            goes_on = False
        anchor = None if goes_on else seen
        turns.append(PastTurn(number, seen.now, seen.inbound, then.side_of(run, seen), anchor))
    return turns


def _consents(messages: Sequence[Message], turns: Sequence[PastTurn]) -> Iterator[PastTurn]:
    """Words by which the lead stopped and resumed: no engine is asked about those."""
    answered = {each.message_id for turn in turns for each in turn.inbound}
    for message in messages:
        given = bursts.consent(message)
        if given is not None and str(message.pk) not in answered:
            inbound = (context.inbound_text(message),)
            before = then.words_after(messages, message.number)
            yield PastTurn(message.number, message.created_at, inbound, before, consent=given)


def _corrected(conversation: Conversation, turns: Sequence[PastTurn]) -> Iterator[PastTurn]:
    rows = list(
        Fact.objects.filter(lead=conversation.lead, staff__isnull=False).order_by("created_at")
    )
    yield from turns[:1]
    for last, turn in pairwise(turns):
        facts = [row for row in rows if last.at < row.created_at <= turn.at]
        yield replace(turn, corrected=tuple(KnownFact(fact.key, fact.value) for fact in facts))
