"""The worker as a process: jobs run, join transactions, and those of the dead are dropped."""

from __future__ import annotations

import asyncio

import procrastinate
import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from procrastinate import JobContext
from procrastinate.connector import Notify
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Job

from conversations import tasks
from leadbot import worker
from leadbot.queue_connector import SharedConnector

pytestmark = pytest.mark.django_db(transaction=True)


def count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def insert_job(status: str, heartbeat: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - %s::interval) RETURNING id)"
            " INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, status, priority, args, attempts, worker_id)"
            " SELECT 'default', 'x', %s::procrastinate_job_status, 0, '{}', 1, id FROM dead",
            [heartbeat, status],
        )


def test_jobs_of_dead_workers_are_dropped_and_those_of_the_living_kept() -> None:
    insert_job("doing", "10 minutes")
    insert_job("doing", "1 second")
    insert_job("succeeded", "10 minutes")

    async def drop() -> None:
        connector = procrastinate.PsycopgConnector(kwargs=connector_params(), min_size=1)
        worker_app = app.with_connector(connector)
        async with worker_app.open_async():
            await worker._drop_stalled_jobs(worker_app)

    async_to_sync(drop)()
    assert count("SELECT count(*) FROM procrastinate_jobs") == 2
    assert count("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 1


def test_failed_jobs_are_forgotten_after_30_days() -> None:
    for ended in ("31 days", "29 days"):
        insert_job("failed", "1 second")
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO procrastinate_events (job_id, type, at)"
                " SELECT max(id), 'failed', now() - %s::interval FROM procrastinate_jobs",
                [ended],
            )

    async def forget() -> None:
        connector = procrastinate.PsycopgConnector(kwargs=connector_params(), min_size=1)
        async with app.with_connector(connector).open_async() as worker_app:
            job = Job(
                id=1, queue="default", lock=None, queueing_lock=None, task_name="x", task_kwargs={}
            )
            context = JobContext(
                app=worker_app, job=job, start_timestamp=0, abort_reason=lambda: None
            )
            await tasks.forget_jobs(context, 0)

    async_to_sync(forget)()
    left = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"
    assert count(left) == 1


def test_what_a_task_defers_joins_its_transaction() -> None:
    """The worker's own connector must not take over the app that tasks defer through."""

    async def defer_and_roll_back() -> None:
        connector = procrastinate.PsycopgConnector(kwargs=connector_params(), min_size=1)
        async with app.with_connector(connector).open_async():
            await asyncio.to_thread(in_a_task)

    def in_a_task() -> None:
        try:
            with transaction.atomic():
                app.configure_task("some.task").defer()
                transaction.set_rollback(True)
        finally:
            connection.close()

    asyncio.run(defer_and_roll_back())
    assert count("SELECT count(*) FROM procrastinate_jobs") == 0
    app.configure_task("some.task").defer()
    assert count("SELECT count(*) FROM procrastinate_jobs") == 1


def test_all_lanes_hear_over_one_connection() -> None:
    heard: list[str] = []

    async def listen() -> None:
        connector = SharedConnector(lanes=2, kwargs=connector_params(), min_size=1, max_size=1)
        async with app.with_connector(connector).open_async():
            lanes = [
                asyncio.create_task(connector.listen_notify(ear(name), [name]))
                for name in ("turns", "default")
            ]
            while await asyncio.to_thread(connections_that_listen) == 0:
                assert not any(lane.done() for lane in lanes)
            for name in ("default", "turns", "default"):
                await connector.execute_query_async("SELECT pg_notify(%(to)s, '{}')", to=name)
            while len(heard) < 3:
                await asyncio.sleep(0.01)
            assert await asyncio.to_thread(connections_that_listen) == 1
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    def ear(name: str) -> Notify:
        async def hear(*, channel: str, payload: str) -> None:
            assert (channel, payload) == (name, "{}")
            heard.append(name)

        return hear

    asyncio.run(asyncio.wait_for(listen(), 20))
    assert heard == ["default", "turns", "default"]


def connections_that_listen() -> int:
    try:
        return count(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
    finally:
        connection.close()


def test_where_connections_are_counted_the_worker_fits_its_pool(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = connection.settings_dict["OPTIONS"]
    for given in (1, 40):
        monkeypatch.setitem(options, "pool", {"min_size": 0, "max_size": given})
        worker._fit_pool()
        assert options["pool"]["max_size"] == worker.DJANGO_CONNECTIONS
    monkeypatch.delitem(options, "pool")
    worker._fit_pool()
    assert "pool" not in options
