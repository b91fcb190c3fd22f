"""Jobs of the CRM. Each is a hint: running it twice, or never, changes nothing for good."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from conversations import queue
from conversations.services import (
    calendar_watches,
    deliveries,
    delivery,
    idempotency,
    mailbox_health,
    media,
    meeting_briefs,
    meeting_offers,
    notice_words,
    notices,
    outbound_files,
    receipts,
    sweeping,
    templates,
)
from integrations import registry
from integrations.messaging import TemplateSourceError


@app.task(name=queue.DELIVER)
def deliver(conversation_id: str) -> None:
    """Send what waits in one conversation, up to the first file."""
    _deliver(conversation_id, uploads=False)


@app.task(name=queue.DELIVER_FILE, queue=queue.QUEUES[queue.DELIVER_FILE])
def deliver_file(conversation_id: str) -> None:
    """Send what waits in one conversation, files too."""
    _deliver(conversation_id, uploads=True)


def _deliver(conversation_id: str, *, uploads: bool) -> None:
    close_old_connections()
    delivery.deliver(
        conversation_id=UUID(conversation_id),
        channel=registry.channel(),
        grace=timedelta(seconds=settings.UNKNOWN_GRACE_SECONDS),
        clock=timezone.now,
        uploads=uploads,
    )


@app.task(name=queue.FETCH_MEDIA, queue=queue.QUEUES[queue.FETCH_MEDIA])
def fetch_media(attachment_id: str) -> None:
    """Fetch one file that a lead sent."""
    close_old_connections()
    media.fetch(
        attachment_id=UUID(attachment_id),
        source=registry.media(),
        transcriber=registry.transcriber(),
        clock=timezone.now,
    )


@app.task(name=queue.NOTICES, queue=queue.QUEUES[queue.NOTICES])
def send_notices() -> None:
    """Tell colleagues of leads that wait for a person."""
    close_old_connections()
    couriers = notices.Couriers(
        mail=notice_words.send_mail if settings.EMAIL_HOST else None, webhook=registry.announcer()
    )
    notices.send_due(couriers=couriers, clock=timezone.now)


@app.task(name=queue.SYNC_TEMPLATES)
def sync_templates() -> None:
    """Copy the message templates from WhatsApp; what went wrong is noted for their page."""
    close_old_connections()
    with suppress(TemplateSourceError):
        templates.sync(source=registry.templates(), now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="conversations.watch_templates", queueing_lock="conversations.watch_templates")
def watch_templates(timestamp: int) -> None:  # noqa: ARG001
    """Copy the templates when a day has passed, and soon after the first start."""
    close_old_connections()
    if templates.is_due(now=timezone.now()):
        queue.hint_templates()


@app.periodic(cron="* * * * * */30")
@app.task(name="conversations.refresh_briefs", queueing_lock="conversations.refresh_briefs")
def refresh_briefs(timestamp: int) -> None:  # noqa: ARG001
    """What salespeople read of a lead in their calendar follows what the lead says."""
    close_old_connections()
    meeting_briefs.refresh(calendar=registry.calendar(), clock=timezone.now)


@app.periodic(cron="*/10 * * * *")
@app.task(name="conversations.refresh_all_briefs", queueing_lock="conversations.refresh_all_briefs")
def refresh_all_briefs(timestamp: int) -> None:  # noqa: ARG001
    """The same for those that an earlier round could not write, or that other names changed."""
    close_old_connections()
    meeting_briefs.refresh(calendar=registry.calendar(), clock=timezone.now, everything=True)


@app.periodic(cron="* * * * *")
@app.task(name="conversations.check_mailboxes", queueing_lock="conversations.check_mailboxes")
def check_mailboxes(timestamp: int) -> None:  # noqa: ARG001
    """Ask again for the mailboxes that could not be read."""
    close_old_connections()
    mailbox_health.check_due(calendar=registry.calendar(), now=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(name="conversations.keep_watches", queueing_lock="conversations.keep_watches")
def keep_watches(timestamp: int) -> None:  # noqa: ARG001
    """Ask the calendar to tell of changes, and renew what runs out."""
    close_old_connections()
    if (watcher := registry.calendar_watcher()) is not None:
        calendar_watches.keep(
            watcher=watcher, notify_url=calendar_watches.notify_url(), clock=timezone.now
        )


@app.periodic(cron="* * * * * */10")
@app.task(name="conversations.sweep", queueing_lock="conversations.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001
    """Find work whose hint was lost."""
    close_old_connections()
    sweeping.sweep(now=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="conversations.prune", queueing_lock="conversations.prune")
def prune(timestamp: int) -> None:  # noqa: ARG001
    """Drop what is kept for a time only; each service knows for how long."""
    close_old_connections()
    for service in (deliveries, idempotency, meeting_offers, outbound_files, receipts):
        service.prune(now=timezone.now())


@app.periodic(cron="27 3 * * *")
@app.task(
    name="conversations.forget_jobs", queueing_lock="conversations.forget_jobs", pass_context=True
)
async def forget_jobs(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Drop jobs that failed 30 days ago; those that succeeded are dropped at once."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=30 * 24, include_failed=True, include_aborted=True
    )
