"""Message templates as WhatsApp holds them: copied once a day, on demand, and told by webhooks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from conversations import queue
from conversations.models import MessageTemplate
from integrations.messaging import (
    TemplateChange,
    TemplateInfo,
    TemplateSource,
    TemplateSourceError,
    TemplateStatus,
)
from integrations.models import ChannelState

logger = logging.getLogger(__name__)

# Its row tells when the templates were last asked for, and why they did not come.
CHANNEL = "templates"
EVERY = timedelta(hours=24)
# After the first failure, then four times as long with each one, at most LONGEST.
AGAIN = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
# Whoever writes templates; taken last of all locks, and only for that.
LOCK = 7_201_326_455
Key = tuple[str, str]
COPIED = (
    "provider_template_id",
    "category",
    "status",
    "quality",
    "reason",
    "components",
    "named_parameters",
    "synced_at",
)


@dataclass(frozen=True)
class LastSync:
    """When the templates were last asked for, and what went wrong, if anything did."""

    at: datetime
    problem: str = ""
    failures: int = 0


def last_sync() -> LastSync | None:
    """None: never yet. One query."""
    row = ChannelState.objects.filter(channel=CHANNEL).first()
    return LastSync(row.updated_at, row.reason, row.failures) if row else None


def is_due(*, now: datetime) -> bool:
    """Whether it is time to ask again: once a day, or soon after it failed."""
    last = last_sync()
    if last is None:
        return True
    again = min(AGAIN * 4.0 ** min(last.failures - 1, 3), LONGEST) if last.failures else EVERY
    return last.at + again <= now


def sync(*, source: TemplateSource, now: datetime) -> int:
    """Copy all templates, and say how many there are; raises TemplateSourceError.

    `now` is from before they were asked for: a webhook that came meanwhile knows better what is
    new, and of two syncs at once the one that asked last, whichever ends first. Costs the same
    number of queries for any number of templates.
    """
    try:
        found = source.templates()
    except TemplateSourceError as error:
        _note(problem=str(error), asked_at=now)
        logger.warning("templates could not be read: %s", error)
        raise
    _copy(found, now=now)
    return len(found)


@transaction.atomic
def _copy(found: Sequence[TemplateInfo], *, now: datetime) -> None:
    if _note(problem="", asked_at=now):
        MessageTemplate.objects.bulk_create(
            [_row(info, now) for info in found],
            update_conflicts=True,
            unique_fields=["name", "language"],
            update_fields=COPIED,
        )
        gone = MessageTemplate.objects.filter(synced_at__lt=now)
        gone.exclude(status=MessageTemplate.Status.DELETED).update(
            status=MessageTemplate.Status.DELETED, synced_at=now
        )


def apply_changes(changes: Sequence[TemplateChange], *, now: datetime) -> None:
    """Heed what webhooks say, in their order; then the list is read anew, which is the truth.

    Webhooks come in any order, and a template that is new to us has no text in them. Needs a
    transaction in which nothing is locked afterwards. Four queries, however many changes.
    """
    if not changes:
        return
    said = _by_template(changes)
    _lock()
    MessageTemplate.objects.bulk_create([_unknown(key, now) for key in said], ignore_conflicts=True)
    rows = MessageTemplate.objects.filter(name__in={name for name, _language in said})
    changed = [row for row in rows if (row.name, row.language) in said]
    for row in changed:
        for change in said[row.name, row.language]:
            _change(row, change)
    MessageTemplate.objects.bulk_update(
        changed, ["provider_template_id", "status", "category", "quality", "reason"]
    )
    queue.hint_templates()


def _by_template(changes: Iterable[TemplateChange]) -> dict[Key, list[TemplateChange]]:
    said: dict[Key, list[TemplateChange]] = {}
    for change in changes:
        said.setdefault((change.name, change.language), []).append(change)
    return said


def _change(row: MessageTemplate, change: TemplateChange) -> None:
    row.provider_template_id = change.provider_template_id or row.provider_template_id
    row.category = change.category or row.category
    row.quality = change.quality or row.quality
    if change.status is not None:
        row.status, row.reason = change.status, change.reason


def _unknown(key: Key, now: datetime) -> MessageTemplate:
    name, language = key
    return MessageTemplate(
        name=name, language=language, status=MessageTemplate.Status.OTHER, synced_at=now
    )


def _row(info: TemplateInfo, now: datetime) -> MessageTemplate:
    return MessageTemplate(
        provider_template_id=info.provider_template_id,
        name=info.name,
        language=info.language,
        category=info.category,
        status=STATUSES[info.status],
        quality=info.quality,
        reason=info.reason,
        components=list(info.components),
        named_parameters=info.named_parameters,
        synced_at=now,
    )


STATUSES = {status: MessageTemplate.Status(status.value) for status in TemplateStatus}


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def _note(*, problem: str, asked_at: datetime) -> bool:
    """Write down how it went; False: what is here was asked for later."""
    _lock()
    state = ChannelState.objects.filter(channel=CHANNEL).first() or ChannelState(channel=CHANNEL)
    if state.asked_at is not None and state.asked_at > asked_at:
        return False
    state.reason = problem[:300]
    if problem:
        state.failures = state.failures + 1
    else:
        state.failures, state.asked_at = 0, asked_at
    state.save()
    return True
