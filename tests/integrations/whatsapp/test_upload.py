"""A file of ours on its way to Meta: in parts, with one verdict for each way it fails."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest

from integrations import http
from integrations.conf import WhatsAppConf
from integrations.messaging import Address, MessageKind, OutboundFile, SendError, SendVerdict
from integrations.whatsapp.channel import WhatsAppChannel
from tests.contracts.channel import outbound
from tests.fakes.files import Sips
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Behaviour, Provider, answer

ACCEPTED = answer(200, {"messages": [{"id": "wamid.OUT"}]})
UPLOADED = answer(200, {"id": "9007199254740993"})
BODY = b"%PDF-1.7\r\n--boundary--\r\n\x00" + b"x" * 200_000


@pytest.fixture
def provider() -> Iterator[Provider]:
    with misbehaving.run() as running:
        running.plays(UPLOADED, ACCEPTED)
        yield running


@pytest.fixture
def whatsapp(provider: Provider) -> Iterator[WhatsAppChannel]:
    conf = WhatsAppConf(api_url=f"{provider.url}/v26.0", phone_number_id="1182", access_token="t")
    with http.session(connect=5, read=1, total=3) as session:
        yield WhatsAppChannel(conf, session)


def a_file(body: bytes = BODY, **fields: Any) -> OutboundFile:
    given: dict[str, Any] = {
        "mime_type": "application/pdf",
        "filename": "Cotización.pdf",
        "size": len(body),
    }
    return OutboundFile(open=lambda: Sips(body), **(given | fields))


def send(whatsapp: WhatsAppChannel, **fields: Any) -> str:
    given = {"kind": MessageKind.DOCUMENT, "text": "Aquí va", "file": a_file()}
    return whatsapp.send(outbound(**(given | fields)))


def verdict(whatsapp: WhatsAppChannel, **fields: Any) -> tuple[SendVerdict, int | None]:
    with pytest.raises(SendError) as caught:
        send(whatsapp, **fields)
    return caught.value.verdict, caught.value.code


def test_a_file_is_uploaded_and_sent_by_its_id(provider, whatsapp):
    assert send(whatsapp) == "wamid.OUT"

    form, message = provider.seen
    assert form.path == "/v26.0/1182/media"
    assert form.headers["content-length"] == str(len(form.body))
    boundary = form.headers["content-type"].partition("boundary=")[2].encode()
    product, mime, file, end = form.body.split(b"--" + boundary)[1:]
    assert product.endswith(b'name="messaging_product"\r\n\r\nwhatsapp\r\n')
    assert mime.endswith(b'name="type"\r\n\r\napplication/pdf\r\n')
    assert file.partition(b"\r\n\r\n")[2] == BODY + b"\r\n"
    assert end == b"--\r\n"
    assert message.json["document"] == {
        "id": "9007199254740993",
        "caption": "Aquí va",
        "filename": "Cotización.pdf",
    }


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (MessageKind.IMAGE, {"caption": "Aquí va"}),
        (MessageKind.VIDEO, {"caption": "Aquí va"}),
        (MessageKind.AUDIO, {}),
    ],
)
def test_only_documents_have_a_name_and_sounds_no_caption(provider, whatsapp, kind, said):
    send(whatsapp, kind=kind)
    assert provider.seen[1].json[kind] == {"id": "9007199254740993", **said}


def test_its_name_breaks_out_of_nothing(provider, whatsapp):
    name = 'a"\r\nX-Evil: 1\r\n\r\n.pdf'
    send(whatsapp, file=a_file(filename=name, mime_type="application/pdf"))
    form, message = provider.seen
    assert b"Evil" not in form.body
    assert "x-evil" not in form.headers
    assert "\r" not in message.json["document"]["filename"].replace("\r\n", "")


def error(status: int, code: int) -> Behaviour:
    return answer(status, {"error": {"message": "No", "code": code}})


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (error(400, 131053), (SendVerdict.RETRY, 131053)),
        (error(400, 100), (SendVerdict.FAILED, 100)),
        (error(401, 190), (SendVerdict.RETRY, 190)),
        (answer(502, b"<html>"), (SendVerdict.RETRY, None)),
        (answer(200, {"id": "../me"}), (SendVerdict.RETRY, None)),
        (answer(200, b"nothing"), (SendVerdict.RETRY, None)),
        (misbehaving.raw(b"HTTP/1.1 200 X\r\nContent-Len"), (SendVerdict.RETRY, None)),
        (misbehaving.reset, (SendVerdict.RETRY, None)),
    ],
    ids=range(8),
)
def test_a_failing_upload_is_a_definite_no(provider, whatsapp, behaviour, expected):
    """Nothing has left yet: what would be unclear of a message is not unclear here."""
    provider.plays(behaviour)
    assert verdict(whatsapp) == expected
    assert {seen.path for seen in provider.seen} == {"/v26.0/1182/media"}


def test_a_redirect_is_not_followed(provider, whatsapp):
    provider.plays(answer(302, b"", Location=f"{provider.url}/elsewhere"))
    assert verdict(whatsapp)[0] is SendVerdict.RETRY
    assert len(provider.seen) == 1


def test_a_file_that_is_gone_fails_for_good(provider, whatsapp):
    def gone() -> io.BytesIO:
        raise FileNotFoundError

    assert verdict(whatsapp, file=OutboundFile("image/png", "a.png", 3, gone))[0] is (
        SendVerdict.FAILED
    )
    assert provider.seen == []


def test_a_file_that_shrank_is_never_sent(provider, whatsapp):
    assert verdict(whatsapp, file=a_file(BODY, size=len(BODY) + 1))[0] is SendVerdict.RETRY


def test_a_file_is_closed_whatever_happens(provider, whatsapp):
    opened = io.BytesIO(BODY)
    provider.plays(misbehaving.reset)
    verdict(whatsapp, file=OutboundFile("application/pdf", "a.pdf", len(BODY), lambda: opened))
    assert opened.closed


def test_who_cannot_be_addressed_costs_no_upload(provider, whatsapp):
    assert verdict(whatsapp, to=Address())[0] is SendVerdict.FAILED
    assert provider.seen == []
