"""Which playbook is in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from agent.models import PlaybookVersion
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook

States = PlaybookVersion.State


def published(*, now: datetime) -> PlaybookVersion:
    """The published version; a new installation gets the default one."""
    version = PlaybookVersion.objects.filter(state=States.PUBLISHED).first()
    if version is not None:
        return version
    version, _created = PlaybookVersion.objects.get_or_create(
        state=States.PUBLISHED,
        defaults={
            "number": _next_number(),
            "content": DEFAULT_PLAYBOOK,
            "published_at": now,
            "created_at": now,
        },
    )
    return version


@transaction.atomic
def publish(*, content: Any, now: datetime) -> PlaybookVersion:
    """Make this the playbook of every turn that starts from now on.

    Raises pydantic.ValidationError naming each wrong field; then the old one stays.
    """
    parse_playbook(content)
    PlaybookVersion.objects.select_for_update().filter(state=States.PUBLISHED).update(
        state=States.RETIRED
    )
    return PlaybookVersion.objects.create(
        number=_next_number(),
        state=States.PUBLISHED,
        content=content,
        published_at=now,
        created_at=now,
    )


def _next_number() -> int:
    last = PlaybookVersion.objects.aggregate(last=Max("number"))["last"]
    return (last or 0) + 1
