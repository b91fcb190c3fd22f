"""Colleagues hear that a lead waits: made with the hand-off, told once, dropped when in vain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from conversations import queue
from conversations.models import Conversation, HandoffReason, Lead, Notice, User
from conversations.services import handoff, merging, notice_words, notices, outbound, sweeping
from conversations.services.notices import LEASE, RETRY_AFTER, Couriers
from conversations.services.roles import MANAGERS
from integrations.notifying import NotifyError
from tests.conversations.rows import NOW, make_conversation, make_staff, write

pytestmark = pytest.mark.django_db
LATE = NOW + timedelta(hours=25)


class FakeAnnouncer:
    """Notes what it is told; fails as often as it is asked to."""

    def __init__(self, failures: int = 0) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.failures = failures
        self.meanwhile: Callable[[], None] = lambda: None

    def announce(self, *, message_id: str, event: Mapping[str, Any], now: datetime) -> None:
        # pytest's own transaction only: nothing of ours is open while others are asked.
        assert connection.savepoint_ids == []
        self.told.append((message_id, dict(event)))
        self.meanwhile()
        if self.failures:
            self.failures -= 1
            raise NotifyError("hooks.example.com answered 500")


@pytest.fixture(autouse=True)
def both_ways(settings: Settings) -> None:
    settings.EMAIL_HOST = "smtp.example.com"
    settings.DEFAULT_FROM_EMAIL = "leadbot@example.com"
    settings.HANDOFF_WEBHOOK_URL = "https://hooks.example.com"
    settings.PUBLIC_URL = "https://crm.example.com"
    settings.LANGUAGE_CODE = "es"


def staff(name: str, *, manages: bool = False, **fields: Any) -> User:
    user = make_staff(name)
    User.objects.filter(pk=user.pk).update(email=f"{name}@example.com", **fields)
    if manages:
        user.groups.add(Group.objects.get_or_create(name=MANAGERS)[0])
    return User.objects.get(pk=user.pk)


def hand_over(reason: HandoffReason = HandoffReason.ASKED, *, owner: User | None = None) -> None:
    if not Conversation.objects.exists():
        make_conversation()
    Lead.objects.update(owner=owner)
    handoff.hand_off(conversation_id=Conversation.objects.get().pk, reason=reason, now=NOW)


def send(webhook: FakeAnnouncer, *, now: datetime = NOW) -> None:
    couriers = Couriers(mail=notice_words.send_mail, webhook=webhook)
    notices.send_due(couriers=couriers, clock=lambda: now)


def made() -> list[tuple[str, str]]:
    rows = Notice.objects.order_by("way", "user__username", "happened_at").select_related("user")
    return [(each.user.username if each.user else each.way, each.state) for each in rows]


def test_the_owner_and_the_webhook_are_told_at_once_with_a_link_and_no_number() -> None:
    owner = staff("ana")
    staff("jefa", manages=True)
    hand_over(owner=owner)
    assert ProcrastinateJob.objects.filter(task_name=queue.NOTICES).count() == 1
    webhook = FakeAnnouncer()
    send(webhook)
    assert made() == [("ana", "sent"), ("webhook", "sent")]
    (letter,) = mail.outbox
    conversation = Conversation.objects.get()
    page = f"https://crm.example.com/admin/conversations/conversation/{conversation.pk}/thread/"
    assert (letter.to, letter.from_email) == (["ana@example.com"], "leadbot@example.com")
    assert letter.subject == "Ana espera a una persona: Pidió una persona"
    assert page in letter.body
    ((message_id, event),) = webhook.told
    assert message_id == f"msg_{Notice.objects.get(way='webhook').pk.hex}"
    assert event["type"] == "conversation.handed_over"
    assert event["data"] == {
        "conversation": str(conversation.pk),
        "lead": {"id": str(conversation.lead_id), "name": "Ana"},
        "owner": str(owner.pk),
        "reason": "asked",
        "handed_over_at": NOW.isoformat(),
        "url": page,
    }
    assert "5550101234" not in f"{letter.subject} {letter.body} {event}"


def test_a_lead_known_by_the_number_only_is_not_named_by_it() -> None:
    make_conversation()
    Lead.objects.update(profile_name="")
    hand_over(owner=staff("ana"))
    send(FakeAnnouncer())
    assert mail.outbox[0].subject.startswith("Un lead espera a una persona")


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ({"ana": {"is_active": False}, "jefa": {"manages": True}}, ["jefa"]),
        ({"jefa": {"manages": True}, "jefe": {"manages": True}, "eva": {}}, ["jefa", "jefe"]),
        ({"ana": {"email": ""}, "jefa": {"manages": True}}, ["jefa"]),
        ({"jefa": {"manages": True, "email": ""}, "root": {"is_superuser": True}}, ["root"]),
        ({"jefa": {"manages": True, "is_active": False}, "eva": {}}, []),
        ({"eva": {}, "root": {"is_superuser": True}}, ["root"]),
    ],
)
def test_without_an_owner_who_works_here_those_who_manage_are_told(
    people: dict[str, dict[str, Any]], told: list[str]
) -> None:
    for name, fields in people.items():
        email = fields.pop("email", None)
        user = staff(name, **fields)
        if email is not None:
            User.objects.filter(pk=user.pk).update(email=email)
    hand_over(owner=User.objects.filter(username="ana").first())
    assert [name for name, _state in made() if name != "webhook"] == told


@pytest.mark.parametrize("reason", [HandoffReason.TAKEOVER, HandoffReason.ECHO])
def test_who_takes_over_by_choice_is_not_told(reason: HandoffReason) -> None:
    staff("jefa", manages=True)
    hand_over(reason)
    assert made() == []


def test_a_window_that_closed_before_the_words_came_is_told_too() -> None:
    staff("jefa", manages=True)
    write("Hola", at=NOW, now=LATE)
    assert made() == [("jefa", "waiting"), ("webhook", "waiting")]


def test_without_settings_nobody_is_told(settings: Settings) -> None:
    settings.EMAIL_HOST = settings.HANDOFF_WEBHOOK_URL = ""
    staff("jefa", manages=True)
    hand_over()
    assert made() == []


def test_the_same_hand_off_is_told_once_and_the_next_one_again() -> None:
    owner = staff("ana")
    hand_over(owner=owner)
    hand_over(HandoffReason.SEND_FAILED, owner=owner)
    assert len(made()) == 2
    conversation = Conversation.objects.get()
    handoff.release(conversation_id=conversation.pk, now=NOW)
    handoff.hand_off(
        conversation_id=conversation.pk, reason=HandoffReason.STUCK, now=NOW + timedelta(hours=1)
    )
    webhook = FakeAnnouncer()
    send(webhook, now=NOW + timedelta(hours=1))
    assert made() == [
        ("ana", "dropped"),
        ("ana", "sent"),
        ("webhook", "dropped"),
        ("webhook", "sent"),
    ]
    assert [event["data"]["reason"] for _id, event in webhook.told] == ["stuck"]


def take_over() -> None:
    conversation = Conversation.objects.get()
    handoff.take_over(conversation_id=conversation.pk, staff=make_staff("luis"), now=NOW)


def answer() -> None:
    conversation = Conversation.objects.get()
    outbound.queue_staff_message(
        conversation_id=conversation.pk, staff=make_staff("luis"), text="Soy Luis", now=NOW
    )


def give_back() -> None:
    handoff.release(conversation_id=Conversation.objects.get().pk, now=NOW)


@pytest.mark.parametrize("act", [take_over, answer, give_back])
def test_what_a_colleague_settled_before_it_left_is_dropped(act: Callable[[], None]) -> None:
    hand_over(owner=staff("ana"))
    act()
    webhook = FakeAnnouncer()
    send(webhook)
    assert made() == [("ana", "dropped"), ("webhook", "dropped")]
    assert (webhook.told, mail.outbox) == ([], [])


def test_a_failing_webhook_is_tried_again_ever_later_and_then_it_failed(
    settings: Settings,
) -> None:
    settings.EMAIL_HOST = ""
    hand_over()
    webhook, at = FakeAnnouncer(failures=99), NOW
    for pause in RETRY_AFTER:
        send(webhook, now=at)
        assert made() == [("webhook", "waiting")]
        send(webhook, now=at + pause - timedelta(seconds=1))
        at += pause
    send(webhook, now=at)
    assert made() == [("webhook", "failed")]
    assert len(webhook.told) == len(RETRY_AFTER) + 1
    assert len({message_id for message_id, _event in webhook.told}) == 1
    notice = Notice.objects.get()
    assert notice.problem == "hooks.example.com answered 500"
    assert notices.failed_count() == 1
    notices.retry(notice_id=notice.pk, now=at)
    webhook.failures = 0
    send(webhook, now=at)
    assert (made(), notices.failed_count()) == ([("webhook", "sent")], 0)
    with pytest.raises(notices.NoticeStateError):
        notices.retry(notice_id=notice.pk, now=at)


def test_a_mail_server_that_refuses_does_not_stop_the_webhook(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    hand_over(owner=staff("ana"))
    send(FakeAnnouncer())
    assert made() == [("ana", "waiting"), ("webhook", "sent")]
    assert Notice.objects.get(way="email").problem == "127.0.0.1: ConnectionRefusedError"


def test_one_that_its_sender_died_with_is_found_by_the_sweep_after_its_lease(
    settings: Settings,
) -> None:
    settings.EMAIL_HOST = ""
    hand_over()

    class Died(BaseException):
        """Stands for a dead worker."""

    def die() -> None:
        raise Died

    webhook = FakeAnnouncer()
    webhook.meanwhile = die
    with pytest.raises(Died):
        send(webhook)
    ProcrastinateJob.objects.all().delete()
    sweeping.sweep(now=NOW + LEASE - timedelta(seconds=1))
    assert not ProcrastinateJob.objects.filter(task_name=queue.NOTICES).exists()
    sweeping.sweep(now=NOW + LEASE)
    assert ProcrastinateJob.objects.filter(task_name=queue.NOTICES).exists()
    webhook.meanwhile = lambda: None
    send(webhook, now=NOW + LEASE)
    assert made() == [("webhook", "sent")]


def test_whoever_comes_late_with_a_result_changes_nothing(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    hand_over()
    webhook = FakeAnnouncer(failures=1)
    webhook.meanwhile = lambda: send(FakeAnnouncer(), now=NOW + LEASE)
    send(webhook)
    assert made() == [("webhook", "sent")]


def test_a_hand_off_that_is_undone_made_no_notice() -> None:
    make_conversation()
    with transaction.atomic():
        hand_over(owner=staff("ana"))
        transaction.set_rollback(True)
    assert made() == []


def test_a_merged_leads_notice_names_where_the_talk_goes_on(settings: Settings) -> None:
    settings.EMAIL_HOST = ""
    hand_over()
    merged = Lead.objects.get()
    kept = make_conversation(phone="5215550105678").lead
    merging.merge(kept_id=kept.pk, merged_id=merged.pk, staff=make_staff(), now=NOW)
    webhook = FakeAnnouncer()
    send(webhook)
    ((_id, event),) = webhook.told
    assert event["data"]["conversation"] == str(kept.conversation.pk)
