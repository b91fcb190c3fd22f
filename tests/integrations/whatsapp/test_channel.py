"""Sending, against a server that answers as Meta does and as Meta should not."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from integrations import http
from integrations.conf import WhatsAppConf
from integrations.messaging import (
    Address,
    Channel,
    MessageKind,
    Option,
    SendError,
    SendScope,
    SendVerdict,
)
from integrations.whatsapp.channel import WhatsAppChannel
from tests.contracts.channel import BSUID, ChannelContract, options, outbound
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Behaviour, Provider, answer

TOKEN = "EAAGm0PX4ZCpsBAKZCtoken"
ACCEPTED = {"messaging_product": "whatsapp", "messages": [{"id": "wamid.OUT"}]}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with misbehaving.run() as running:
        yield running


@pytest.fixture
def session() -> Iterator[http.Session]:
    with http.session(connect=10, read=10, total=20) as made:
        yield made


def channel_at(url: str, session: http.Session) -> WhatsAppChannel:
    conf = WhatsAppConf(api_url=f"{url}/v26.0", phone_number_id="1182", access_token=TOKEN)
    return WhatsAppChannel(conf, session)


@pytest.fixture
def whatsapp(provider: Provider, session: http.Session) -> WhatsAppChannel:
    provider.plays(answer(200, ACCEPTED))
    return channel_at(provider.url, session)


def failure(whatsapp: WhatsAppChannel, **fields: Any) -> SendError:
    with pytest.raises(SendError) as caught:
        whatsapp.send(outbound(**fields))
    return caught.value


def meta_error(status: int = 400, **error: Any) -> Behaviour:
    return answer(status, {"error": {"message": "(#1) No", "type": "OAuthException"} | error})


class TestContract(ChannelContract):
    """The WhatsApp channel is a Channel."""

    @pytest.fixture
    def channel(self, provider: Provider, session: http.Session) -> Channel:
        numbers = itertools.count()

        def accept(connection: Any) -> None:
            answer(200, {"messages": [{"id": f"wamid.{next(numbers)}"}]})(connection)

        provider.plays(accept)
        return channel_at(provider.url, session)

    @pytest.fixture
    def broken_channels(self, provider: Provider, session: http.Session) -> list[Channel]:
        provider.plays(misbehaving.reset)
        nobody = f"http://127.0.0.1:{misbehaving.closed_port()}"
        return [channel_at(url, session) for url in (provider.url, nobody, "http://[::1")]


def test_a_text_on_the_wire(provider, whatsapp):
    assert whatsapp.send(outbound(text="¿Qué tal? 👋", reply_to="wamid.IN")) == "wamid.OUT"

    (seen,) = provider.seen
    assert (seen.method, seen.path) == ("POST", "/v26.0/1182/messages")
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.json == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5215550101234",
        "type": "text",
        "text": {"body": "¿Qué tal? 👋", "preview_url": False},
        "biz_opaque_callback_data": "t#1",
        "context": {"message_id": "wamid.IN"},
    }


def test_a_bsuid_is_never_put_into_to(provider, whatsapp):
    whatsapp.send(outbound(to=BSUID))

    assert provider.seen[0].json["recipient"] == "AR.77120934418820561"
    assert "to" not in provider.seen[0].json


def test_with_both_the_phone_is_used(provider, whatsapp):
    whatsapp.send(outbound(to=Address(phone="34600100200", bsuid="ES.1")))

    assert provider.seen[0].json["to"] == "34600100200"
    assert "recipient" not in provider.seen[0].json


def test_a_bsuid_where_a_phone_should_be(whatsapp):
    assert failure(whatsapp, to=Address(phone="AR.771")).permanent


def test_buttons_on_the_wire(provider, whatsapp):
    whatsapp.send(outbound(kind=MessageKind.BUTTONS, options=options(2)))

    assert provider.seen[0].json["interactive"] == {
        "type": "button",
        "body": {"text": "Hola"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "id-0", "title": "Opción 0"}},
                {"type": "reply", "reply": {"id": "id-1", "title": "Opción 1"}},
            ]
        },
    }


def test_what_a_button_cannot_hold_stands_in_the_text(provider, whatsapp):
    long = "Entre cinco mil y diez mil al mes"

    whatsapp.send(
        outbound(kind=MessageKind.BUTTONS, options=(Option("a", long), Option("b", "Otro")))
    )

    interactive = provider.seen[0].json["interactive"]
    titles = [button["reply"]["title"] for button in interactive["action"]["buttons"]]
    assert titles == ["Entre cinco mil y d…", "Otro"]
    assert interactive["body"]["text"] == f"Hola\n• {long}"


def test_a_list_on_the_wire(provider, whatsapp):
    rows = (Option("s1", "Jueves 26 de noviembre, 10:00", "30 min"), Option("s2", "Viernes", ""))

    whatsapp.send(outbound(kind=MessageKind.LIST, options=rows, button_label="Ver horarios"))

    assert provider.seen[0].json["interactive"] == {
        "type": "list",
        "body": {"text": "Hola"},
        "action": {
            "button": "Ver horarios",
            "sections": [
                {
                    "rows": [
                        {
                            "id": "s1",
                            "title": "Jueves 26 de noviembre,…",
                            "description": "Jueves 26 de noviembre, 10:00 · 30 min",
                        },
                        {"id": "s2", "title": "Viernes"},
                    ]
                }
            ],
        },
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "x" * 4097},
        {"text": "x" * 1025, "kind": MessageKind.BUTTONS, "options": options(1)},
        {"kind": MessageKind.LIST, "options": (Option("a", "A", "d" * 73),), "button_label": "V"},
        {"kind": MessageKind.LIST, "options": (Option("a" * 201, "A"),), "button_label": "V"},
        {"kind": MessageKind.BUTTONS, "options": (Option("a", "x" * 21), Option("b", "x" * 22))},
    ],
    ids=range(5),
)
def test_nothing_is_cut_in_silence_or_sent_too_long(provider, whatsapp, fields):
    assert failure(whatsapp, **fields).verdict is SendVerdict.FAILED
    assert provider.seen == []


def test_the_longest_text_and_unstorable_characters(provider, whatsapp):
    whatsapp.send(outbound(text="x" * 4094 + "\x00\ud83d"))

    assert provider.seen[0].json["text"]["body"] == "x" * 4094 + "\ufffd"


@pytest.mark.parametrize("typing", [True, False])
def test_read_and_typing_on_the_wire(provider, whatsapp, typing):
    provider.plays(answer(200, {"success": True}))

    whatsapp.mark_read("wamid.IN", typing=typing)

    expected: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.IN",
    }
    if typing:
        expected["typing_indicator"] = {"type": "text"}
    assert provider.seen[0].json == expected


ROWS: list[tuple[int, SendVerdict, SendScope]] = [
    *((code, SendVerdict.RETRY, SendScope.MESSAGE) for code in (131000, 131016, 131057)),
    *((code, SendVerdict.RETRY, SendScope.NUMBER) for code in (4, 80007, 130429)),
    (131056, SendVerdict.RETRY, SendScope.CONVERSATION),
    *((code, SendVerdict.RETRY, SendScope.ACCOUNT) for code in (131048, 131064)),
    *((c, SendVerdict.FAILED, SendScope.MESSAGE) for c in (131047, 131026, 131049, 131050, 130472)),
    *((code, SendVerdict.RETRY, SendScope.ACCOUNT) for code in (0, 190, 33, 2500)),
    *((code, SendVerdict.FAILED, SendScope.ACCOUNT) for code in (3, 10, 200, 250, 299, 131005)),
    *((code, SendVerdict.RETRY, SendScope.ACCOUNT) for code in (368, 131031, 131042)),
    *((code, SendVerdict.FAILED, SendScope.ACCOUNT) for code in (131037, 131045, 133010)),
    (130497, SendVerdict.FAILED, SendScope.MESSAGE),
    (133999, SendVerdict.FAILED, SendScope.ACCOUNT),
    *((c, SendVerdict.FAILED, SendScope.MESSAGE) for c in (131030, 100, 131008, 131009, 131021)),
    (131051, SendVerdict.FAILED, SendScope.MESSAGE),
    *((code, SendVerdict.RETRY, SendScope.MESSAGE) for code in (131052, 131053)),
    *((132000 + n, SendVerdict.FAILED, SendScope.MESSAGE) for n in (0, 1, 5, 7, 8, 12, 15, 16)),
    (131062, SendVerdict.FAILED, SendScope.MESSAGE),
    (999999, SendVerdict.FAILED, SendScope.MESSAGE),
]


@pytest.mark.parametrize(("code", "verdict", "scope"), ROWS, ids=[str(row[0]) for row in ROWS])
def test_every_error_code(provider, whatsapp, code, verdict, scope):
    provider.plays(
        meta_error(code=code), meta_error(code=str(code), error_data="a string", status=500)
    )

    first = failure(whatsapp)
    assert (first.code, first.verdict, first.scope) == (code, verdict, scope)
    assert first.closes_window == (code == 131047)
    if code != 999999:
        second = failure(whatsapp)
        assert (second.code, second.verdict, second.scope) == (code, verdict, scope)


@pytest.mark.parametrize(
    ("status", "error", "verdict", "scope"),
    [
        (400, {"code": 424242, "is_transient": True}, SendVerdict.RETRY, SendScope.MESSAGE),
        (500, {"code": 424242}, SendVerdict.RETRY, SendScope.MESSAGE),
        (429, {"code": 424242}, SendVerdict.RETRY, SendScope.NUMBER),
        (401, {}, SendVerdict.RETRY, SendScope.ACCOUNT),
        (400, {"code": True}, SendVerdict.FAILED, SendScope.MESSAGE),
        (400, {"code": [], "error_data": [], "message": 5}, SendVerdict.FAILED, SendScope.MESSAGE),
    ],
)
def test_errors_that_the_table_does_not_name(provider, whatsapp, status, error, verdict, scope):
    provider.plays(meta_error(status=status, **error))

    found = failure(whatsapp)

    assert (found.verdict, found.scope) == (verdict, scope)


UNKNOWN = {
    "reset": misbehaving.reset,
    "closed": misbehaving.raw(b""),
    "cut": misbehaving.raw(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"messages": [{"id": '),
    "html 502": answer(502, b"<html>Bad Gateway</html>"),
    "json 503": answer(503, {"oops": 1}),
    "error is a string": answer(500, {"error": "boom"}),
    "empty 200": answer(200, b""),
    "html 200": answer(200, b"<html>Welcome to the wifi</html>"),
    "null 200": answer(200, None),
    "no wamid": answer(200, {"messages": []}),
    "odd wamid": answer(200, {"messages": [{"id": 5}]}),
    "nested 200": answer(200, b"[" * 100_000),
    "redirect": answer(302, b"", Location="http://127.0.0.1:1/"),
    "request time-out": answer(408, b""),
}


@pytest.mark.parametrize("behaviour", UNKNOWN.values(), ids=UNKNOWN)
def test_what_may_have_arrived_is_unknown_and_asked_once(provider, whatsapp, behaviour):
    provider.plays(behaviour)

    assert failure(whatsapp).verdict is SendVerdict.UNKNOWN
    assert len(provider.seen) == 1


def test_silence_and_trickle_are_unknown(provider):
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b" " * 500
    provider.plays(
        misbehaving.silence(provider.stopping), misbehaving.trickle(data, provider.stopping)
    )

    with http.session(connect=0.5, read=0.3, total=0.6) as hasty:
        whatsapp = channel_at(provider.url, hasty)
        assert failure(whatsapp).verdict is SendVerdict.UNKNOWN
        assert failure(whatsapp).verdict is SendVerdict.UNKNOWN


def test_nobody_there_is_not_sent(session):
    nobody = channel_at(f"http://127.0.0.1:{misbehaving.closed_port()}", session)

    assert failure(nobody).verdict is SendVerdict.NOT_SENT


def test_a_refusal_without_metas_body_may_work_later(provider, whatsapp):
    provider.plays(answer(403, b"<html>proxy</html>"))

    assert failure(whatsapp).verdict is SendVerdict.RETRY


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("999999999", 86_400.0), ("-1", None), ("soon", None)],
)
def test_retry_after(provider, whatsapp, header, seconds):
    body = {"error": {"code": 130429}}
    provider.plays(answer(429, body, Retry_After=header), answer(429, b"slow", Retry_After=header))

    for _ in range(2):
        found = failure(whatsapp)
        assert (found.retry_after, found.scope) == (seconds, SendScope.NUMBER)


@pytest.mark.parametrize("subcode", [33, "33"], ids=["number", "text"])
def test_a_number_that_is_not_ours_holds_everything(provider, whatsapp, subcode):
    provider.plays(
        meta_error(code=100, error_subcode=subcode), meta_error(code=100, error_subcode=34)
    )

    ours, theirs = failure(whatsapp), failure(whatsapp)

    assert (ours.code, ours.verdict, ours.scope) == (33, SendVerdict.RETRY, SendScope.ACCOUNT)
    assert (theirs.code, theirs.scope) == (100, SendScope.MESSAGE)


def test_errors_quote_no_number_token_or_text(provider, whatsapp):
    provider.plays(
        meta_error(
            code=100,
            message=f"Malformed access token {TOKEN}",
            error_data={"details": f"to +52 1 555 010 1234 and ana@example.com with {TOKEN}"},
        )
    )

    found = failure(whatsapp, text="palabras privadas")

    for secret in (TOKEN, "1234", "ana@", "palabras"):
        assert secret not in str(found)
    assert json.dumps(str(found))


def test_errors_keep_no_request(provider, whatsapp):
    provider.plays(misbehaving.reset)

    assert failure(whatsapp).__context__ is None
