"""A manager edits the playbook: publishing is blocked until a past conversation comes out right."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from agent.engines.guided.engine import GuidedEngine
from agent.models import PlaybookVersion, Replay
from agent.playbook import store
from agent.replay import carry
from agent.replay.play import Rehearsal
from conversations.models import Conversation
from conversations.services.roles import MANAGERS
from tests.agent.replay.past import talked
from tests.conversations.admin import rows

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

PROMISE = "sin letras chiquitas"


def work() -> None:
    """What the worker does with the replay that waits."""
    replay = Replay.objects.latest("created_at")
    carry.go_on(replay_id=replay.pk, stage=Rehearsal(GuidedEngine()), clock=timezone.now)


@pytest.fixture
def manager(page: Page, live_server: LiveServer) -> Page:
    client = Client()
    client.force_login(rows.make_user("carla", groups=(MANAGERS,)))
    cookie = client.cookies["session"].value
    page.context.add_cookies([{"name": "session", "value": cookie, "url": live_server.url}])
    return page


def answer_the_price(page: Page, address: str, words: str) -> None:
    """On the editor's own page: the first topic is what it costs."""
    page.goto(f"{address}/admin/agent/playbookversion/draft/topics/")
    page.locator("details.row > summary").first.click()
    page.locator("[name=topics-0-answer-es]").fill(words)
    with page.expect_navigation():
        page.get_by_role("button", name="Guardar", exact=True).click()


def replay_it(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/agent/replay/begin/")
    page.get_by_role("button", name="Comenzar").click()
    expect(page.locator("#progress[data-open=yes]")).to_be_visible()
    work()
    expect(page.locator("#progress[data-open=no]")).to_be_visible()


def publish(page: Page, address: str, draft: PlaybookVersion) -> None:
    page.goto(f"{address}/admin/agent/playbookversion/{draft.pk}/change/")
    page.fill("#publish-note", "El precio, más claro")
    with page.expect_navigation():
        page.get_by_role("button", name="Publicar", exact=True).click()


def test_a_failing_case_holds_a_draft_back_until_it_passes(
    manager: Page, live_server: LiveServer
) -> None:
    complaints: list[str] = []
    manager.on("console", lambda message: complaints.append(message.text))
    manager.on("pageerror", lambda error: complaints.append(str(error)))
    talked("Hola", "¿Cuánto cuesta?")
    address = live_server.url
    store.published(now=timezone.now())
    manager.goto(f"{address}/admin/agent/playbookversion/")
    with manager.expect_navigation():
        manager.get_by_role("button", name="Editar el guion").click()
    answer_the_price(manager, address, "Depende de tu recibo.")

    conversation = Conversation.objects.get()
    manager.goto(f"{address}/admin/conversations/conversation/{conversation.pk}/thread/")
    manager.get_by_role("link", name="Convertir en caso").click()
    row = manager.locator(".expectations > li").first
    row.locator("[name$=-kind]").select_option("must_say")
    row.locator("[name$=-words]").fill(PROMISE)
    with manager.expect_navigation():
        manager.get_by_role("button", name="Guardar").click()

    draft = store.draft()
    assert draft is not None
    publish(manager, address, draft)
    expect(manager.locator("body")).to_contain_text("Primero repite este borrador")

    replay_it(manager, address)
    expect(manager.locator("#progress")).to_contain_text("Falló")
    manager.locator(".replay-list a").first.click()
    expect(manager.locator(".problem")).to_contain_text(PROMISE)
    expect(manager.locator("ins").first).to_be_visible()
    manager.locator(".broken-turns a").click()
    expect(manager.locator("section:target")).to_contain_text(PROMISE)
    publish(manager, address, draft)
    expect(manager.locator("body")).to_contain_text("no se cumplió todo")
    draft.refresh_from_db()
    assert draft.state == "draft"

    answer_the_price(manager, address, f"Depende de tu recibo, {PROMISE}.")
    replay_it(manager, address)
    expect(manager.locator("#progress")).to_contain_text("Pasó")
    publish(manager, address, draft)
    draft.refresh_from_db()
    assert draft.state == "published"
    assert complaints == []
