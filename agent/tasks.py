"""Jobs of the agent."""

from __future__ import annotations

from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from agent import follow_ups, host_news, meeting_news, rescoring, runner
from agent.replay import carry, replays
from agent.spending import purses
from agent.wiring import rehearsal, tools
from conversations import queue
from conversations.tasks import deliver
from integrations import registry


@app.task(name=queue.ANSWER, queue=queue.QUEUES[queue.ANSWER])
def answer(conversation_id: str) -> None:
    """Answer what waits in one conversation."""
    close_old_connections()
    if runner.answer(conversation_id=UUID(conversation_id), tools=tools()):
        # Nobody hinted at it: a lead need not wait for another job, and the sweeper finds it
        # should we die here.
        deliver(conversation_id)


@app.periodic(cron="* * * * * */15")
@app.task(name="agent.settle_meetings", queueing_lock="agent.settle_meetings")
def settle_meetings(timestamp: int) -> None:  # noqa: ARG001
    """Let holds go, ask the calendar again, and tell leads how it ended."""
    close_old_connections()
    meeting_news.settle(calendar=registry.calendar(), now=timezone.now())


@app.task(name=queue.CHECK_MEETINGS)
def check_meetings() -> None:
    """Read the events that are due: a calendar said that something changed."""
    close_old_connections()
    host_news.check(calendar=registry.calendar(), clock=timezone.now)


@app.periodic(cron="* * * * * */20")
@app.task(name="agent.reconcile_meetings", queueing_lock="agent.reconcile_meetings")
def reconcile_meetings(timestamp: int) -> None:  # noqa: ARG001
    """The same on a timer: no calendar needs to say anything."""
    check_meetings()


@app.periodic(cron="* * * * *")
@app.task(name="agent.settle_lost_calls", queueing_lock="agent.settle_lost_calls")
def settle_lost_calls(timestamp: int) -> None:  # noqa: ARG001
    """Book what turns that died had put aside for a call of the model."""
    close_old_connections()
    purses.settle_lost(now=timezone.now())


@app.task(name=queue.RESCORE)
def rescore() -> None:
    """Rate the next leads by rules that changed, and come back for the others."""
    close_old_connections()
    if rescoring.rescore_batch(now=timezone.now()):
        queue.hint_rescoring()


@app.periodic(cron="* * * * *")
@app.task(name="agent.watch_rescoring", queueing_lock="agent.watch_rescoring")
def watch_rescoring(timestamp: int) -> None:  # noqa: ARG001
    """Go on with a rescoring whose hint was lost."""
    close_old_connections()
    rescoring.hint_if_due()


@app.periodic(cron="* * * * * */30")
@app.task(name="agent.follow_up", queueing_lock="agent.follow_up")
def follow_up(timestamp: int) -> None:  # noqa: ARG001
    """Nudge the silent and remind of meetings, as far as it is time."""
    close_old_connections()
    follow_ups.run(clock=timezone.now, calendar=registry.calendar())


@app.periodic(cron="*/10 * * * *")
@app.task(name="agent.look_back", queueing_lock="agent.look_back")
def look_back(timestamp: int) -> None:  # noqa: ARG001
    """Drop and plan nudges where the rounds do not look."""
    close_old_connections()
    follow_ups.look_back(now=timezone.now())


@app.task(name=queue.REPLAY, queue=queue.QUEUES[queue.REPLAY])
def replay(replay_id: str) -> None:
    """Play the next turns of a replay."""
    close_old_connections()
    carry.go_on(replay_id=UUID(replay_id), stage=rehearsal(), clock=timezone.now)


@app.periodic(cron="* * * * *")
@app.task(name="agent.watch_replays", queueing_lock="agent.watch_replays")
def watch_replays(timestamp: int) -> None:  # noqa: ARG001
    """Go on with replays whose hint was lost or whose worker died."""
    close_old_connections()
    replays.hint_stranded(now=timezone.now())
