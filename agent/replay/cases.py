"""Cases: past conversations that every draft has to get right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from agent.models import ReplayCase
from agent.replay import expectations
from agent.replay.expectations import END, Expectation, Kind
from conversations.models import Conversation, Direction, Fact, Message, User

TITLE_LENGTH = 200


class NothingSaidError(Exception):
    """The lead had written nothing by then."""


def make(
    *,
    conversation_id: UUID,
    title: str,
    wanted: Sequence[Expectation],
    by: User,
    now: datetime,
    until: datetime | None = None,
) -> ReplayCase:
    """Make a conversation a case, as it stood at that moment or as it stands."""
    return _made(
        conversation_id, title, wanted, by, now, until=until, source=ReplayCase.Source.CHOSEN
    )


def make_of_correction(*, fact: Fact, title: str, by: User, now: datetime) -> ReplayCase:
    """What a colleague put right has to be understood from what the lead had said by then.

    The same correction again is the same case.
    """
    conversation = Conversation.objects.get(lead=fact.lead_id)
    wanted = [Expectation(Kind.FACT_EQUALS, at=END, key=fact.key, value=fact.value)]
    known = ReplayCase.objects.filter(
        conversation_id=conversation.pk,
        source=ReplayCase.Source.CORRECTION,
        expectations=expectations.dump(wanted),
    ).first()
    return known or _made(
        conversation.pk,
        title,
        wanted,
        by,
        now,
        until=fact.created_at,
        source=ReplayCase.Source.CORRECTION,
    )


def change(
    *, case_id: UUID, title: str, wanted: Sequence[Expectation], is_active: bool
) -> ReplayCase:
    """Say anew what must hold; drafts that were replayed before have to be replayed again."""
    case = ReplayCase.objects.get(pk=case_id)
    case.title = title[:TITLE_LENGTH]
    case.expectations = expectations.dump(wanted)
    case.is_active = is_active
    case.save(update_fields=["title", "expectations", "is_active"])
    return case


def _made(
    conversation_id: UUID,
    title: str,
    wanted: Sequence[Expectation],
    by: User,
    now: datetime,
    *,
    until: datetime | None,
    source: ReplayCase.Source,
) -> ReplayCase:
    heard = Message.objects.filter(conversation=conversation_id, direction=Direction.INBOUND)
    if until is not None:
        heard = heard.filter(created_at__lte=until)
    last = heard.order_by("-number").values_list("number", flat=True).first()
    if last is None:
        raise NothingSaidError
    return ReplayCase.objects.create(
        title=title[:TITLE_LENGTH],
        conversation_id=conversation_id,
        up_to=last,
        expectations=expectations.dump(wanted),
        source=source,
        created_by=by,
        created_at=now,
    )
