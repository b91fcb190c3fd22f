"""The tools, bound to one run. Each call's result is a row, so a retry changes nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from pydantic import TypeAdapter

from agent import rating
from agent.context import known_facts, meeting_view
from agent.models import AgentRun, Effect
from agent.playbook.schema import Playbook
from agent.tools.answers import misfit
from agent.turn import (
    Answer,
    BookingResult,
    BookingStatus,
    HandoffWhy,
    SaveResult,
    SlotsResult,
    SlotView,
    SlotWish,
)
from conversations.crashpoints import reach
from conversations.models import Conversation
from conversations.services import facts, lanes, meetings
from conversations.services.facts import NewFact
from integrations.scheduling import Calendar

R = TypeVar("R")

SAVED = TypeAdapter(SaveResult)
WISH = TypeAdapter(SlotWish)
SLOTS = TypeAdapter(SlotsResult)
BOOKED = TypeAdapter(BookingResult)
NOTHING = TypeAdapter(type(None))

# The guided engine, when it takes over from a failing one, must not meet that one's results.
FALLBACK_FROM = 100


class RunToolbox:
    """Implements agent.turn.Toolbox over conversations.services."""

    def __init__(
        self,
        *,
        run: AgentRun,
        claim: lanes.Claim,
        conversation: Conversation,
        playbook: Playbook,
        calendar: Calendar,
        clock: Callable[[], datetime],
        first_index: int = 0,
    ) -> None:
        self._run = run
        self._claim = claim
        self._conversation = conversation
        self._playbook = playbook
        self._calendar = calendar
        self._clock = clock
        self._index = first_index

    def save_answers(self, answers: Sequence[Answer]) -> SaveResult:
        arguments = {"answers": [asdict(answer) for answer in answers]}
        return self._call("save_answers", arguments, SAVED, lambda _i: self._save(answers))

    def find_slots(self, wish: SlotWish) -> SlotsResult:
        arguments = WISH.dump_python(wish, mode="json")
        return self._call("find_slots", arguments, SLOTS, lambda _i: self._find(wish))

    def check_and_book(self, slot_id: str) -> BookingResult:
        return self._meet("check_and_book", meetings.book, slot_id=slot_id)

    def reschedule(self, slot_id: str) -> BookingResult:
        return self._meet("reschedule", meetings.reschedule, slot_id=slot_id)

    def cancel_meeting(self) -> BookingResult:
        return self._meet("cancel_meeting", partial(meetings.cancel, by="lead"))

    def hand_off(self, why: HandoffWhy) -> None:
        """Only noted here: the run's last transaction hands over, after its replies."""
        self._call("hand_off", {"why": str(why)}, NOTHING, lambda _i: None)

    def _meet(
        self, tool: str, act: Callable[..., meetings.Booked], **arguments: str
    ) -> BookingResult:
        return self._call(
            tool,
            arguments,
            BOOKED,
            lambda index: _result(
                act(
                    conversation_id=self._conversation.pk,
                    calendar=self._calendar,
                    turn_id=self._run.pk,
                    turn_index=index,
                    now=self._clock(),
                    **arguments,
                )
            ),
        )

    def _call(
        self,
        tool: str,
        arguments: dict[str, Any],
        adapter: TypeAdapter[R],
        act: Callable[[int], R],
    ) -> R:
        """Do it once: a result that is already stored is the answer."""
        lanes.go_on(self._claim, now=self._clock())
        index, self._index = self._index, self._index + 1
        effect = self._found(index) or Effect.objects.create(
            run=self._run,
            index=index,
            tool=tool,
            arguments=arguments,
            created_at=self._clock(),
        )
        if effect.done_at is not None and (effect.tool, effect.arguments) == (tool, arguments):
            return adapter.validate_python(effect.result)
        reach(f"tool.{tool}")
        result = act(index)
        effect.tool, effect.arguments = tool, arguments
        effect.result = adapter.dump_python(result, mode="json")
        effect.done_at = self._clock()
        effect.save()
        reach(f"tool.{tool}.done")
        return result

    def _found(self, index: int) -> Effect | None:
        """What an earlier attempt at this turn left."""
        if self._run.attempts == 1:
            return None
        return Effect.objects.filter(run=self._run, index=index).first()

    def _save(self, answers: Sequence[Answer]) -> SaveResult:
        rejected = {
            answer.key: reason
            for answer in answers
            if (reason := misfit(self._playbook.question(answer.key), answer.value))
        }
        fitting = [answer for answer in answers if answer.key not in rejected]
        lead = self._conversation.lead
        with transaction.atomic():
            kept = facts.save_answers(
                lead_id=lead.pk,
                answers=[NewFact(a.key, a.value, a.message_id, a.quote) for a in fitting],
                turn_id=self._run.pk,
                now=self._clock(),
            )
            known = known_facts(lead)
            rules = rating.in_force(
                version_id=self._run.playbook_version_id, playbook=self._playbook
            )
            rating.rate(lead_id=lead.pk, playbook=rules, facts=known)
        rejected |= kept.rejected
        undone = {*rejected, *kept.proposed}
        saved = tuple(answer.key for answer in fitting if answer.key not in undone)
        return SaveResult(saved=saved, rejected=rejected, facts=known, proposed=kept.proposed)

    def _find(self, wish: SlotWish) -> SlotsResult:
        offer = meetings.offer_slots(
            conversation_id=self._conversation.pk,
            wish=meetings.Wish(**vars(wish)),
            calendar=self._calendar,
            now=self._clock(),
        )
        return SlotsResult(slots=tuple(map(_slot, offer.slots)), problem=offer.problem)


def _slot(slot: meetings.OfferedSlot) -> SlotView:
    return SlotView(slot.id, slot.starts_at, slot.ends_at, slot.host)


def _result(booked: meetings.Booked) -> BookingResult:
    return BookingResult(
        status=BookingStatus(booked.status.value),
        meeting=None if booked.meeting is None else meeting_view(booked.meeting),
        alternatives=tuple(map(_slot, booked.alternatives)),
    )
