"""The playbook in the admin, as a manager edits it: pages sent back as browsers send them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.anatomy import SECTIONS
from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import PLAYBOOK, parse_playbook
from conversations.models import MessageTemplate, User
from conversations.services.roles import MANAGERS, SALES
from tests.conversations.admin import rows
from tests.conversations.rows import NOW

pytestmark = pytest.mark.django_db

LIST = "/admin/agent/playbookversion/"


class Page(HTMLParser):
    """What a browser without scripts would send of the editor's form, and what its fields say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, Any] = {}
        self.links: set[str] = set()
        self._inside = self._template = 0
        self._select = self._textarea = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = int("playbook-form" in given.get("class", ""))
        if tag == "template":
            self._template += 1
        if tag == "a":
            self.links.add(given.get("href", ""))
        if not self._inside or self._template:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.sent[self._select] = given["value"]
        elif tag == "option" and self._select:
            self.sent.setdefault(self._select, given["value"])
        elif tag == "textarea":
            self._textarea = name
            self.sent[name] = ""

    def _input(self, name: str, given: dict[str, str]) -> None:
        if given.get("type") != "checkbox":
            self.sent[name] = given.get("value", "")
        elif "checked" in given:
            self.sent.setdefault(name, []).append(given.get("value", "on"))

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._template -= 1
        if tag == "select":
            self._select = ""
        if tag == "textarea" and self._textarea:
            self.sent[self._textarea] = self.sent[self._textarea].removeprefix("\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.sent[self._textarea] += data


@pytest.fixture
def manager(db: None) -> User:
    return rows.make_user("gerente", groups=(MANAGERS,))


@pytest.fixture
def client(manager: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(manager)
    return client


@pytest.fixture
def draft(manager: User) -> PlaybookVersion:
    published = store.publish(content=DEFAULT_PLAYBOOK, now=NOW)
    return store.begin(based_on=published, by=manager, now=NOW)


def address(section: str) -> str:
    return reverse("admin:agent_playbookversion_edit", args=[section])


def opened(client: Client, section: str) -> dict[str, Any]:
    answer = client.get(address(section))
    assert answer.status_code == 200
    return Page(answer.content.decode()).sent


def send(client: Client, section: str, changes: dict[str, Any], *, look: bool = False) -> str:
    """Send the page back with these changes; what it or, to look at, the next page says."""
    sent = opened(client, section)
    sent |= {name.replace("__", "-"): value for name, value in changes.items()}
    return client.post(address(section), sent, follow=look).content.decode()


def save(client: Client, section: str, **changes: Any) -> str:
    """Send it, and do not look at the next page."""
    return send(client, section, changes)


def content() -> Any:
    draft = store.draft()
    assert draft is not None
    return draft.content


def act(client: Client, version: PlaybookVersion, action: str, **sent: Any) -> str:
    url = reverse("admin:agent_playbookversion_act", args=[version.pk, action])
    return client.post(url, sent, follow=True).content.decode()


def test_every_page_sent_back_as_it_came_changes_nothing(
    client: Client, draft: PlaybookVersion
) -> None:
    for section in SECTIONS:
        answer = client.post(address(section.slug), opened(client, section.slug))
        assert answer.status_code == 302, section.slug
        assert content() == draft.content, section.slug


def test_a_question_is_edited_added_moved_and_removed(
    client: Client, draft: PlaybookVersion
) -> None:
    size = len(draft.content["questions"])
    new = f"questions__{size}__"
    said = send(
        client,
        "questions",
        {
            "questions__3__ask__es": "¿Dónde van los paneles?",
            "questions__0__remove": "on",
            "questions__2__order": "1",
            f"{new}label__es": "Tipo de techo",
            f"{new}kind": "choice",
            f"{new}choices__0__label__es": "Losa",
            f"{new}choices__0__words": "losa\r\nconcreto\r\n\r\nlosa",
        },
        look=True,
    )
    assert "things on this page are to be mended" in said
    questions = content()["questions"]
    keys = [one["key"] for one in questions]
    assert keys == ["bill", "need", "city", "timing", "email", "tipo_de_techo"]
    assert questions[2]["ask"]["es"] == "¿Dónde van los paneles?"
    (choice,) = questions[-1]["choices"]
    assert (choice["value"], choice["words"]) == ("losa", ["losa", "concreto"])
    assert questions[-1]["required"] is True


def test_new_rows_get_names_of_their_own(client: Client, draft: PlaybookVersion) -> None:
    for kind, key in (("company", "company"), ("company", "ciudad"), ("text", "ciudad_2")):
        place = len(content()["questions"])
        label = {f"questions__{place}__label__es": "Ciudad"}
        save(client, "questions", **label, **{f"questions__{place}__kind": kind})
        assert content()["questions"][-1]["key"] == key


def test_a_rule_names_answers_as_people_call_them(client: Client, draft: PlaybookVersion) -> None:
    rules = len(draft.content["rules"])
    new = f"rules__{rules}__"
    asked = {f"{new}key": "need", f"{new}test": "one_of", f"{new}points": "5"}
    said = save(client, "score", **asked, **{f"{new}value": "my home; castle"})
    assert "Choose among: My home; A business; Somewhere else." in said
    assert content() == draft.content
    save(client, "score", **asked, **{f"{new}value": "my home; Somewhere else"})
    assert content()["rules"][-1]["value"] == ["home", "other"]
    save(client, "score", rules__0__value="$2,500.50")
    assert content()["rules"][0]["value"] == 2500.5
    assert opened(client, "score")[f"rules-{rules}-value"] == "My home; Somewhere else"


def test_errors_stand_beside_their_fields_and_nothing_is_lost(
    client: Client, draft: PlaybookVersion
) -> None:
    said = save(client, "score", hot_from="a lot", rules__0__label__es="Otro nombre")
    assert "Enter a whole number." in said
    assert 'value="Otro nombre"' in said
    assert content() == draft.content
    said = send(client, "score", {"hot_from": "10", "rules__0__label__en": ""}, look=True)
    assert "The text in English is missing." in said
    assert "Warm has to begin below hot." in said
    assert said.count('class="note"') == 2
    assert 'aria-describedby="id_warm_from_error"' in said
    assert 'id="id_warm_from_error"' in said


def test_times_durations_and_lists_are_read_back(client: Client, draft: PlaybookVersion) -> None:
    MessageTemplate.objects.create(name="hola", language="es", status="approved", synced_at=NOW)
    save(
        client,
        "follow-ups",
        follow_ups__quiet_from="20:30",
        follow_ups__reminders=["30", "1440"],
        follow_ups__nudges__0__after_minutes_number="90",
        follow_ups__nudges__0__after_minutes_unit="1",
        follow_ups__nudges__0__template="hola",
        follow_ups__nudges__1__remove="on",
    )
    stored = PLAYBOOK.dump_python(parse_playbook(content()), mode="json")["follow_ups"]
    assert (stored["quiet_from"], sorted(stored["reminders"])) == ("20:30:00", [30, 1440])
    (nudge,) = stored["nudges"]
    assert (nudge["after_minutes"], nudge["template"]) == (90, "hola")
    assert nudge["text"] == draft.content["follow_ups"]["nudges"][0]["text"]


def test_texts_of_a_language_that_is_left_out_come_back_with_it(
    client: Client, draft: PlaybookVersion
) -> None:
    save(client, "business", languages=["es"])
    assert "about-en" not in opened(client, "business")
    save(client, "business", about__es="Instalamos paneles.")
    save(client, "business", languages=["es", "en", "pt"])
    about = content()["about"]
    assert about == {**DEFAULT_PLAYBOOK["about"], "es": "Instalamos paneles."}


def test_who_saves_second_is_told_and_keeps_what_they_typed(
    client: Client, draft: PlaybookVersion
) -> None:
    page = opened(client, "business")
    save(client, "business", business_name="Casa Azul")
    answer = client.post(address("business"), page | {"business_name": "Casa Roja"})
    said = answer.content.decode()
    assert "Somebody changed the draft since you opened this page." in said
    assert 'value="Casa Roja"' in said
    assert content()["business_name"] == "Casa Azul"


def test_from_the_first_edit_to_going_back(client: Client, draft: PlaybookVersion) -> None:
    first = PlaybookVersion.objects.get(state="published")
    seen = opened(client, "business")["seen"]
    assert "Nothing changed" in act(client, draft, "publish", note="x", seen=seen)
    save(client, "business", business_name="Casa Azul")
    page = client.get(reverse("admin:agent_playbookversion_change", args=[draft.pk]))
    assert "What changed since version 1" in page.content.decode()
    seen = opened(client, "business")["seen"]
    assert "Say in a few words" in act(client, draft, "publish", note=" ", seen=seen)
    assert "Version 2 is in force" in act(client, draft, "publish", note="Nombre", seen=seen)
    compare = reverse("admin:agent_playbookversion_compare", args=[first.pk, draft.pk])
    assert "Casa Azul" in client.get(compare).content.decode()
    said = act(client, first, "restore", note="Mejor antes")
    assert "Version 3 is in force" in said
    assert "Every lead's score is by these rules." in said
    history = client.get(LIST).content.decode()
    assert "Nombre" in history
    assert "Mejor antes" in history
    assert store.published(now=NOW).content == first.content


def test_a_draft_does_not_take_back_a_rollback_without_saying_so(
    client: Client, draft: PlaybookVersion
) -> None:
    first = PlaybookVersion.objects.get(state="published")
    save(client, "business", business_name="Casa Azul")
    url = reverse("admin:agent_playbookversion_change", args=[draft.pk])
    page = client.get(url).content.decode()
    assert "in force by now" not in page
    sent = {"note": "x", "seen": opened(client, "business")["seen"], "over": first.pk}
    assert f'name="over" value="{first.pk}"' in page
    store.publish(content={**DEFAULT_PLAYBOOK, "currency": "USD"}, now=NOW)
    first.refresh_from_db()
    current = store.roll_back(to=first, note="Mejor antes", by=None, now=NOW)
    assert "Another version came into force" in act(client, draft, "publish", **sent)
    assert store.published(now=NOW) == current
    page = client.get(url).content.decode()
    assert "begun from version 1, and version 4 is in force by now" in page
    assert reverse("admin:agent_playbookversion_compare", args=[current.pk, draft.pk]) in page
    assert "Version 5 is in force" in act(client, draft, "publish", **sent | {"over": current.pk})


def test_a_draft_with_problems_says_where_and_stays(client: Client, draft: PlaybookVersion) -> None:
    save(client, "score", warm_from="60")
    seen = opened(client, "score")["seen"]
    said = act(client, draft, "publish", note="Más “barato” & rápido", seen=seen)
    assert 'name="note" value="Más “barato” &amp; rápido"' in said
    assert "Score: Warm has to begin below hot." in said
    save(client, "questions", **{"questions-1-ask-en": ""})
    page = client.get(reverse("admin:agent_playbookversion_change", args=[draft.pk]))
    assert "Questions · Where it&#x27;s for</a>: The text in English" in page.content.decode()
    seen = opened(client, "score")["seen"]
    assert f"{address('score')}#id_warm_from" in Page(said).links
    assert "The draft was discarded." in act(client, draft, "discard", seen=seen)
    assert store.draft() is None


def test_who_sells_reads_it_and_changes_nothing(client: Client, draft: PlaybookVersion) -> None:
    sales = Client(headers={"accept-language": "en"})
    sales.force_login(rows.make_user("vende", groups=(SALES,)))
    page = sales.get(reverse("admin:agent_playbookversion_change", args=[draft.pk]))
    assert "What city are you in?" in page.content.decode()
    assert not any("/draft/" in link for link in Page(page.content.decode()).links)
    assert sales.get(address("score")).status_code == 403
    assert sales.post(address("score"), opened(client, "score")).status_code == 403


@pytest.mark.parametrize("count", ["", "-1", "9999", "x"])
def test_a_page_that_no_browser_sends_is_refused(
    client: Client, draft: PlaybookVersion, count: str
) -> None:
    sent = opened(client, "score") | {"rules-rows": count}
    assert client.post(address("score"), sent).status_code == 400
    assert client.get(address("nothing")).status_code == 404


def test_a_long_playbook_is_one_page(client: Client, draft: PlaybookVersion) -> None:
    long = {f"questions-{number}-label-es": "" for number in range(5000)}
    answer = client.post(address("claims"), opened(client, "claims") | long)
    assert answer.status_code == 302
