"""Every log line of a job names it, the one that tells how it ended included."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from io import StringIO

import procrastinate
import pytest
from procrastinate.contrib.django.utils import connector_params

from leadbot import worker
from leadbot.logging import CorrelationFilter, Formatter
from leadbot.queue_connector import SharedConnector

pytestmark = pytest.mark.django_db(transaction=True)
CONVERSATION = "018f3c2a-1234-7000-8000-123456789012"


@pytest.fixture
def written() -> Iterator[StringIO]:
    """What the process would write to stderr."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Formatter())
    handler.addFilter(CorrelationFilter())
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def test_each_line_names_its_own_job(written: StringIO) -> None:
    asyncio.run(asyncio.wait_for(work(written), 20))
    lines = [json.loads(text) for text in written.getvalue().splitlines()]
    inside, outcome, other = (
        next(line for line in lines if found in line["message"])
        for found in ("sending", "ended with status: Error", "sweeping")
    )
    for line in (inside, outcome):
        assert line["task"] == "tests.send"
        assert line["conversation_id"] == CONVERSATION
    assert inside["job_id"] == outcome["job_id"]
    assert other["task"] == "tests.sweep"
    assert other["job_id"] not in ("", inside["job_id"])
    assert "conversation_id" not in other


async def work(written: StringIO) -> None:
    """Run two jobs in one lane, the first of which fails, then stop."""
    app = procrastinate.App(
        connector=SharedConnector(lanes=1, kwargs=connector_params(), min_size=1, max_size=2)
    )
    logger = logging.getLogger("tests.job_log")
    logger.setLevel(logging.INFO)

    @app.task(name="tests.send")
    def send(conversation_id: str) -> None:
        logger.info("sending")
        raise ValueError(conversation_id)

    @app.task(name="tests.sweep")
    def sweep() -> None:
        logger.info("sweeping")

    async with app.open_async():
        await send.defer_async(conversation_id=CONVERSATION)
        await sweep.defer_async()
        lane = asyncio.create_task(worker._lane(app, "default"))
        while not all(words in written.getvalue() for words in ("sweeping", "ended with")):
            assert not lane.done()
            await asyncio.sleep(0.01)
        lane.cancel()
        await asyncio.gather(lane, return_exceptions=True)
