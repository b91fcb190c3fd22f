"""Templates: copied, changed by webhooks, filled and checked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.models import Lead, MessageTemplate
from conversations.services import inbound, template_texts, templates
from conversations.services.template_texts import ValueProblem
from conversations.services.templates import LastSync
from integrations.messaging import (
    TemplateChange,
    TemplateSourceError,
    TemplateStatus,
    TemplateUse,
    WebhookEvents,
)
from tests.conversations.rows import NOW, PACE
from tests.conversations.template_rows import FakeTemplates, info, make_template, make_templates
from tests.conversations.test_lane_races import meanwhile

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)


def stored() -> dict[str, str]:
    return dict(MessageTemplate.objects.values_list("name", "status"))


def hear(*changes: TemplateChange) -> None:
    events = WebhookEvents(templates=changes)
    inbound.receive(events=events, body=b"{}", pace=PACE, now=NOW)


def asked() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs "
            "WHERE task_name = 'conversations.sync_templates'"
        )
        return int(cursor.fetchone()[0])


def test_a_sync_adds_changes_and_retires() -> None:
    old = make_template(name="cita", status="paused", quality="red")
    make_template(name="vieja")
    count = templates.sync(source=FakeTemplates([info("cita"), info("nueva")]), now=LATER)

    assert count == 2
    assert stored() == {"cita": "approved", "vieja": "deleted", "nueva": "approved"}
    again = MessageTemplate.objects.get(name="cita")
    assert (again.pk, again.quality, again.synced_at) == (old.pk, "", LATER)


def test_what_a_webhook_told_during_a_sync_is_not_retired() -> None:
    make_template(name="recien", synced_at=LATER)
    templates.sync(source=FakeTemplates([]), now=NOW)
    assert stored() == {"recien": "approved"}


def test_a_failed_sync_touches_nothing_and_is_tried_again_in_a_minute() -> None:
    assert templates.is_due(now=NOW)
    make_template()
    with pytest.raises(TemplateSourceError):
        templates.sync(source=FakeTemplates(problem="no token"), now=LATER)

    assert stored() == {"cita": "approved"}
    last = templates.last_sync()
    assert last
    assert last.problem == "no token"
    assert not templates.is_due(now=last.at + timedelta(seconds=59))
    assert templates.is_due(now=last.at + timedelta(minutes=1))

    templates.sync(source=FakeTemplates([info()]), now=LATER)
    last = templates.last_sync()
    assert last
    assert last.problem == ""
    assert not templates.is_due(now=last.at + timedelta(hours=23))
    assert templates.is_due(now=last.at + timedelta(hours=25))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", [NOW, LATER])
def test_of_two_syncs_at_once_the_one_that_asked_last_holds(first: datetime) -> None:
    lists = {NOW: [info("cita", quality="green"), info("vieja")], LATER: [info("cita")]}

    def sync(at: datetime) -> None:
        templates.sync(source=FakeTemplates(lists[at]), now=at)

    with meanwhile(lambda: sync(first)):
        sync(NOW if first == LATER else LATER)
    rows = MessageTemplate.objects.exclude(status="deleted")
    assert [(row.name, row.quality) for row in rows] == [("cita", "")]


def test_who_fails_again_and_again_is_asked_less_often() -> None:
    for _failure in range(9):
        with pytest.raises(TemplateSourceError):
            templates.sync(source=FakeTemplates(problem="no token"), now=NOW)
    last = templates.last_sync()
    assert last
    assert not templates.is_due(now=last.at + timedelta(minutes=59))
    assert templates.is_due(now=last.at + timedelta(hours=1))


def test_a_sync_that_fails_after_a_later_one_came_through_is_not_told() -> None:
    templates.sync(source=FakeTemplates([info()]), now=LATER)
    with pytest.raises(TemplateSourceError):
        templates.sync(source=FakeTemplates(problem="no token"), now=NOW)
    assert not (templates.last_sync() or LastSync(NOW, "never")).problem
    with pytest.raises(TemplateSourceError):
        templates.sync(source=FakeTemplates(problem="no token"), now=LATER + timedelta(hours=1))
    templates.sync(source=FakeTemplates([info("nueva")]), now=LATER + timedelta(minutes=1))
    assert stored() == {"cita": "deleted", "nueva": "approved"}


@pytest.mark.parametrize("act", ["sync", "webhook"])
def test_many_templates_cost_the_same_number_of_queries(act: str) -> None:
    counts: list[int] = []
    for size in (1, 40):
        make_templates(size) if not counts else None
        with CaptureQueriesContext(
            connection,
        ) as queries:
            if act == "sync":
                found = [info(f"t{n}") for n in range(size)]
                templates.sync(source=FakeTemplates(found), now=LATER)
            else:
                hear(*(TemplateChange(f"t{n}", "es_MX", quality="red") for n in range(size)))
        counts.append(len(queries))
    if act == "sync":
        # The first one also makes the row that notes it.
        assert counts[0] >= counts[1]
    else:
        assert counts[0] == counts[1]


def test_webhooks_change_what_they_name_and_ask_for_the_rest_once() -> None:
    make_template(category="utility", quality="green")
    make_template(name="otra")
    hear(
        TemplateChange("cita", "es_MX", "77", status=TemplateStatus.PAUSED, reason="LOW_QUALITY"),
        TemplateChange("cita", "es_MX", quality="red"),
        TemplateChange("cita", "es_MX", category="marketing"),
        TemplateChange("nunca_vista", "en_US", "9", status=TemplateStatus.PENDING),
    )
    hear(TemplateChange("cita", "es_MX", quality="yellow"))

    row = MessageTemplate.objects.get(name="cita")
    assert (row.status, row.reason, row.quality, row.category, row.provider_template_id) == (
        "paused",
        "LOW_QUALITY",
        "yellow",
        "marketing",
        "77",
    )
    assert stored() == {"cita": "paused", "otra": "approved", "nunca_vista": "pending"}
    assert asked() == 1


NAMED = {"named_parameters": True}


@pytest.mark.parametrize(
    ("text", "fields", "expected"),
    [
        ("Hola {{1}}, ¿qué tal?", {}, {"body:1": "Ana"}),
        ("¡Buenos días, {{1}}! Soy {{2}}.", {}, {"body:1": "Ana"}),
        ("Tu cita es el {{1}}.", {}, {}),
        ("Soy {{asesor}}. {{nombre}}, te llamo.", NAMED, {"body:nombre": "Ana"}),
        ("Dear {{first_name}} of {{company_name}}", NAMED, {"body:first_name": "Ana"}),
    ],
)
def test_the_leads_name_is_filled_in(
    text: str, fields: dict[str, Any], expected: dict[str, str]
) -> None:
    template = make_template(text, **fields)
    assert template_texts.prefilled(template, lead=Lead(name="Ana Ruiz")) == expected


@pytest.mark.parametrize(
    ("language", "shown"),
    [("es_MX", "Hola buen día."), ("en_US", "Hola there."), ("pt_BR", "Hola tudo bem.")],
)
def test_an_empty_name_becomes_a_neutral_word(language: str, shown: str) -> None:
    template = make_template("Hola {{1}}.", language=language)
    for values in ({"body:1": "  "}, {}, template_texts.prefilled(template, lead=Lead())):
        assert template_texts.check(template, values) == {}
        ready = template_texts.filled(template, values)
        assert template_texts.preview(template, ready).body == shown


BAD: list[tuple[str, ValueProblem]] = [
    ("", ValueProblem.MISSING),
    (" \x00 ", ValueProblem.MISSING),
    ("el jueves\n10:30", ValueProblem.LAYOUT),
    ("el\tjueves", ValueProblem.LAYOUT),
    ("el    jueves", ValueProblem.LAYOUT),
    ("x" * 1025, ValueProblem.TOO_LONG),
    ("x" * 1010, ValueProblem.TOO_LONG),
]


@pytest.mark.parametrize(("value", "problem"), BAD, ids=range(len(BAD)))
def test_what_whatsapp_refuses_is_said_before(value: str, problem: ValueProblem) -> None:
    template = make_template()
    assert template_texts.check(template, {"body:1": "Ana", "body:2": value}) == {"body:2": problem}


def test_every_place_is_filled_shown_and_sent() -> None:
    template = make_template(
        "Hola {{nombre}}, {{nombre}}: {{dia}}.",
        {"type": "HEADER", "format": "TEXT", "text": "Cita {{numero}}"},
        {"type": "FOOTER", "text": "Sol"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "QUICK_REPLY", "text": "Sí"},
                {"type": "URL", "text": "Ver", "url": "https://example.com/{{1}}"},
            ],
        },
        named_parameters=True,
    )
    values = {"header:numero": "7", "body:nombre": "Ana", "body:dia": "hoy", "button:1": "abc"}
    assert [each.key for each in template_texts.variables_of(template)] == list(values)
    shown = template_texts.preview(template, values)
    assert shown.text == "Cita 7\n\nHola Ana, Ana: hoy.\n\nSol"
    assert shown.buttons == ("Sí", "Ver")
    assert template_texts.preview(template, {}).body == "Hola {{nombre}}, {{nombre}}: {{dia}}."
    assert template_texts.use_of(template, values) == TemplateUse(
        name="cita",
        language="es_MX",
        header=("7",),
        body=("Ana", "hoy"),
        names=("nombre", "dia"),
        buttons=((1, "abc"),),
        header_names=("numero",),
    )


def test_places_are_given_in_the_order_of_their_numbers() -> None:
    template = make_template("El {{2}} a las {{3}}, {{1}}.")
    values = {"body:1": "Ana", "body:2": "lunes", "body:3": "9"}
    assert template_texts.use_of(template, values).body == ("Ana", "lunes", "9")


def test_a_value_that_looks_like_a_place_stays_a_value() -> None:
    template = make_template("{{1}} y {{2}}")
    shown = template_texts.preview(template, {"body:1": "{{2}}", "body:2": "b"})
    assert shown.body == "{{2}} y b"


@pytest.mark.parametrize(
    "components",
    [
        [],
        [None, 7, {"type": 3}, {"type": "BODY", "text": 9}],
        [{"type": "BODY", "text": "Hola"}, {"type": "HEADER", "format": "IMAGE"}],
        [{"type": "BODY", "text": "Hola"}, {"type": "CAROUSEL", "cards": []}],
        [{"type": "BODY", "text": "Hola"}, {"type": "BUTTONS", "buttons": [{"type": "OTP"}]}],
    ],
    ids=range(5),
)
def test_what_we_cannot_fill_is_an_obstacle(components: list[Any]) -> None:
    assert template_texts.shape_of(MessageTemplate(components=components)).obstacle
