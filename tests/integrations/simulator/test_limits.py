"""Every documented limit of a message: what keeps it passes, what breaks it is Meta's error."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.simulator.cloud.errors import GraphError
from integrations.simulator.cloud.validation import read_send
from tests.integrations.simulator.world import buttons, rows, text

TO = {"messaging_product": "whatsapp", "to": "5215550101234"}


def interactive(kind: str, action: dict[str, Any], **parts: Any) -> dict[str, Any]:
    content = {"type": kind, "body": {"text": "¿Sí?"}, "action": action, **parts}
    return {"type": "interactive", "interactive": content}


def of(kind: str, **content: Any) -> dict[str, Any]:
    return {"type": kind, kind: content}


CARD = {"name": {"formatted_name": "Ana Torres", "first_name": "Ana"}, "phones": []}
LINK = {"name": "cta_url", "parameters": {"display_text": "Abrir", "url": "https://example.com"}}
GOOD: list[dict[str, Any]] = [
    text("x" * 4096),
    of("image", id="1", caption="x" * 1024),
    of("video", link="https://example.com/a.mp4"),
    of("audio", id="1", voice=True),
    of("document", id="1", filename="plan.pdf", caption="Plan"),
    of("sticker", id="1"),
    of("location", latitude="19.4", longitude=-99.1, name="Casa", address="Lerma 171"),
    {"type": "contacts", "contacts": [CARD]},
    of("reaction", message_id="wamid.1", emoji="👍"),
    of("reaction", message_id="wamid.1", emoji=""),
    of("template", name="recordatorio", language={"code": "es_MX"}, components=[]),
    buttons("Sí", "No", "x" * 20),
    rows(*[f"{n}" * 12 for n in range(10, 20)][:10]),
    interactive("cta_url", LINK, header={"type": "image", "image": {"id": "1"}}),
    interactive("request_contact_info", {"name": "request_contact_info"}),
    interactive("location_request_message", {"name": "send_location"}),
    interactive("flow", {"name": "flow", "parameters": {"flow_cta": "Abrir", "flow_id": "1"}}),
    interactive("catalog_message", {"name": "catalog_message"}, footer={"text": "x" * 60}),
    interactive(
        "product_list",
        {
            "catalog_id": "1",
            "sections": [{"title": "A", "product_items": [{"product_retailer_id": "1"}]}],
        },
        header={"type": "text", "text": "x" * 60},
    ),
    {
        "type": "interactive",
        "interactive": {
            "type": "product",
            "action": {"catalog_id": "1", "product_retailer_id": "1"},
        },
    },
    {**text(), "context": {"message_id": "wamid.1"}, "biz_opaque_callback_data": "x" * 512},
]
BROKEN: list[tuple[dict[str, Any], int]] = [
    (text(""), 131008),
    (text("x" * 4097), 131009),
    ({**text(), "colour": "red"}, 100),
    (of("text", body="Hola", colour="red"), 100),
    (of("text", body="Hola", preview_url="yes"), 100),
    (of("text", body=7), 100),
    ({**text(), "biz_opaque_callback_data": 7}, 100),
    ({**text(), "context": {"id": "wamid.1"}}, 100),
    ({**text(), "context": {}}, 131008),
    ({**text(), "recipient_type": "group"}, 131009),
    ({**text(), "to": 5215550101234}, 100),
    ({"type": ["text"]}, 131051),
    (of("image", id="1", caption="x" * 1025), 131009),
    (of("image", id="1", link="https://example.com/a.png"), 100),
    (of("image", link="file:///etc/passwd"), 131009),
    (of("image", id=1), 100),
    (of("audio", id="1", caption="Hola"), 100),
    (of("sticker", id="1", caption="Hola"), 100),
    (of("image", id="1", filename="a.png"), 100),
    (of("location", latitude=91, longitude=0), 131009),
    (of("location", latitude=True, longitude=0), 131009),
    (of("location", latitude="north", longitude=0), 131009),
    (of("location", latitude=1), 131008),
    ({"type": "contacts", "contacts": []}, 131009),
    ({"type": "contacts", "contacts": {}}, 131008),
    ({"type": "contacts", "contacts": [{"name": {"formatted_name": "Ana"}}]}, 131009),
    (of("reaction", emoji="👍"), 131008),
    (of("template", name="Recordatorio", language={"code": "es"}), 131009),
    (of("template", name="recordatorio", language={"code": "Spanish"}), 131009),
    (buttons(), 131009),
    (buttons("x" * 21), 131009),
    (
        interactive("button", {"buttons": [{"type": "url", "reply": {"id": "1", "title": "a"}}]}),
        131009,
    ),
    (
        interactive(
            "button", {"buttons": [{"type": "reply", "reply": {"id": "x" * 257, "title": "a"}}]}
        ),
        131009,
    ),
    (interactive("button", {"buttons": []}, body={"text": "x" * 1025}), 131009),
    (interactive("cta_url", LINK, footer={"text": "x" * 61}), 131009),
    (interactive("cta_url", LINK, header={"type": "text", "text": "x" * 61}), 131009),
    (interactive("cta_url", LINK, header={"type": "audio"}), 131009),
    (interactive("cta_url", LINK, colour="red"), 100),
    (interactive("cta_url", {"name": "cta_url", "parameters": {"url": "https://a.b"}}), 131008),
    (interactive("list", {"button": "x" * 21, "sections": [{"rows": []}]}), 131009),
    (
        interactive(
            "list", {"button": "Ver", "sections": [{"rows": [{"id": "1", "title": "x" * 25}]}]}
        ),
        131009,
    ),
    (
        interactive(
            "list", {"button": "Ver", "sections": [{"rows": [{"id": "x" * 201, "title": "a"}]}]}
        ),
        131009,
    ),
    (
        interactive(
            "list",
            {
                "button": "Ver",
                "sections": [{"rows": [{"id": "1", "title": "a", "description": "x" * 73}]}],
            },
        ),
        131009,
    ),
    (
        interactive(
            "list",
            {
                "button": "Ver",
                "sections": [{"rows": [{"id": str(n), "title": "a"}]} for n in (1, 2)],
            },
        ),
        131008,
    ),
    (rows("a", "a"), 131009),
    (interactive("flow", {"name": "flow", "parameters": {"flow_cta": "Abrir"}}), 131009),
    (interactive("hologram", {}), 131009),
    (interactive("request_contact_info", {"name": "contact_request"}), 131009),
]


@pytest.mark.parametrize("message", GOOD)
def test_what_keeps_the_limits_passes(message: dict[str, Any]) -> None:
    request = read_send({**TO, **message})
    assert request.type == message["type"]


@pytest.mark.parametrize(("message", "code"), BROKEN)
def test_what_breaks_one_is_metas_error(message: dict[str, Any], code: int) -> None:
    with pytest.raises(GraphError) as caught:
        read_send({**TO, **message})
    error = caught.value.body()["error"]
    assert error["code"] == code
    assert error["type"] == "OAuthException"
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert error["error_data"]["details"]
    assert error["fbtrace_id"]
    assert caught.value.status == 400
