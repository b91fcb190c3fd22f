"""The worker's life: run the queue, and outlive a database that goes away and comes back."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from typing import ParamSpec, TypeVar

import procrastinate
import psycopg
import psycopg_pool
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.jobs import Status

from leadbot import job_log
from leadbot.queue_connector import SharedConnector

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TASKS = ("conversations.tasks", "agent.tasks")
# Turns may wait for a model, files take minutes; sends and sweeps must not wait.
LANES = {"turns": 3, "default": 2, "files": 2}
CONCURRENCY = sum(LANES.values())
# A job that waits for a model keeps its connection, one that moves a file gives it back meanwhile;
# one more for the periodic jobs' deferrer.
DJANGO_CONNECTIONS = LANES["turns"] + LANES["default"] + 1
# Short queries only. Where connections are counted one will do; elsewhere lanes need not queue.
QUEUE_CONNECTIONS, POOLED_QUEUE_CONNECTIONS = len(LANES) + 1, 1
LISTENING_CONNECTIONS = 1
# What docs/configuration.md adds up with those of the web.
POOLED_CONNECTIONS = DJANGO_CONNECTIONS + POOLED_QUEUE_CONNECTIONS + LISTENING_CONNECTIONS
STALLED_SECONDS = 30.0
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0)
OUTAGES = (
    procrastinate.exceptions.ConnectorException,
    psycopg.OperationalError,
    psycopg_pool.PoolTimeout,
    OSError,
)


def run_until_told_to_stop() -> None:
    """Work until SIGTERM or SIGINT, then finish what runs."""
    for name in TASKS:
        import_module(name)
    _fit_pool()
    asyncio.run(_run())


def _fit_pool() -> None:
    """Give the pool what the jobs can use at once, whatever the web processes have."""
    if pool := _pool_options():
        pool["max_size"] = DJANGO_CONNECTIONS


def _pool_options() -> dict[str, float]:
    """Give the options of Django's pool; empty without one."""
    options: dict[str, float] = connections["default"].settings_dict["OPTIONS"].get("pool", {})
    return options


class JobThreads(ThreadPoolExecutor):
    """Threads that keep no pooled connection once their job is over: there are more of them."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it, and give back what it took."""

        def run() -> T:
            try:
                return fn(*args, **kwargs)
            finally:
                close_old_connections()

        return super().submit(run)


async def _run() -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Set by hand: a shell that starts a job in the background has SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    # Jobs, and two threads to spare: name look-ups wait in the same pool.
    loop.set_default_executor(JobThreads(CONCURRENCY + 2, thread_name_prefix="job"))
    failures = 0
    while not stopping.is_set():
        started = loop.time()
        try:
            await _work(stopping)
        except OUTAGES as error:
            logger.warning("database connection lost: %s", type(error).__name__)
        failures = 0 if loop.time() - started > 30 else failures + 1
        await _pause(stopping, BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS)) - 1])


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


async def _work(stopping: asyncio.Event) -> None:
    """Run one worker until it fails by itself or is told to stop."""
    connector = SharedConnector(
        lanes=len(LANES),
        kwargs=connector_params(),
        min_size=1,
        max_size=POOLED_QUEUE_CONNECTIONS if _pool_options() else QUEUE_CONNECTIONS,
        timeout=10,
    )
    # A second app over the same tasks: what a task defers still joins Django's transaction,
    # which `replace_connector` would end.
    worker_app = app.with_connector(connector)
    # Periodic jobs are deferred over Django's connection, which nobody else would renew.
    await sync_to_async(connections.close_all, thread_sensitive=True)()
    async with worker_app.open_async():
        house = asyncio.create_task(_keep_house(worker_app))
        lanes = [asyncio.create_task(_lane(worker_app, name)) for name in LANES]
        stop = asyncio.create_task(stopping.wait())
        await asyncio.wait({*lanes, stop, house}, return_when=asyncio.FIRST_COMPLETED)
        # Cancelling asks the workers to finish their jobs and take their names off the list.
        for task in (stop, house, *lanes):
            task.cancel()
        ended = await asyncio.gather(*lanes, house, return_exceptions=True)
    if not stopping.is_set():
        _raise_first(ended)


async def _lane(worker_app: procrastinate.App, name: str) -> None:
    await worker_app.run_worker_async(
        queues=[name],
        name=name,
        concurrency=LANES[name],
        # Nobody notifies of a job whose time has come: this is what a lead waits on top of the pause.
        fetch_job_polling_interval=0.25,
        abort_job_polling_interval=5.0,
        listen_notify=True,
        update_heartbeat_interval=10.0,
        stalled_worker_timeout=STALLED_SECONDS,
        shutdown_graceful_timeout=20.0,
        delete_jobs="successful",
        install_signal_handlers=False,
        worker_middleware=[job_log.name_lines],
    )


def _raise_first(ended: Iterable[object]) -> None:
    for outcome in ended:
        if isinstance(outcome, Exception):
            raise outcome


async def _keep_house(worker_app: procrastinate.App) -> None:
    while True:
        await _drop_stalled_jobs(worker_app)
        await asyncio.sleep(60)


async def _drop_stalled_jobs(worker_app: procrastinate.App) -> None:
    """Forget the jobs of killed workers: rows are the truth, and the sweeper reads those."""
    manager = worker_app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        logger.warning("dropped a stalled job of %s", job.task_name)
