"""Which playbook is in force."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max

from agent.models import PlaybookVersion
from agent.playbook.defaults import DEFAULT_PLAYBOOK


def published(*, now: datetime) -> PlaybookVersion:
    """The published version; a new installation gets the default one."""
    version = PlaybookVersion.objects.filter(state=PlaybookVersion.State.PUBLISHED).first()
    return version or _publish_default(now)


def _publish_default(now: datetime) -> PlaybookVersion:
    last = PlaybookVersion.objects.aggregate(last=Max("number"))["last"] or 0
    version, _created = PlaybookVersion.objects.get_or_create(
        state=PlaybookVersion.State.PUBLISHED,
        defaults={
            "number": last + 1,
            "content": DEFAULT_PLAYBOOK,
            "published_at": now,
            "created_at": now,
        },
    )
    return version
