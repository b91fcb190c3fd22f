"""pywa, a client that we did not write, against the simulated Cloud API: every kind that it sends.

What the simulator does not know it refuses in Meta's shape, which pywa turns into its own errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from pywa import WhatsApp, types
from pywa.errors import WhatsAppError
from pywa.types.templates import TemplateLanguage

from integrations.models import SimulatedMessage, SimulatedPhone
from tests.integrations.misbehaving import Provider
from tests.integrations.simulator.world import ACCOUNT, NUMBER, TOKEN, written

pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


class _Redirected(httpx.HTTPTransport):
    """Graph's requests go to the simulator: pywa has no setting for another base address."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = httpx.URL(base)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "graph.facebook.com":
            path = f"{self._base.path.rstrip('/')}{request.url.raw_path.decode()}"
            request.url = self._base.copy_with(raw_path=path.encode())
            request.headers["host"] = request.url.netloc.decode()
        return super().handle_request(request)


@pytest.fixture
def pywa(live_server: LiveServer, business: Provider) -> Iterator[WhatsApp]:
    """The client, as its manual says to build one."""
    transport = _Redirected(f"{live_server.url}/simulator/whatsapp")
    with httpx.Client(transport=transport, timeout=60) as session:
        yield WhatsApp(phone_id=NUMBER, token=TOKEN, session=session, waba_id=ACCOUNT)


def _body(*words: str) -> dict[str, Any]:
    return {"type": "body", "parameters": [{"type": "text", "text": word} for word in words]}


Send = Callable[[WhatsApp, str, str], Any]
BUTTONS = [types.Button("Sí", callback_data="yes"), types.Button("No", callback_data="no")]
LIST = types.SectionList(
    "Ver horas",
    [types.Section("Hoy", [types.SectionRow("10:00", callback_data="a", description="Zoom")])],
)
CARD = types.Contact(
    name=types.Contact.Name(formatted_name="Luis Pérez", first_name="Luis"),
    phones=[types.Contact.Phone(phone="+34600100200", type="WORK")],
)
SENDS: dict[str, Send] = {
    "text": lambda wa, to, _: wa.send_message(to, "Hola *Ana*", preview_url=True),
    "reply": lambda wa, to, quoted: wa.send_message(to, "Sí", reply_to_message_id=quoted),
    "tracker": lambda wa, to, _: wa.send_message(to, "Hola", tracker="turn:1"),
    "buttons": lambda wa, to, _: wa.send_message(
        to, "¿Te va?", header="Cita", footer="Sol", buttons=BUTTONS
    ),
    "list": lambda wa, to, _: wa.send_message(to, "Elige", buttons=LIST),
    "link": lambda wa, to, _: wa.send_message(
        to, "Míralo", buttons=types.URLButton("Abrir", url="https://example.com/")
    ),
    "image": lambda wa, to, _: wa.send_image(to, PNG, caption="Plano", mime_type="image/png"),
    "image with buttons": lambda wa, to, _: wa.send_image(
        to, PNG, caption="¿Te gusta?", mime_type="image/png", buttons=BUTTONS
    ),
    "image by address": lambda wa, to, _: wa.send_image(to, "https://example.com/a.png"),
    "document": lambda wa, to, _: wa.send_document(
        to, b"%PDF-1.4 x", filename="oferta.pdf", mime_type="application/pdf"
    ),
    "audio": lambda wa, to, _: wa.send_audio(to, b"ID3" + b"\x00" * 64, mime_type="audio/mpeg"),
    "voice": lambda wa, to, _: wa.send_voice(to, b"OggS" + b"\x00" * 64, mime_type="audio/ogg"),
    "video": lambda wa, to, _: wa.send_video(
        to, b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64, mime_type="video/mp4"
    ),
    "sticker": lambda wa, to, _: wa.send_sticker(
        to, b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"\x00" * 64, mime_type="image/webp"
    ),
    "location": lambda wa, to, _: wa.send_location(to, 19.43, -99.13, name="Oficina"),
    "contacts": lambda wa, to, _: wa.send_contact(to, CARD),
    "reaction": lambda wa, to, quoted: wa.send_reaction(to, "👍", quoted),
    "reaction taken back": lambda wa, to, quoted: wa.remove_reaction(to, quoted),
    "request for location": lambda wa, to, _: wa.request_location(to, "¿Dónde estás?"),
    "request for number": lambda wa, to, _: wa.request_contact_info(to, "¿Tu número?"),
    "template": lambda wa, to, _: wa.send_template(
        to,
        "recordatorio_cita",
        TemplateLanguage.SPANISH_MEX,
        params=[_body("Ana", "jueves 26", "10:30")],
    ),
    "call": lambda wa, to, _: wa.send_message(
        to, "Llámanos", buttons=types.VoiceCallButton(title="Llamar")
    ),
}
REFUSED: dict[str, tuple[Send, int]] = {
    "too long": (lambda wa, to, _: wa.send_message(to, "x" * 4097), 131009),
    "no such template": (
        lambda wa, to, _: wa.send_template(to, "nada", TemplateLanguage.SPANISH, params=[]),
        132001,
    ),
    "too few variables": (
        lambda wa, to, _: wa.send_template(
            to, "recordatorio_cita", TemplateLanguage.SPANISH_MEX, params=[_body("Ana")]
        ),
        132000,
    ),
    "nobody's file": (lambda wa, to, _: wa.send_image(to, "999999999"), 100),
}


def test_every_kind_is_sent_and_its_answer_understood(pywa: WhatsApp, ana: SimulatedPhone) -> None:
    heard = written(ana, at=timezone.now())
    for name, send in SENDS.items():
        sent = send(pywa, str(ana.wa_id), heard.wamid)
        stored = SimulatedMessage.objects.get(wamid=sent.id)
        assert stored.phone == ana, name
        assert sent.input == ana.wa_id, name


def test_what_meta_refuses_is_an_error_of_pywas(pywa: WhatsApp, ana: SimulatedPhone) -> None:
    heard = written(ana, at=timezone.now())
    for name, (send, code) in REFUSED.items():
        with pytest.raises(WhatsAppError) as caught:
            send(pywa, str(ana.wa_id), heard.wamid)
        assert (name, caught.value.code) == (name, code)
        assert caught.value.message


def test_a_wrong_token_is_an_error_too(ana: SimulatedPhone, live_server: LiveServer) -> None:
    transport = _Redirected(f"{live_server.url}/simulator/whatsapp")
    with httpx.Client(transport=transport) as session:
        stranger = WhatsApp(phone_id=NUMBER, token="wrong", session=session)
        with pytest.raises(WhatsAppError) as caught:
            stranger.send_message(str(ana.wa_id), "Hola")
    assert caught.value.code == 190


def test_a_person_without_a_number_is_written_to_by_their_id(
    pywa: WhatsApp, marta: SimulatedPhone
) -> None:
    written(marta, at=timezone.now())
    sent = pywa.send_message(marta.user_id, "Hola")
    assert SimulatedMessage.objects.get(wamid=sent.id).phone == marta
    assert sent.input == marta.user_id


def test_reading_typing_and_files(pywa: WhatsApp, ana: SimulatedPhone) -> None:
    heard = written(ana, at=timezone.now())
    assert pywa.mark_message_as_read(heard.wamid).success
    assert pywa.indicate_typing(heard.wamid).success
    media = pywa.upload_media(PNG, mime_type="image/png", filename="a.png")
    held = pywa.get_media_url(media.id)
    assert held.mime_type == "image/png"
    assert pywa.get_media_bytes(held.url) == PNG
