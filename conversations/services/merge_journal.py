"""The journal of a merge: which rows moved, and columns as they were before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Model, QuerySet

from conversations.models import (
    OUTBOX,
    ConsentEntry,
    Conversation,
    Fact,
    FactProposal,
    FollowUp,
    Identity,
    Lead,
    Meeting,
    Message,
    SlotOffer,
    Touch,
)
from conversations.services import amendments, facts

Columns = dict[str, Any]
Groups = Sequence[tuple[str, ...]]


class Pair(NamedTuple):
    """A lead and its conversation, both locked."""

    lead: Lead
    conversation: Conversation


# What an edit changes of a message, or a deletion, which also takes its turn.
AMENDED = (("text", "edited_at", "revoked_at"),)

# What follows the lead. Attachments follow their message; runs of the agent, notices and keys of
# the API stay with the conversation in which they were made.
BY_LEAD: tuple[type[Model], ...] = (Identity, Fact, FactProposal, Meeting, ConsentEntry, Touch)
BY_CONVERSATION: tuple[type[Model], ...] = (Message, SlotOffer, FollowUp)


def move_all(source: Pair, target: Pair) -> dict[str, list[Any]]:
    """Everything of one lead goes to the other; returns the ids by table."""
    moved: dict[str, list[Any]] = {}
    for model, column, of, to in _links(source, target):
        rows = model._default_manager.filter(**{column: of})
        moved[model.__name__] = sorted(_plain(pk) for pk in rows.values_list("pk", flat=True))
        rows.update(**{column: to})
    return moved


def move_back(moved: Mapping[str, list[Any]], source: Pair, target: Pair) -> None:
    """What moved and is still with `source` goes to `target`."""
    for model, column, of, to in _links(source, target):
        rows = model._default_manager.filter(pk__in=moved.get(model.__name__, []), **{column: of})
        rows.update(**{column: to})


def _links(source: Pair, target: Pair) -> Iterable[tuple[type[Model], str, UUID, UUID]]:
    for model in BY_LEAD:
        yield model, "lead_id", source.lead.pk, target.lead.pk
    for model in BY_CONVERSATION:
        yield model, "conversation_id", source.conversation.pk, target.conversation.pk


def supersede_doubles(kept: Lead, merged: Lead, *, now: datetime) -> list[str]:
    """Of two current answers to one question the kept lead's holds; returns the other ones.

    Unless staff locked only the merged lead's: what they locked stands.
    """
    current = Fact.objects.filter(superseded_at=None)
    locked = current.filter(lead=merged, locked_at__isnull=False).values_list("key", flat=True)
    yields = current.filter(lead=kept, locked_at=None, key__in=list(locked))
    ids = _superseded(yields, now)
    held = current.filter(lead=kept).values_list("key", flat=True)
    return ids + _superseded(current.filter(lead=merged, key__in=list(held)), now)


def _superseded(rows: QuerySet[Fact], now: datetime) -> list[str]:
    ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
    rows.update(superseded_at=now)
    return ids


def restore_doubles(ids: Sequence[str], kept: Lead, merged: Lead) -> None:
    """The answers that gave way hold again, each where nothing else does by now."""
    for lead in (kept, merged):
        held = Fact.objects.filter(lead=lead, superseded_at=None).values_list("key", flat=True)
        rows = Fact.objects.filter(pk__in=ids, lead=lead).exclude(key__in=list(held))
        rows.update(superseded_at=None)


def locked_columns(kept: Lead, merged: Lead) -> dict[str, str]:
    """What staff locked of the answers that are columns too; the kept lead's first."""
    rows = Fact.objects.filter(lead__in=[kept, merged], superseded_at=None, key__in=facts.COLUMNS)
    locked = rows.filter(locked_at__isnull=False).values_list("lead", "key", "value")
    ordered = sorted(locked, key=lambda row: row[0] == kept.pk)
    return {facts.COLUMNS[key]: str(value)[: facts.COLUMN_LIMIT] for _lead, key, value in ordered}


def outdate_doubles(kept: Lead, merged: Lead) -> list[str]:
    """Of two open proposals for one question the kept lead's holds; returns the other ones."""
    open_ones = FactProposal.objects.filter(state=FactProposal.State.OPEN)
    held = open_ones.filter(lead=kept).values_list("key", flat=True)
    doubles = open_ones.filter(lead=merged, key__in=list(held))
    ids = [str(pk) for pk in doubles.values_list("pk", flat=True)]
    doubles.update(state=FactProposal.State.OUTDATED)
    return ids


def reopen_doubles(ids: Sequence[str], merged: Lead) -> None:
    """Undo `outdate_doubles`."""
    rows = FactProposal.objects.filter(pk__in=ids, lead=merged)
    rows.update(state=FactProposal.State.OPEN)


def put(row: Model, changes: Mapping[str, Any]) -> None:
    """Write these columns of a locked row."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=[row._meta.get_field(name).name for name in changes])


def columns(row: Model, groups: Groups) -> Columns:
    """These columns as JSON holds them."""
    return {name: _plain(getattr(row, name)) for group in groups for name in group}


def put_back(row: Model, before: Columns, after: Columns, groups: Groups) -> None:
    """Restore each group of columns that nobody changed since."""
    present = columns(row, groups)
    untouched = [
        group
        for group in groups
        if all(name in after and present[name] == after[name] for name in group)
    ]
    put(row, {name: _rich(row, name, before[name]) for group in untouched for name in group})


def _rich(row: Model, name: str, value: Any) -> Any:
    field: Any = row._meta.get_field(name)
    return field.to_python(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def settle_amendments(conversation: Conversation, *, now: datetime) -> dict[str, dict[str, Any]]:
    """Apply edits and deletions to what the other lead had; returns what changed."""
    was = {each.pk: each for each in amendments.amended_in(conversation.pk)}
    amendments.settle(was.values(), now=now)
    rows = {
        str(each.pk): {
            "before": columns(was[each.pk], AMENDED),
            "after": columns(each, AMENDED),
            "handled": each.state != was[each.pk].state,
        }
        for each in Message.objects.filter(pk__in=was)
    }
    return {pk: row for pk, row in rows.items() if row["before"] != row["after"]}


def unsettle_amendments(amended: Mapping[str, dict[str, Any]]) -> None:
    """Give messages back what they said, unless more was said about them since."""
    for each in Message.objects.filter(pk__in=amended):
        journal = amended[str(each.pk)]
        put_back(each, journal["before"], journal["after"], AMENDED)


def raise_epochs(*conversations: Conversation) -> None:
    """Turns that run write nothing more; what waits to leave under its epoch still does."""
    old = {conversation.pk: conversation.epoch for conversation in conversations}
    epoch = max(old.values()) + 1
    for conversation in conversations:
        rows = Message.objects.filter(
            conversation=conversation, epoch=old[conversation.pk], state__in=OUTBOX
        )
        rows.update(epoch=epoch)
        conversation.epoch = epoch
        conversation.save(update_fields=["epoch"])


def cut_off_sender(conversation: Conversation) -> None:
    """Whoever sends from here loses the lane: a failure would be noted where nobody looks."""
    conversation.deliver_fence += 1
    conversation.deliver_lease_until = None
    conversation.save(update_fields=["deliver_fence", "deliver_lease_until"])
