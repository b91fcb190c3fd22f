"""One draft, one version in force, and no way around the checks."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from procrastinate.contrib.django.models import ProcrastinateJob
from pydantic import ValidationError

from agent.models import PlaybookVersion
from agent.playbook import gatekeeper, store
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from conversations import queue
from conversations.models import MessageTemplate, User
from tests.conversations.rows import NOW, make_staff

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def manager(db: None) -> User:
    return make_staff()


@pytest.fixture
def draft(manager: User) -> PlaybookVersion:
    return store.begin(based_on=store.published(now=NOW), by=manager, now=NOW)


def edit(draft: PlaybookVersion, **changes: Any) -> PlaybookVersion:
    return store.save_draft(content={**draft.content, **changes}, seen=draft.edited_at, now=LATER)


def states() -> list[tuple[int, str]]:
    return list(PlaybookVersion.objects.order_by("number").values_list("number", "state"))


def test_a_draft_is_edited_and_put_in_force(draft: PlaybookVersion, manager: User) -> None:
    edited = edit(draft, business_name="Casa Azul")
    assert store.published(now=LATER).content["business_name"] != "Casa Azul"
    version = store.publish_draft(note="Un nombre", by=manager, seen=edited.edited_at, now=LATER)
    assert store.published(now=LATER) == version
    assert (version.note, version.published_by, version.published_at) == (
        "Un nombre",
        manager,
        LATER,
    )
    assert version.based_on == PlaybookVersion.objects.get(number=1)
    assert states() == [(1, "retired"), (2, "published")]
    assert store.draft() is None
    jobs = ProcrastinateJob.objects.filter(task_name=queue.RESCORE, status="todo")
    assert len(jobs) == 1


def test_one_draft_at_a_time(draft: PlaybookVersion, manager: User) -> None:
    with pytest.raises(store.DraftExistsError):
        store.begin(based_on=draft, by=manager, now=LATER)
    store.discard(seen=draft.edited_at)
    assert store.begin(based_on=store.published(now=NOW), by=manager, now=LATER).number == 2


def test_who_comes_second_is_told_and_overwrites_nothing(draft: PlaybookVersion) -> None:
    opened = draft.edited_at
    first = edit(draft, business_name="Casa Azul")
    with pytest.raises(store.ChangedMeanwhileError):
        store.save_draft(content=draft.content, seen=opened, now=LATER)
    with pytest.raises(store.ChangedMeanwhileError):
        store.publish_draft(note="x", by=None, seen=opened, now=LATER)
    with pytest.raises(store.ChangedMeanwhileError):
        store.discard(seen=opened)
    again = store.save_draft(content=first.content, seen=first.edited_at, now=LATER)
    assert again.edited_at != first.edited_at
    assert again.content["business_name"] == "Casa Azul"


def test_the_same_words_are_not_published_again(draft: PlaybookVersion) -> None:
    with pytest.raises(store.NothingChangedError):
        store.publish_draft(note="x", by=None, seen=draft.edited_at, now=LATER)
    assert states() == [(1, "published"), (2, "draft")]


def test_problems_hold_a_draft_back_but_are_saved(draft: PlaybookVersion) -> None:
    edited = edit(draft, warm_from=99)
    with pytest.raises(store.HeldBackError) as caught:
        store.publish_draft(note="x", by=None, seen=edited.edited_at, now=LATER)
    assert [one.field for one in caught.value.found] == ["warm_from"]
    assert states() == [(1, "published"), (2, "draft")]


def test_a_gate_holds_a_draft_back_and_not_a_rollback(
    draft: PlaybookVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = edit(draft, business_name="Casa Azul")
    monkeypatch.setattr(gatekeeper, "_gates", [lambda _version: ["Two cases fail."]])
    with pytest.raises(store.HeldBackError, match=r"Two cases fail\."):
        store.publish_draft(note="x", by=None, seen=edited.edited_at, now=LATER)
    store.publish(content=edited.content, now=LATER)
    first = PlaybookVersion.objects.get(number=1)
    store.roll_back(to=first, note="Back", by=None, now=LATER)
    assert store.published(now=LATER).content == first.content


def test_going_back_publishes_a_copy_that_names_its_origin(manager: User) -> None:
    first = store.published(now=NOW)
    store.publish(content={**DEFAULT_PLAYBOOK, "currency": "USD"}, now=NOW)
    first.refresh_from_db()
    version = store.roll_back(to=first, note="Better before", by=manager, now=LATER)
    assert states() == [(1, "retired"), (2, "retired"), (3, "published")]
    assert (version.based_on, version.content) == (first, first.content)
    for other in (first, version):
        with pytest.raises(store.StoreError):
            store.roll_back(to=other, note="Again", by=manager, now=LATER)


def test_a_draft_that_was_overtaken_gets_the_next_number(draft: PlaybookVersion) -> None:
    edited = edit(draft, business_name="Casa Azul")
    store.publish(content={**DEFAULT_PLAYBOOK, "currency": "USD"}, now=LATER)
    assert states() == [(1, "retired"), (2, "draft"), (3, "published")]
    version = store.publish_draft(note="x", by=None, seen=edited.edited_at, now=LATER)
    assert version.number == 4


def test_what_the_schema_does_not_take_is_not_saved(draft: PlaybookVersion) -> None:
    with pytest.raises(ValidationError):
        edit(draft, hot_from="many")
    store.discard(seen=draft.edited_at)
    with pytest.raises(store.NoDraftError):
        store.discard(seen=draft.edited_at)


def test_templates_that_whatsapp_did_not_approve_are_warned_of(draft: PlaybookVersion) -> None:
    follow_ups = {**draft.content["follow_ups"], "reminder_template": "recordatorio"}
    edited = edit(draft, follow_ups=follow_ups)
    for language, status in (("es_MX", "approved"), ("en", "pending")):
        MessageTemplate.objects.create(
            name="recordatorio", language=language, status=status, synced_at=NOW
        )
    with translation.override("en"):
        (warned,) = store.mend(parse_playbook(edited.content))
    assert (warned.field, warned.warning) == ("follow_ups-reminder_template", True)
    assert "English" in warned.message
    assert "Spanish" not in warned.message
    version = store.publish_draft(note="x", by=None, seen=edited.edited_at, now=LATER)
    assert version.state == "published"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_and_publish_at_once_one_wins() -> None:
    base = store.published(now=NOW)
    outcomes: list[str] = []

    def publish(name: str) -> None:
        try:
            draft = store.begin(based_on=base, by=None, now=NOW)
            edited = edit(draft, business_name=name)
            store.publish_draft(note=name, by=None, seen=edited.edited_at, now=LATER)
            outcomes.append("published")
        except store.StoreError:
            outcomes.append("refused")
        finally:
            connection.close()

    people = [threading.Thread(target=publish, args=(name,)) for name in ("Uno", "Dos", "Tres")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert "published" in outcomes
    assert len(outcomes) == 3
    assert [state for _number, state in states()].count("published") == 1
    assert len(states()) == 1 + outcomes.count("published")
