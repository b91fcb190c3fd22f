"""The log lines of a job say which job, which task and what it is about."""

from __future__ import annotations

from typing import Any

from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from integrations import logcontext


async def name_lines(call_next: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
    """Name them for good: the worker logs how a job ended in the same context, later on."""
    job = context.job
    about = {name: value for name, value in job.task_kwargs.items() if name in logcontext.IDS}
    logcontext.keep(**about, job_id=job.id, task=job.task_name)
    return await call_next()
