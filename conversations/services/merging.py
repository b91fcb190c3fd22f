"""Two leads that are one person: joined by a colleague, and parted again (docs/adr/0014).

Nothing is deleted: the rows move, the journal of the merge says which and what else changed, and
the merged lead stays as an empty row that points to the kept one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from conversations import queue
from conversations.models import (
    OUTBOX,
    ConsentEntry,
    Conversation,
    Direction,
    Lead,
    LeadMerge,
    Meeting,
    Message,
    Mode,
    State,
    User,
)
from conversations.models.meeting import TAKES_TIME
from conversations.services import identities, merge_journal, merge_rules, proposals, scores
from conversations.services.merge_journal import Pair
from conversations.services.merge_rules import CONVERSATION_GROUPS, LEAD_GROUPS

# What is left behind in the merged conversation: nothing to read and nothing to answer.
EMPTY = {"unread_count": 0, "answer_pending_since": None, "answer_due_at": None}
STOPS = {
    "opted_out_at": ConsentEntry.Scope.ALL,
    "marketing_opted_out_at": ConsentEntry.Scope.MARKETING,
}


class MergeError(Exception):
    """These leads cannot be merged, or this merge cannot be undone."""


class AlreadyMergedError(MergeError):
    """One of them lives on in another lead already."""


class BothHaveMeetingsError(MergeError):
    """A lead has at most one meeting ahead: one of the two has to be cancelled first."""


class NotTheNewestError(MergeError):
    """Merges are undone newest first."""


@transaction.atomic
def merge(*, kept_id: UUID, merged_id: UUID, staff: User, now: datetime) -> LeadMerge:
    """Everything of `merged` goes to `kept`. Raises a MergeError."""
    kept, merged = _lock(kept_id, merged_id)
    _refuse_unless_possible(kept.lead, merged.lead)
    journal: dict[str, Any] = {
        "before": _snapshot(kept, merged),
        "last_number": _last(kept, merged),
    }
    merge_journal.raise_epochs(kept.conversation, merged.conversation)
    merge_journal.cut_off_sender(merged.conversation)
    journal["superseded"] = merge_journal.supersede_doubles(kept.lead, merged.lead, now=now)
    journal["outdated"] = merge_journal.outdate_doubles(kept.lead, merged.lead)
    journal["moved"] = merge_journal.move_all(merged, kept)
    journal["handled"] = _join_columns(kept, merged, now)
    amended = merge_journal.settle_amendments(kept.conversation, now=now)
    journal["handled"] += [pk for pk, each in amended.items() if each["handled"]]
    journal["amended"] = amended
    journal["conflicts"] = proposals.settle(kept=kept.lead, merged=merged.lead, now=now)
    followers = Lead.objects.filter(merged_into=merged.lead)
    journal["followers"] = [str(pk) for pk in followers.values_list("pk", flat=True)]
    Lead.objects.filter(Q(pk=merged.lead.pk) | Q(merged_into=merged.lead)).update(
        merged_into=kept.lead
    )
    scores.rescore(lead_id=kept.lead.pk)
    kept.lead.refresh_from_db()
    kept.conversation.refresh_from_db()
    journal["after"] = _snapshot(kept, merged)
    _hint(kept.conversation)
    return LeadMerge.objects.create(
        kept=kept.lead, merged=merged.lead, journal=journal, done_by=staff, done_at=now
    )


@transaction.atomic
def undo(*, merge_id: UUID, staff: User, now: datetime) -> LeadMerge:
    """Put back what the journal names and nobody changed since; what came after stays.

    Raises NotTheNewestError. Undoing twice changes nothing.
    """
    found = LeadMerge.objects.get(pk=merge_id)
    kept, merged = _lock(found.kept_id, found.merged_id)
    found.refresh_from_db()
    if found.undone_at is not None:
        return found
    if kept.lead.merged_into_id or standing(kept.lead).first() != found:
        raise NotTheNewestError
    journal = found.journal
    _settle_what_came_since(kept.conversation, journal)
    merge_journal.raise_epochs(kept.conversation, merged.conversation)
    merge_journal.cut_off_sender(kept.conversation)
    merge_journal.move_back(journal["moved"], kept, merged)
    merge_journal.restore_doubles(journal["superseded"], kept.lead, merged.lead)
    # Journals of earlier releases name neither.
    merge_journal.reopen_doubles(journal.get("outdated", []), merged.lead)
    merge_journal.unsettle_amendments(journal.get("amended", {}))
    for pair, name in ((kept, "kept"), (merged, "merged")):
        _put_back(pair, journal["before"][name], journal["after"][name])
    _keep_stops(kept.lead, merged.lead, journal)
    Lead.objects.filter(pk=merged.lead.pk).update(merged_into=None)
    Lead.objects.filter(pk__in=journal["followers"]).update(merged_into=merged.lead)
    proposals.unsettle(journal["conflicts"])
    _hint(kept.conversation)
    _hint(merged.conversation)
    found.undone_by, found.undone_at = staff, now
    found.save(update_fields=["undone_by", "undone_at"])
    return found


def standing(kept: Lead) -> QuerySet[LeadMerge]:
    """What was merged into this lead and not undone, newest first: the first may be undone."""
    rows = LeadMerge.objects.filter(kept=kept, undone_at=None).select_related("merged", "done_by")
    return rows.order_by("-done_at", "-id")


def have_both_meetings(first: Lead, second: Lead) -> bool:
    """Whether each of them has a meeting ahead, or one that is being booked."""
    ahead = Meeting.objects.filter(lead__in=[first, second], state__in=TAKES_TIME)
    return len(set(ahead.values_list("lead_id", flat=True))) == 2


def _lock(kept_id: UUID, merged_id: UUID) -> tuple[Pair, Pair]:
    """Hold both leads against webhooks, workers and colleagues, in the order of everybody."""
    identities.lock_all_aliases()
    both = [kept_id, merged_id]
    held = Conversation.objects.filter(lead__in=both).order_by("id").select_for_update()
    conversations = {each.lead_id: each for each in held}
    leads = {each.pk: each for each in Lead.objects.filter(pk__in=both).select_for_update()}
    kept, merged = (Pair(leads[each], conversations[each]) for each in both)
    return kept, merged


def _refuse_unless_possible(kept: Lead, merged: Lead) -> None:
    if kept == merged or kept.merged_into_id or merged.merged_into_id:
        raise AlreadyMergedError
    if have_both_meetings(kept, merged):
        raise BothHaveMeetingsError


def _join_columns(kept: Pair, merged: Pair, now: datetime) -> list[str]:
    """Bring both up to date; returns messages that nobody has to answer any more."""
    last = merge_rules.wrote_last(merged.conversation, than=kept.conversation)
    joined_lead = merge_rules.joined_lead(kept.lead, merged.lead, merged_wrote_last=last)
    locked = merge_journal.locked_columns(kept.lead, merged.lead)
    merge_journal.put(kept.lead, joined_lead | locked)
    received = Message.objects.filter(conversation=kept.conversation, state=State.RECEIVED)
    by_bot = {kept.conversation.mode, merged.conversation.mode} == {Mode.BOT.value}
    ours = by_bot and kept.lead.opted_out_at is None
    handled = [] if ours else [str(pk) for pk in received.values_list("pk", flat=True)]
    waiting = ours and received.exists()
    joined = merge_rules.joined_conversation(
        kept.conversation, merged.conversation, waiting=waiting, now=now
    )
    Message.objects.filter(pk__in=handled).update(state=State.HANDLED)
    merge_journal.put(kept.conversation, joined)
    merge_journal.put(merged.conversation, EMPTY)
    return handled


def _settle_what_came_since(conversation: Conversation, journal: dict[str, Any]) -> None:
    """Nobody can say whose words came in since, so no machine answers them.

    What still waits to leave was written to one person and might reach the other one.
    """
    since = Message.objects.filter(conversation=conversation, number__gt=journal["last_number"])
    answered = since.filter(direction=Direction.OUTBOUND).exclude(state=State.CANCELLED).exists()
    since.filter(state=State.QUEUED).update(
        state=State.CANCELLED, error_text="The merge was undone before this left."
    )
    since.filter(state=State.RECEIVED).update(state=State.HANDLED)
    if not answered:
        handled = Message.objects.filter(pk__in=journal["handled"], state=State.HANDLED)
        handled.update(state=State.RECEIVED)


def _keep_stops(kept: Lead, merged: Lead, journal: dict[str, Any]) -> None:
    """Nobody can say which of them said stop since: neither is written to."""
    known = [journal[when]["kept"]["lead"] for when in ("before", "after")]
    for name, present in merge_journal.columns(kept, [merge_rules.OPT_OUTS]).items():
        since = present is not None and present not in [columns[name] for columns in known]
        if since and getattr(merged, name) is None:
            ConsentEntry.objects.create(
                lead=merged,
                scope=STOPS[name],
                given=False,
                words="Said while this lead was merged with another one.",
                occurred_at=getattr(kept, name),
            )
            merge_journal.put(merged, {name: getattr(kept, name)})


def _put_back(pair: Pair, before: dict[str, Any], after: dict[str, Any]) -> None:
    merge_journal.put_back(pair.lead, before["lead"], after["lead"], LEAD_GROUPS)
    merge_journal.put_back(
        pair.conversation, before["conversation"], after["conversation"], CONVERSATION_GROUPS
    )


def _snapshot(kept: Pair, merged: Pair) -> dict[str, Any]:
    return {
        name: {
            "lead": merge_journal.columns(pair.lead, LEAD_GROUPS),
            "conversation": merge_journal.columns(pair.conversation, CONVERSATION_GROUPS),
        }
        for name, pair in (("kept", kept), ("merged", merged))
    }


def _last(kept: Pair, merged: Pair) -> int:
    both = [kept.conversation, merged.conversation]
    rows = Message.objects.filter(conversation__in=both).order_by("-number")
    return rows.values_list("number", flat=True).first() or 0


def _hint(conversation: Conversation) -> None:
    if conversation.answer_due_at is not None:
        queue.hint_answer([conversation.pk], at=conversation.answer_due_at)
    if Message.objects.filter(conversation=conversation, state__in=OUTBOX).exists():
        queue.hint_deliver([conversation.pk])
