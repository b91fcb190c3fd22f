"""Colleagues hear outside of the admin that a lead waits: rows first, sent later, told once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from conversations import connections, queue
from conversations.models import BY_CHOICE, Conversation, Lead, Meeting, Mode, Notice, User
from conversations.services import meeting_mails, notice_words
from conversations.services.roles import MANAGERS
from integrations.notifying import Announcer, NotifyError

# Between two attempts; after the last it has failed.
RETRY_AFTER = tuple(timedelta(seconds=each) for each in (30, 120, 600, 1800, 7200))
# Longer than an attempt can last.
LEASE = timedelta(minutes=2)
# One job sends so many; the next one goes on.
BATCH = 20
State, Way = Notice.State, Notice.Way
Clock = Callable[[], datetime]


class NoticeStateError(Exception):
    """It is not one that failed."""


@dataclass(frozen=True)
class Couriers:
    """Who takes notices away; None where the settings name nobody."""

    mail: Callable[[notice_words.Mail], None] | None
    webhook: Announcer | None


def make(*, conversation_ids: Collection[UUID], now: datetime) -> None:
    """Note whom to tell that these conversations wait. Needs the transaction that handed over.

    The owner of the lead, or who manages where no owner has an e-mail address; and the business's
    webhook. Of one hand-off each is told once, however often it is noted.
    """
    if not (settings.EMAIL_HOST or settings.HANDOFF_WEBHOOK_URL):
        return
    waiting = list(_waiting(conversation_ids))
    made = [notice for each in waiting for notice in _notices(each, now)]
    if made:
        Notice.objects.bulk_create(made, ignore_conflicts=True)
        queue.hint_notices()


def make_for_host(
    meeting: Meeting, kind: Notice.Kind, *, by: User | str | None, now: datetime
) -> None:
    """Note that a salesperson hears of a change of a meeting, unless they made it themselves."""
    user = meeting.salesperson.user
    if not settings.EMAIL_HOST or not user.email or not user.is_active or user == by:
        return
    notice = Notice(
        conversation=meeting.lead.conversation,
        kind=kind,
        meeting=meeting,
        way=Way.EMAIL,
        user=user,
        happened_at=now,
        due_at=now,
        created_at=now,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    queue.hint_notices()


def _waiting(ids: Collection[UUID]) -> Iterable[Conversation]:
    rows = Conversation.objects.filter(id__in=ids, mode=Mode.STAFF, handoff_at__isnull=False)
    return rows.exclude(handoff_reason__in=BY_CHOICE).select_related("lead__owner")


def _notices(conversation: Conversation, now: datetime) -> list[Notice]:
    told: list[tuple[str, User | None]] = []
    if settings.EMAIL_HOST:
        told += [(Way.EMAIL, user) for user in _recipients(conversation.lead)]
    if settings.HANDOFF_WEBHOOK_URL:
        told.append((Way.WEBHOOK, None))
    return [
        Notice(
            conversation=conversation,
            way=way,
            user=user,
            # The condition of the query: it waits since then.
            happened_at=conversation.handoff_at or now,
            due_at=now,
            created_at=now,
        )
        for way, user in told
    ]


def _recipients(lead: Lead) -> Sequence[User]:
    if lead.owner is not None and lead.owner.is_active and lead.owner.email:
        return [lead.owner]
    staff = User.objects.filter(is_active=True, is_staff=True).exclude(email="")
    managers = staff.filter(groups__name=MANAGERS)
    return list(managers.order_by("id")) or list(staff.filter(is_superuser=True).order_by("id"))


def are_due(*, now: datetime) -> bool:
    """Whether one waits to be sent."""
    return Notice.objects.filter(state=State.WAITING, due_at__lte=now).exists()


def send_due(*, couriers: Couriers, clock: Clock) -> None:
    """Send what is due, one after the other, outside of any transaction."""
    for _each in range(BATCH):
        notice = _claim(now=clock())
        if notice is None:
            return
        connections.give_back()
        try:
            _send(notice, couriers, now=clock())
        except NotifyError as error:
            _fail(notice, str(error), now=clock())
        else:
            _settle(notice, state=State.SENT, sent_at=clock(), problem="")
    queue.hint_notices()


@transaction.atomic
def _claim(*, now: datetime) -> Notice | None:
    """Take the next one for a while; those that nobody has to hear of any more are dropped."""
    rows = Notice.objects.filter(state=State.WAITING, due_at__lte=now).order_by("due_at", "id")
    for notice in rows.select_for_update(skip_locked=True, of=("self",)).select_related(
        "conversation__lead__merged_into__conversation",
        "user",
        "meeting__lead",
        "meeting__salesperson__user",
        "meeting__replaces",
    )[:BATCH]:
        if _is_wanted(notice):
            notice.attempts += 1
            notice.due_at = now + LEASE
            notice.save(update_fields=["attempts", "due_at"])
            return notice
        notice.state = State.DROPPED
        notice.save(update_fields=["state"])
    return None


def _is_wanted(notice: Notice) -> bool:
    """Whether that hand-off still waits: nobody took over, answered or gave it back.

    Of a meeting, whether it is still as it was told of.
    """
    if notice.meeting is not None:
        return meeting_mails.still_holds(notice, notice.meeting)
    conversation = _kept(notice.conversation)
    return (
        conversation.mode == Mode.STAFF
        and conversation.handoff_reason not in BY_CHOICE
        and conversation.handoff_at == notice.happened_at
    )


def _kept(conversation: Conversation) -> Conversation:
    """Where it goes on if its lead was merged."""
    merged_into = conversation.lead.merged_into
    return merged_into.conversation if merged_into is not None else conversation


def _send(notice: Notice, couriers: Couriers, *, now: datetime) -> None:
    conversation = _kept(notice.conversation)
    if notice.way == Way.EMAIL:
        if couriers.mail is None or notice.user is None:
            raise NotifyError("e-mail is not set up")
        couriers.mail(notice_words.mail(notice, conversation, to=notice.user, now=now))
        return
    if couriers.webhook is None:
        raise NotifyError("no webhook is set up")
    couriers.webhook.announce(
        message_id=f"msg_{notice.pk.hex}", event=notice_words.event(notice, conversation), now=now
    )


def _fail(notice: Notice, problem: str, *, now: datetime) -> None:
    last = notice.attempts > len(RETRY_AFTER)
    _settle(
        notice,
        state=State.FAILED if last else State.WAITING,
        due_at=now if last else now + RETRY_AFTER[notice.attempts - 1],
        problem=problem[:300],
    )


def _settle(notice: Notice, **changes: object) -> None:
    """Only as long as nobody else took it."""
    held = Notice.objects.filter(pk=notice.pk, attempts=notice.attempts, state=State.WAITING)
    held.update(**changes)


@transaction.atomic
def retry(*, notice_id: UUID, now: datetime) -> None:
    """Try a failed one anew, from the first attempt. Raises NoticeStateError."""
    failed = Notice.objects.filter(pk=notice_id, state=State.FAILED)
    if not failed.update(state=State.WAITING, attempts=0, due_at=now):
        raise NoticeStateError
    queue.hint_notices()


def failed_count() -> int:
    """How many were never told, of hand-offs that still wait."""
    failed = Notice.objects.filter(state=State.FAILED, conversation__mode=Mode.STAFF)
    since = failed.filter(happened_at=F("conversation__handoff_at"))
    return since.exclude(conversation__handoff_reason__in=BY_CHOICE).count()
