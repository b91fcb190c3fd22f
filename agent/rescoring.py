"""All leads' scores after the rules changed: in batches, each lead under its own lock.

How far it came is a row, so whoever goes on after a crash begins there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from agent import rating
from agent.context import known_facts
from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.schema import Playbook, parse_playbook
from conversations import queue
from conversations.models import Lead
from integrations.models import ChannelState

BATCH = 200
# Its row says for which version the leads are rated, and up to which lead.
CHANNEL = "rescoring"
NOBODY = UUID(int=0)
EVERYBODY = UUID(int=2**128 - 1)


@dataclass(frozen=True)
class Progress:
    """How many leads have been rated by the rules in force."""

    done: int
    total: int

    @property
    def finished(self) -> bool:
        """Whether nobody is left."""
        return self.done >= self.total


def rescore_batch(*, now: datetime) -> bool:
    """Rate the next leads by the rules in force; tells whether others are left."""
    version = store.in_force()
    if version is None:
        return False
    after = _reached(version)
    if after == EVERYBODY:
        return False
    playbook = parse_playbook(version.content)
    ids = list(
        Lead.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
    )
    for lead_id in ids:
        if not _rescore(lead_id, version, playbook):
            return True
    _note(version, after, ids[-1] if len(ids) == BATCH else EVERYBODY, now)
    return len(ids) == BATCH


def is_due() -> bool:
    """Whether leads are left that the rules in force have not rated. Two queries."""
    version = store.in_force()
    return version is not None and _reached(version) != EVERYBODY


def hint_if_due() -> None:
    """A hint may be lost with the worker that held it."""
    if is_due():
        queue.hint_rescoring()


def progress(version: PlaybookVersion) -> Progress:
    """How far it came for this version, which is in force. Two queries."""
    reached = _reached(version)
    counted = Lead.objects.aggregate(total=Count("pk"), done=Count("pk", filter=Q(pk__lte=reached)))
    return Progress(done=counted["done"], total=counted["total"])


def _rescore(lead_id: UUID, version: PlaybookVersion, playbook: Playbook) -> bool:
    """Whether these are still the rules in force, asked under the lead's lock."""
    with transaction.atomic():
        lead = Lead.objects.select_for_update().filter(pk=lead_id).first()
        if not _holds(version):
            return False
        if lead is not None:
            rating.rescore(lead_id=lead_id, playbook=playbook, facts=known_facts(lead))
    return True


def _holds(version: PlaybookVersion) -> bool:
    state = PlaybookVersion.State.PUBLISHED
    return PlaybookVersion.objects.filter(pk=version.pk, state=state).exists()


def _reached(version: PlaybookVersion) -> UUID:
    row = ChannelState.objects.filter(channel=CHANNEL).values_list("reason", flat=True).first()
    number, _space, lead_id = (row or "").partition(" ")
    return UUID(lead_id) if number == str(version.pk) else NOBODY


def _note(version: PlaybookVersion, before: UUID, reached: UUID, now: datetime) -> None:
    """Unless somebody else went on meanwhile: then their word stands."""
    ChannelState.objects.get_or_create(channel=CHANNEL)
    with transaction.atomic():
        row = ChannelState.objects.select_for_update().get(channel=CHANNEL)
        if _holds(version) and _reached(version) == before:
            row.reason = f"{version.pk} {reached}"
            row.asked_at = now
            row.save(update_fields=["reason", "asked_at", "updated_at"])
