"""The account's templates: listed over HTTP, read, sent and refused; and what webhooks say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from integrations import http
from integrations.conf import WhatsAppConf
from integrations.messaging import (
    Address,
    MessageKind,
    OutboundMessage,
    SendError,
    SendVerdict,
    TemplateChange,
    TemplateInfo,
    TemplateSourceError,
    TemplateStatus,
    TemplateUse,
)
from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator.phone import cards
from integrations.whatsapp import templates
from integrations.whatsapp.channel import WhatsAppChannel, request_body
from integrations.whatsapp.templates import WhatsAppTemplates
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Provider, answer
from tests.integrations.simulator.conftest import Cloud, ana, business, cloud  # noqa: F401
from tests.integrations.simulator.world import ACCOUNT, NUMBER, TOKEN


@pytest.fixture
def meta() -> Iterator[Provider]:
    with misbehaving.run() as running:
        yield running


def conf(api_url: str) -> WhatsAppConf:
    return WhatsAppConf(
        api_url=api_url, phone_number_id=NUMBER, business_account_id=ACCOUNT, access_token=TOKEN
    )


def read(api_url: str) -> list[TemplateInfo]:
    with http.session(connect=10, read=10, total=20) as session:
        return list(WhatsAppTemplates(conf(api_url), session).templates())


def element(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": "1", "name": name, "language": "es", "status": "APPROVED", **fields}


def test_pages_are_followed_and_odd_elements_do_no_harm(meta: Provider) -> None:
    more = f"{meta.url}/v26.0/{ACCOUNT}/message_templates?after=x"
    first = [
        element("a", category="UTILITY", quality_score={"score": "GREEN"}, components="?"),
        element("b", status="SOMETHING_NEW", components=[{"type": "BODY", "text": "x\x00\ud83d"}]),
        element(""),
        {},
    ]
    meta.plays(
        answer(200, {"data": first, "paging": {"next": more}}),
        answer(200, {"data": [element("a"), element("c", parameter_format="NAMED")]}),
    )
    found = read(f"{meta.url}/v26.0")

    assert [(info.name, info.status) for info in found] == [
        ("a", TemplateStatus.APPROVED),
        ("b", TemplateStatus.OTHER),
        ("c", TemplateStatus.APPROVED),
    ]
    assert (found[0].category, found[0].quality, found[0].components) == ("utility", "green", [])
    assert found[1].components[0]["text"].startswith("x")
    assert found[2].named_parameters
    assert [seen.headers["authorization"] for seen in meta.seen] == [f"Bearer {TOKEN}"] * 2


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v26.0/1/message_templates",
        "http://127.0.0.1:1/v26.0/1/message_templates",
        "{url}@evil.example/x",
        "//evil.example/x",
        "{url}\\@evil.example/",
        7,
    ],
)
def test_our_token_goes_to_no_other_address(meta: Provider, address: Any) -> None:
    following = address.format(url=meta.url) if isinstance(address, str) else address
    meta.plays(answer(200, {"data": [], "paging": {"next": following}}))
    with pytest.raises(TemplateSourceError, match="another address"):
        read(f"{meta.url}/v26.0")
    assert len(meta.seen) == 1


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"error": {"code": 190}}, "access token"),
        (400, {"error": {"code": 100}}, "WHATSAPP_BUSINESS_ACCOUNT_ID"),
        (500, "no json", "HTTP 500"),
        (200, {"data": 7}, "cannot be read"),
        (302, {}, "HTTP 302"),
    ],
)
def test_a_list_that_does_not_come_is_said_in_words(
    meta: Provider, status: int, body: Any, words: str
) -> None:
    meta.plays(answer(status, body))
    with pytest.raises(TemplateSourceError, match=words) as caught:
        read(f"{meta.url}/v26.0")
    assert TOKEN not in str(caught.value)


def test_nobody_there_and_no_account() -> None:
    with pytest.raises(TemplateSourceError, match="could not be reached"):
        read(f"http://127.0.0.1:{misbehaving.closed_port()}/v26.0")
    nobody = WhatsAppConf(api_url="http://127.0.0.1:1", phone_number_id="1")
    with http.session() as session, pytest.raises(TemplateSourceError, match="not set"):
        WhatsAppTemplates(nobody, session).templates()


def use(**fields: Any) -> OutboundMessage:
    given: dict[str, Any] = {"name": "cita", "language": "es_MX", "body": ("Ana",)}
    template = TemplateUse(**(given | fields))
    to = Address(phone="5215550101234")
    return OutboundMessage(to, MessageKind.TEMPLATE, "", "t#1", template=template)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Cita bonita"},
        {"name": ""},
        {"language": "español"},
        {"body": ("",)},
        {"body": ("a\nb",)},
        {"body": ("a\tb",)},
        {"body": ("a     b",)},
        {"body": ("x" * 1025,)},
        {"header": ("x" * 61,)},
        {"names": ("a", "b")},
        {"buttons": ((10, "x"),)},
        {"buttons": ((0, "x"), (0, "y"))},
        {"buttons": ((0, " "),)},
    ],
)
def test_what_can_never_be_sent_is_refused_here(fields: dict[str, Any]) -> None:
    with pytest.raises(SendError) as caught:
        request_body(use(**fields))
    assert caught.value.verdict is SendVerdict.FAILED
    assert len(str(caught.value)) > 10


def test_a_template_without_a_use_is_refused() -> None:
    to = Address(phone="5215550101234")
    with pytest.raises(SendError):
        request_body(OutboundMessage(to, MessageKind.TEMPLATE, "Hola", "t#1"))


@pytest.mark.django_db(transaction=True)
class TestWithTheSimulator:
    """One server: the list, what it takes, and what it refuses as Meta does."""

    def test_list_send_and_refuse(self, cloud: Cloud, ana: SimulatedPhone) -> None:  # noqa: F811
        api = f"{cloud.url}/v26.0"
        found = {(info.name, info.language): info for info in read(api)}
        assert found["recordatorio_cita", "es_MX"].status is TemplateStatus.APPROVED
        assert found["oferta_relampago", "es_MX"].status is TemplateStatus.PAUSED
        assert found["seguimiento", "es_MX"].named_parameters
        one_by_one = cloud.get(f"{ACCOUNT}/message_templates?limit=3&fields=name").json()
        assert len(one_by_one["data"]) == 3
        assert "after=3" in one_by_one["paging"]["next"]

        session = cloud.session
        assert isinstance(session, http.Session)
        channel = WhatsAppChannel(conf(api), session)
        assert channel.send(
            use(
                name="seguimiento",
                body=("Ana", "Luis", "el presupuesto"),
                names=("nombre", "asesor", "tema"),
            )
        )
        sent = SimulatedMessage.objects.get()
        assert cards.text_of("template", sent.content) == (
            "Hola Ana, soy Luis. ¿Pudiste revisar lo que vimos sobre el presupuesto?"
        )
        offer = {"name": "promocion_temporada", "body": ("Ana", "hoy")}
        assert channel.send(use(**offer, buttons=((0, "a1"),)))
        for fields, code in (
            ({"name": "recordatorio_cita"}, 132000),
            ({"name": "recordatorio_cita", "language": "pt_BR"}, 132001),
            ({"name": "encuesta"}, 132001),
            ({"name": "oferta_relampago"}, 132015),
            ({"name": "seguimiento", "body": ("a", "b", "c"), "names": ("a", "b", "c")}, 132012),
            (offer, 131008),
            ({**offer, "buttons": ((0, "a"), (5, "b"))}, 132018),
            ({**offer, "body": ("x" * 1000, "hoy"), "buttons": ((0, "a"),)}, 132005),
        ):
            with pytest.raises(SendError) as caught:
                channel.send(use(**fields))
            assert (caught.value.code, caught.value.verdict) == (code, SendVerdict.FAILED)
        assert SimulatedMessage.objects.filter(occurred_at__lte=timezone.now()).count() == 2


NAMED = {
    "message_template_id": 123,
    "message_template_name": "cita",
    "message_template_language": "es_MX",
}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (
            "message_template_status_update",
            {"event": "PAUSED", "reason": "NONE", "other_info": {"description": "Low quality"}},
            {"status": TemplateStatus.PAUSED, "reason": "Low quality"},
        ),
        (
            "message_template_status_update",
            {"event": "REJECTED", "reason": "ABUSIVE_CONTENT", "rejection_info": 3},
            {"status": TemplateStatus.REJECTED, "reason": "ABUSIVE_CONTENT"},
        ),
        (
            "message_template_status_update",
            {"event": "REINSTATED", "message_template_category": "UTILITY"},
            {"status": TemplateStatus.APPROVED, "category": "utility"},
        ),
        (
            "message_template_status_update",
            {"event": "WHATEVER"},
            {"status": TemplateStatus.OTHER},
        ),
        (
            "template_category_update",
            {"previous_category": "UTILITY", "new_category": "MARKETING"},
            {"category": "marketing"},
        ),
        ("message_template_quality_update", {"new_quality_score": "RED"}, {"quality": "red"}),
    ],
)
def test_webhooks_about_templates(
    field: str, value: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = list(templates.changes(field, NAMED | value))
    assert found == [TemplateChange("cita", "es_MX", "123", **expected)]


@pytest.mark.parametrize(
    "value", [{}, NAMED | {"message_template_name": 7}, NAMED | {"message_template_language": ""}]
)
def test_a_webhook_that_names_no_template_says_nothing(value: dict[str, Any]) -> None:
    assert list(templates.changes("message_template_status_update", value)) == []
    assert list(templates.changes("account_update", NAMED)) == []
