"""Templates in the admin: the list, the page, and sending one from a thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conversations.models import Conversation, Message, MessageTemplate
from conversations.services import templates
from integrations.messaging import TemplateSourceError
from tests.conversations.admin import rows
from tests.conversations.template_rows import FakeTemplates, make_template

pytestmark = pytest.mark.django_db

LINK = {
    "type": "BUTTONS",
    "buttons": [{"type": "URL", "text": "Ver", "url": "https://example.com/{{1}}"}],
}


@pytest.fixture
def client() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(rows.make_user(is_superuser=True))
    return client


@pytest.fixture
def closed() -> Conversation:
    """A lead whose window is closed."""
    conversation = rows.make_conversation(2, name="Ana Ruiz", language="es")
    conversation.window_expires_at = rows.now() - timedelta(hours=1)
    conversation.save()
    return conversation


def picker(conversation: Conversation) -> str:
    return reverse("admin:conversations_conversation_template", args=[conversation.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_closed_thread_leads_to_the_templates(client: Client, closed: Conversation) -> None:
    page = text(client.get(reverse("admin:conversations_conversation_thread", args=[closed.pk])))
    assert picker(closed) in page


def test_only_what_can_be_sent_is_offered_their_language_first(
    client: Client, closed: Conversation
) -> None:
    make_template("Hi {{1}}", name="a_english", language="en_US")
    make_template("Hola {{1}}", name="b_spanish")
    make_template("Hola", name="c_paused", status="paused")
    make_template("Hola", {"type": "HEADER", "format": "IMAGE"}, name="d_picture")
    page = text(client.get(picker(closed)))
    assert 0 < page.index("b_spanish") < page.index("a_english")
    assert "c_paused" not in page
    assert "d_picture" not in page
    assert "a_english" not in text(client.get(picker(closed), {"q": "HOLA"}))


def test_filled_looked_at_and_sent(client: Client, closed: Conversation) -> None:
    template = make_template("Hola {{1}}, es el {{2}}.", LINK)
    url = picker(closed)
    page = text(client.get(url, {"template": str(template.pk)}))
    assert 'value="Ana"' in page
    assert "Hola Ana, es el {{2}}." in page

    data = {"template": str(template.pk), "value:body:1": "", "value:body:2": "jue<b>ves"}
    page = text(client.post(url, data | {"step": "look"}))
    assert "Hola buen día, es el jue&lt;b&gt;ves." in page
    page = text(client.post(url, data | {"step": "send"}))
    assert "Not sent: correct what is marked below." in page
    assert not Message.objects.exists()

    data |= {"value:button:0": "a1"}
    sent = client.post(url, data | {"step": "send"})
    assert sent.status_code == 302
    message = Message.objects.get()
    assert (message.state, message.kind) == ("queued", "template")
    assert message.text == "Hola buen día, es el jue<b>ves."
    thread = text(client.get(sent.headers["Location"]))
    assert "Hola buen día, es el jue&lt;b&gt;ves." in thread
    assert "Ver" in thread


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opted_out_at": rows.now()}, "asked us not to write"),
        ({"marketing_opted_out_at": rows.now()}, "switched marketing messages off"),
    ],
)
def test_who_wants_none_gets_none(
    client: Client, closed: Conversation, changes: dict[str, Any], words: str
) -> None:
    template = make_template("Hola", category="marketing")
    type(closed.lead).objects.filter(pk=closed.lead_id).update(**changes)
    data = {"template": str(template.pk), "step": "send"}
    assert words in text(client.post(picker(closed), data))
    assert template.name not in text(client.get(picker(closed)))
    assert not Message.objects.exists()


@pytest.mark.parametrize("given", ["x", "01a20840-3cdb-71e3-8643-5b85631d7760"])
def test_an_unknown_template_is_no_error(client: Client, closed: Conversation, given: str) -> None:
    assert client.get(picker(closed), {"template": given}).status_code in {200, 404}
    assert client.post(picker(closed), {"template": given, "step": "send"}).status_code in {
        200,
        404,
    }


def test_the_list_says_when_and_why_not(client: Client) -> None:
    url = reverse("admin:conversations_messagetemplate_changelist")
    assert "They have not been read yet." in text(client.get(url))
    for said in ("WhatsApp could not be reached (GET x: ConnectionError).", "Check the token."):
        with pytest.raises(TemplateSourceError):
            templates.sync(source=FakeTemplates(problem=said), now=rows.now())
        page = text(client.get(url))
        assert said in page
        assert "Last tried:" in page


def test_the_page_shows_the_samples(client: Client) -> None:
    template = make_template()
    parts = [{"type": "BODY", "text": "Hola {{1}}", "example": {"body_text": [["Rosa"]]}}]
    MessageTemplate.objects.update(components=parts)
    assert "Hola Rosa" in page_of(client, template)


def page_of(client: Client, template: MessageTemplate) -> str:
    url = reverse("admin:conversations_messagetemplate_change", args=[template.pk])
    return text(client.get(url))


@pytest.mark.parametrize(
    ("status", "reason", "words"),
    [
        ("rejected", "TAG_CONTENT_MISMATCH", "does not fit the language or the category"),
        ("rejected", "SOMETHING_NEW", "WhatsApp Manager shows why."),
        ("paused", "", "blocked or reported"),
        ("disabled", "Banned for good", "Write another one."),
    ],
)
def test_why_not_in_words_with_metas_own_beside(
    client: Client, status: str, reason: str, words: str
) -> None:
    page = page_of(client, make_template("Hola", status=status, reason=reason))
    assert words in page
    assert f'<span class="cell-second">{reason}</span>' in page
    assert "None" not in page
