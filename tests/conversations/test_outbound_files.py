"""Files of colleagues: what they are, where they lie, how they leave."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import IO
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.models import Attachment, Conversation, Lead, Message
from conversations.services import delivery, lanes, outbound, outbound_files, sendable
from integrations import conf, http
from integrations.messaging import OutboundMessage, ReceiptStatus, SendError, SendVerdict
from integrations.models import SimulatedMedia, SimulatedMessage, SimulatedPhone
from integrations.simulator import phones
from integrations.whatsapp.channel import WhatsAppChannel
from tests.conversations.rows import NOW, make_conversation, make_staff, write
from tests.conversations.sending import GRACE, UNKNOWN, hear, run, states
from tests.fakes.channel import FakeChannel
from tests.integrations.simulator.world import wait_until_told, written

PDF = b"%PDF-1.7\n1 0 obj\n"
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 300
MP4 = b"\x00\x00\x00\x18ftypmp42" + b"v" * 50
OPUS = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x13OpusHead\x01"
VORBIS = b"OggS\x00\x02" + b"\x00" * 20 + b"\x01\x1e\x01vorbis"
OLE = sendable.OLE + b"\x00" * 100_000


def office(part: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("big.bin", b"\x00" * 200_000)
        packed.writestr(part, "<x/>")
    return made.getvalue()


@pytest.fixture
def folder(media_folder: Path) -> Path:
    return media_folder


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def queue(
    conversation: Conversation,
    body: bytes = PDF,
    *,
    name: str = "a.pdf",
    caption: str = "Aquí va",
    now: datetime = NOW,
) -> Message:
    return outbound_files.queue_staff_file(
        conversation_id=conversation.pk,
        staff=make_staff(f"luis-{uuid4()}"),
        file=ContentFile(body, name=name),
        caption=caption,
        now=now,
    )


@pytest.mark.parametrize(
    ("body", "name", "kind", "mime_type", "sent_as"),
    [
        (PDF, "Cotización 2026.pdf", "document", "application/pdf", "Cotización 2026.pdf"),
        (PDF, "gpj.\u202efdp.v2", "document", "application/pdf", "gpj.fdp.pdf"),
        (PDF, "a\r\nX: y", "document", "application/pdf", "aX: y.pdf"),
        (PDF, "../../etc/passwd", "document", "application/pdf", "passwd.pdf"),
        (PDF, "", "document", "application/pdf", "file.pdf"),
        (JPEG, "foto.PNG", "image", "image/jpeg", "foto.jpg"),
        (OPUS, "nota.mp4", "audio", "audio/ogg", "nota.ogg"),
        (b"precios", "notas.log", "document", "text/plain", "notas.txt"),
        (MP4, "casa.mp4", "video", "video/mp4", "casa.mp4"),
        (OPUS, "nota.opus", "audio", "audio/ogg", "nota.opus"),
        (b"ID3\x04" + b"\x00" * 9, "a.mp3", "audio", "audio/mpeg", "a.mp3"),
        (b"uno,dos\n\xc3\xb1\n", "lista.csv", "document", "text/plain", "lista.csv"),
        (office("word/document.xml"), "x", "document", sendable.PACKED[0][0], "x.docx"),
        (office("xl/workbook.xml"), "x.xlsx", "document", sendable.PACKED[1][0], "x.xlsx"),
        (OLE + sendable.LEGACY[0][1], "x.doc", "document", "application/msword", "x.doc"),
    ],
)
def test_bytes_say_what_it_is(
    body: bytes, name: str, kind: str, mime_type: str, sent_as: str
) -> None:
    found = sendable.examine(io.BytesIO(body), name=name, size=len(body))
    assert (found.kind, found.mime_type, found.filename) == (kind, mime_type, sent_as)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "a.pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.png"),
        (b"<?xml version='1.0'?><svg/>", "logo.jpg"),
        (b"\xef\xbb\xbf hola <ScRiPt>alert(1)</script>", "a.txt"),
        (b"x" * 70_000 + b"<iframe src=x>", "a.txt"),
        (b"MZ\x90\x00\x03", "a.pdf"),
        (b"\x7fELF\x02", "a.jpg"),
        (office("evil.exe"), "a.docx"),
        (OLE, "a.doc"),
        (VORBIS, "a.ogg"),
        (b"GIF89a\x01\x00", "a.gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp"),
        (b"\x00\x00\x00\x14ftypqt  ", "a.mp4"),
    ],
    ids=range(13),
)
def test_what_whatsapp_does_not_take(body: bytes, name: str) -> None:
    with pytest.raises(sendable.FileTypeError):
        sendable.examine(io.BytesIO(body), name=name, size=len(body))


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"plain", "virus.exe"),
        (b"plain", "falso.PNG"),
        (b"plain", "a.pdf.html"),
        (b"plain", "casa.mov"),
        (b"a,b", "tabla.xls"),
        (PDF, "gpj.\u202efdp.exe"),
        (JPEG, "a.jpg.html"),
        (JPEG, "factura.pdf"),
        (MP4, "casa.jpg"),
        (office("word/document.xml"), "x.zip"),
        (OLE + sendable.LEGACY[0][1], "x.pdf"),
    ],
    ids=range(11),
)
def test_a_name_that_says_another_type_is_refused(body: bytes, name: str) -> None:
    with pytest.raises(sendable.FileNameError):
        sendable.examine(io.BytesIO(body), name=name, size=len(body))


@pytest.mark.parametrize(
    ("body", "megabytes"), [(JPEG, 5), (MP4, 16), (OPUS, 16), (PDF, 100)], ids=range(4)
)
def test_limits_by_kind(body: bytes, megabytes: int) -> None:
    limit = megabytes * 1024 * 1024
    assert sendable.examine(io.BytesIO(body), name="a", size=limit).size == limit
    with pytest.raises(sendable.FileTooLargeError) as caught:
        sendable.examine(io.BytesIO(body), name="a", size=limit + 1)
    assert caught.value.limit == limit


class Reader(FakeChannel):
    """Reads the file, and again, as a second try would."""

    def send(self, message: OutboundMessage) -> str:
        assert message.file is not None
        for _again in range(2):
            with closing(message.file.open()) as opened:
                assert opened.read() == PDF
        return super().send(message)


@pytest.mark.django_db
def test_a_file_is_kept_under_a_random_name_and_sent(folder: Path) -> None:
    conversation, channel = make_conversation(), Reader()
    message = queue(conversation, name="../../plan.pdf")
    row = Attachment.objects.get()
    assert (row.state, row.size, row.filename) == ("stored", len(PDF), "plan.pdf")
    assert row.sha256 == hashlib.sha256(PDF).hexdigest()
    assert [path.read_bytes() for path in files(folder)] == [PDF]
    assert "plan" not in files(folder)[0].name
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.last_message_text) == ("staff", "Aquí va")

    run(conversation, channel)

    message.refresh_from_db()
    (sent,) = channel.sent
    assert (message.state, sent.kind, sent.text) == ("sent", "document", "Aquí va")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("closed", "error"),
    [
        ({"window_expires_at": NOW}, outbound.WindowClosedError),
        ({"lead__opted_out_at": NOW}, outbound.OptedOutError),
    ],
)
def test_a_refused_file_leaves_nothing(
    folder: Path, closed: dict[str, datetime], error: type[Exception]
) -> None:
    conversation = make_conversation()
    for name, value in closed.items():
        row = conversation.lead if name.startswith("lead__") else conversation
        setattr(row, name.removeprefix("lead__"), value)
        row.save()
    with pytest.raises(error):
        queue(conversation)
    assert files(folder) == []
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_caption_has_its_limit_and_sounds_have_none(folder: Path) -> None:
    conversation = make_conversation()
    with pytest.raises(outbound_files.CaptionTooLongError):
        queue(conversation, caption="x" * 1025)
    with pytest.raises(outbound_files.CaptionOnSoundError):
        queue(conversation, OPUS, name="nota.ogg")
    assert files(folder) == []


@pytest.mark.django_db
def test_what_a_dead_process_left_is_pruned(folder: Path) -> None:
    conversation = make_conversation()
    queue(conversation)
    kept = files(folder)
    orphan = default_storage.save(f"outgoing/{NOW:%Y-%m-%d}/left", ContentFile(b"x"))

    assert outbound_files.prune(now=NOW + timedelta(days=1)) == 0
    assert outbound_files.prune(now=NOW + timedelta(days=3)) == 1

    assert files(folder) == kept
    assert not default_storage.exists(orphan)


@pytest.mark.django_db
def test_a_message_without_its_file_holds_nobody(folder: Path) -> None:
    conversation, channel = make_conversation(), FakeChannel()
    message = queue(conversation)
    Attachment.objects.all().delete()
    run(conversation, channel)
    message.refresh_from_db()
    assert (message.state, channel.sent) == ("failed", [])


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "tries"), [(131053, 3), (131000, 5)])
def test_a_file_that_whatsapp_cannot_take_is_tried_thrice(
    folder: Path, code: int, tries: int
) -> None:
    conversation, now = make_conversation(), NOW
    message = queue(conversation)
    refused = SendError("no", verdict=SendVerdict.RETRY, code=code)
    channel = FakeChannel(outcomes=[refused] * 9)
    for _try in range(9):
        run(conversation, channel, now=now)
        now += timedelta(minutes=30)
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", code)
    assert 9 - len(channel.outcomes) == tries


class SlowReader(FakeChannel):
    """Takes minutes for the file; somebody may take the lane meanwhile."""

    def __init__(
        self,
        clock: list[datetime],
        *,
        robbed: Conversation | None = None,
        during: Conversation | None = None,
        changes: Mapping[str, datetime] = MappingProxyType({}),
        told: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.clock, self.robbed, self.kept = clock, robbed, True
        self.during, self.changes, self.told = during, changes, told

    def send(self, message: OutboundMessage) -> str:
        assert message.file is not None
        with closing(message.file.open()) as opened:
            for _part in range(20):
                self._read_slowly(opened)
        return super().send(message)

    def _read_slowly(self, opened: IO[bytes]) -> None:
        self.clock.append(self.clock[-1] + timedelta(seconds=15))
        if self.robbed:
            Conversation.objects.filter(pk=self.robbed.pk).update(deliver_fence=99)
        if self.during and self.changes:
            Lead.objects.filter(pk=self.during.lead_id).update(**self.changes)
        elif self.during:
            Conversation.objects.filter(pk=self.during.pk).update(window_expires_at=NOW)
        if self.told:
            wamid, callback = self.told
            hear((wamid, ReceiptStatus.DELIVERED), callback=callback, now=self.clock[-1])
        opened.read(1)
        free = lanes.free("deliver", self.clock[-1])
        self.kept &= not Conversation.objects.filter(free).exists()


def deliver_slowly(conversation: Conversation, channel: SlowReader) -> None:
    delivery.deliver(
        conversation_id=conversation.pk,
        channel=channel,
        grace=GRACE,
        clock=lambda: channel.clock[-1],
    )


@pytest.mark.django_db
def test_a_long_upload_keeps_its_lane(folder: Path) -> None:
    conversation, channel = make_conversation(), SlowReader([NOW])
    queue(conversation)
    deliver_slowly(conversation, channel)
    assert channel.kept
    assert states(conversation) == ["sent"]


@pytest.mark.django_db
def test_an_upload_stops_when_the_lane_is_lost(folder: Path) -> None:
    conversation = make_conversation()
    queue(conversation)
    channel = SlowReader([NOW], robbed=conversation)
    deliver_slowly(conversation, channel)
    assert channel.sent == []
    assert states(conversation) == ["sending"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "state"),
    [({"opted_out_at": NOW}, "cancelled"), ({}, "failed")],
    ids=["stop", "window closed"],
)
def test_what_happened_during_the_upload_stops_the_message(
    folder: Path, changes: dict[str, datetime], state: str
) -> None:
    conversation = make_conversation()
    queue(conversation)
    channel = SlowReader([NOW], during=conversation, changes=changes)
    deliver_slowly(conversation, channel)
    run(conversation, channel, now=channel.clock[-1])
    assert channel.sent == []
    assert states(conversation) == [state]


@pytest.mark.django_db
def test_a_receipt_of_the_first_send_during_the_second_upload_stops_it(folder: Path) -> None:
    conversation = make_conversation()
    message = queue(conversation)
    run(conversation, FakeChannel(outcomes=[UNKNOWN]))
    late = NOW + GRACE
    write("¿Y el recibo?", now=late)
    channel = SlowReader([late], told=("wamid.first", f"{message.send_token}#1"))
    deliver_slowly(conversation, channel)
    assert len(channel.clock) > 1
    assert channel.sent == []
    message.refresh_from_db()
    assert (message.state, message.provider_message_id) == ("delivered", "wamid.first")


@pytest.mark.django_db(transaction=True)
def test_over_http_to_the_phone(live_server: LiveServer, settings: Settings, folder: Path) -> None:
    """From the composer's service over the simulated Cloud API to the phone's screen."""
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/whatsapp/v26.0"
    settings.SIMULATOR_WEBHOOK_URL = f"{live_server.url}/webhook"
    now = timezone.now()
    phones.seed(now=now)
    phone = SimulatedPhone.objects.get(wa_id="5215550101234")
    written(phone, at=now)
    conversation = make_conversation(now=now)
    queue(conversation, JPEG, name="casa.jpg", now=now)
    with http.session() as session:
        channel = WhatsAppChannel(conf.whatsapp(), session)
        delivery.deliver(
            conversation_id=conversation.pk, channel=channel, grace=GRACE, clock=timezone.now
        )
    wait_until_told()
    held = SimulatedMedia.objects.get()
    assert (bytes(held.body), held.mime_type) == (JPEG, "image/jpeg")
    shown = SimulatedMessage.objects.get(from_business=True)
    assert shown.content == {"caption": "Aquí va", "id": str(held.pk)}
    assert Message.objects.get().state in {"sent", "delivered", "read"}
