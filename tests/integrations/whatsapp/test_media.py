"""Fetching a file: from Meta's hosts only, whole or not at all, and without our token leaking."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from integrations import http
from integrations.conf import WhatsAppConf
from integrations.messaging import MediaError, MediaFile, MediaProblem
from integrations.whatsapp import media
from integrations.whatsapp.media import WhatsAppMedia
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Provider, answer

TOKEN = "EAAG-very-secret-token"
BODY = b"\xff\xd8\xff" + b"x" * 500
SHA = hashlib.sha256(BODY).hexdigest()


class RemoteSession(http.Session):
    """A Graph API far away that gives one address; counts who else is asked."""

    def __init__(self, url: Any) -> None:
        super().__init__(timeout=(10, 10), total=20, max_bytes=1000)
        self.url = url
        self.downloaded: list[str] = []

    def get(self, url: str | bytes, **_options: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps({"url": self.url, "mime_type": "image/jpeg"}).encode()
        return response

    def download(self, url: str, *, into: IO[bytes], **_options: Any) -> requests.Response:
        self.downloaded.append(url)
        into.write(BODY)
        response = requests.Response()
        response.status_code = 200
        return response


@pytest.fixture
def meta() -> Iterator[Provider]:
    with misbehaving.run() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[Provider]:
    with misbehaving.run() as running:
        yield running


def conf(api_url: str) -> WhatsAppConf:
    return WhatsAppConf(api_url=api_url, phone_number_id="1", access_token=TOKEN)


def fetch(provider: Provider, *, sha256: str = "") -> tuple[MediaFile, bytes]:
    into = io.BytesIO()
    with http.session(connect=10, read=10, total=20) as session:
        source = WhatsAppMedia(conf(f"{provider.url}/v26.0"), session)
        return source.fetch("123", sha256=sha256, into=into), into.getvalue()


def failure(provider: Provider, **options: Any) -> MediaError:
    with pytest.raises(MediaError) as caught:
        fetch(provider, **options)
    assert TOKEN not in str(caught.value)
    return caught.value


def about(url: str, **more: Any) -> misbehaving.Behaviour:
    return answer(200, {"url": url, "mime_type": "image/jpeg", "sha256": SHA, **more})


def test_a_file_comes_with_its_hash(meta: Provider) -> None:
    meta.plays(about(f"{meta.url}/file"), answer(200, BODY))

    file, body = fetch(meta)

    assert body == BODY
    assert file == MediaFile("image/jpeg", len(BODY), SHA)
    assert [seen.path for seen in meta.seen] == ["/v26.0/123", "/file"]
    assert {seen.headers["authorization"] for seen in meta.seen} == {f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/",
        "http://127.0.0.1:8000/admin/",
        "https://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "https://0/",
        "http://2130706433/",
        "http://lookaside.fbsbx.com/plain",
        "https://lookaside.fbsbx.com:8443/port",
        "https://lookaside.fbsbx.com@evil.example/",
        "https://user:pass@lookaside.fbsbx.com/",
        "https://evil.example\\@lookaside.fbsbx.com/",
        "https://lookaside.fbsbx.com.evil.example/",
        "https://evil.example/lookaside.fbsbx.com",
        "https://evilfbcdn.net/",
        "https://fbcdn.net.evil.example/",
        "https://evil.example#.fbcdn.net",
        "https://evil.example?x=.whatsapp.net",
        "https://lookaside.fbsbx.com/\r\nHost: evil.example",
        "https://@lookaside.fbsbx.com/",
        "https://lookaside.fbsbx.com./",
        "https://lookaside.fbsbx.com:/",
        "https://[::ffff:127.0.0.1]/",
        "https://[v1.x.fbcdn.net]/",
        "https://evil.example[v1.x.fbcdn.net]/",
        "https://evil.example%2f.fbcdn.net/",
        "https://evil.example;.fbcdn.net/",
        "https://evil.example&.whatsapp.net/",
        "https://.fbcdn.net/",
        "https:///lookaside.fbsbx.com/",
        "https:lookaside.fbsbx.com/",
        "ftp://lookaside.fbsbx.com/",
        "file:///etc/passwd",
        "//lookaside.fbsbx.com/",
        "https://[",
        "",
    ],
)
def test_no_connection_to_an_address_off_the_list(url: str) -> None:
    session = RemoteSession(url)
    source = WhatsAppMedia(conf("https://graph.facebook.com/v26.0"), session)

    with pytest.raises(MediaError) as caught:
        source.fetch("123", sha256="", into=io.BytesIO())

    assert session.downloaded == []
    assert caught.value.permanent
    assert caught.value.problem is MediaProblem.REFUSED


@pytest.mark.parametrize(
    "url",
    [
        "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
        "https://scontent.xx.fbcdn.net/v/1",
        "https://mmg.whatsapp.net/v/1",
        "https://mmg.WhatsApp.net:443/v/1",
    ],
)
def test_metas_own_hosts_get_the_token(url: str) -> None:
    session = RemoteSession(url)
    source = WhatsAppMedia(conf("https://graph.facebook.com/v26.0"), session)

    source.fetch("123", sha256="", into=io.BytesIO())

    assert session.downloaded == [url]


@pytest.mark.parametrize("path", ["/file", "/v26.0/../file"])
def test_a_local_stand_in_speaks_for_its_own_origin_only(
    meta: Provider, elsewhere: Provider, path: str
) -> None:
    meta.plays(about(f"{elsewhere.url}{path}"))

    assert failure(meta).problem is MediaProblem.REFUSED
    assert elsewhere.seen == []


def test_a_redirect_is_not_followed(meta: Provider, elsewhere: Provider) -> None:
    meta.plays(about(f"{meta.url}/file"), answer(302, b"", Location=f"{elsewhere.url}/x"))

    assert failure(meta).problem is MediaProblem.UNREACHABLE
    assert elsewhere.seen == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """With its key: it bears the name of Meta's host, and nobody has signed it."""
    host = "lookaside.fbsbx.com"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = timezone.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "meta.pem"
    file.write_bytes(private + made.public_bytes(pem))
    return file


@pytest.mark.parametrize("trusted", [False, True])
def test_a_name_that_leads_elsewhere_gets_no_token(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    """DNS that was bent: no request is written to whom only calls themselves Meta."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    into = io.BytesIO()
    with misbehaving.run(tls) as impostor, http.session(connect=5, read=5, total=9) as session:
        impostor.plays(answer(200, BODY))
        host, port = impostor.url.removeprefix("http://").split(":")
        family = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, int(port)))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: [family])
        with nullcontext() if trusted else pytest.raises(http.NeverLeftError):
            session.download(
                "https://lookaside.fbsbx.com/x",
                headers={"Authorization": f"Bearer {TOKEN}"},
                into=into,
                max_bytes=1000,
                total=9,
            )
    assert into.getvalue() == (BODY if trusted else b"")
    assert [seen.headers["authorization"] for seen in impostor.seen] == (
        [f"Bearer {TOKEN}"] if trusted else []
    )


def test_too_large_a_file_is_not_read(meta: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", 400)
    meta.plays(about(f"{meta.url}/file"), answer(200, BODY))
    assert failure(meta).problem is MediaProblem.TOO_LARGE
    assert len(meta.seen) == 2

    meta.plays(about(f"{meta.url}/file", file_size=401), answer(200, BODY))
    assert failure(meta).problem is MediaProblem.TOO_LARGE
    assert len(meta.seen) == 3


def test_an_endless_file_is_cut_by_size_and_by_the_clock(
    meta: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not meta.stopping.is_set():
            connection.sendall(b"x" * 65_536)

    monkeypatch.setattr(media, "MAX_BYTES", 1_000_000)
    meta.plays(about(f"{meta.url}/file"), endless)
    assert failure(meta).problem is MediaProblem.TOO_LARGE

    monkeypatch.setattr(media, "DOWNLOAD_SECONDS", 0.3)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    meta.plays(about(f"{meta.url}/file"), misbehaving.trickle(head + b"x" * 500, meta.stopping))
    assert failure(meta).problem is MediaProblem.UNREACHABLE


def test_a_compressed_bomb_is_counted_as_it_unfolds(
    meta: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", 100_000)
    bomb = gzip.compress(b"0" * 10_000_000)
    meta.plays(about(f"{meta.url}/file"), answer(200, bomb, Content_Encoding="gzip"))

    assert failure(meta).problem is MediaProblem.TOO_LARGE


def test_a_wrong_hash_is_damage(meta: Provider) -> None:
    meta.plays(about(f"{meta.url}/file"), answer(200, BODY + b"!"))
    assert failure(meta).problem is MediaProblem.DAMAGED

    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    meta.plays(about(f"{meta.url}/file", sha256=""), answer(200, BODY))
    assert failure(meta, sha256=wrong).problem is MediaProblem.DAMAGED


@pytest.mark.parametrize("given", [SHA, SHA.upper(), base64.b64encode(bytes.fromhex(SHA)).decode()])
def test_a_hash_is_read_in_both_spellings(given: str) -> None:
    assert media.digest(given) == SHA


@pytest.mark.parametrize("nonsense", ["", "x", "é" * 64, "AAAA", "=" * 44])
def test_a_hash_that_is_none(nonsense: str) -> None:
    assert media.digest(nonsense) == ""


ANSWERS = {
    "no such object": (answer(400, {"error": {"code": 100}}), True),
    "not found": (answer(404, {}), True),
    "token": (answer(401, {"error": {"code": 190}}), False),
    "too fast": (answer(429, {}), False),
    "broken": (answer(500, b"<html>"), False),
    "no JSON": (answer(200, b"not json"), False),
    "a list": (answer(200, []), False),
    "no address": (answer(200, {"url": 5}), False),
    "reset": (misbehaving.reset, False),
}


@pytest.mark.parametrize(("behaviour", "permanent"), ANSWERS.values(), ids=ANSWERS)
def test_what_may_work_later_is_not_given_up(
    meta: Provider, behaviour: misbehaving.Behaviour, permanent: bool
) -> None:
    meta.plays(behaviour)
    assert failure(meta).permanent is permanent


@pytest.mark.parametrize("media_id", ["", "../1", "1?x=", "1/2", "١٢٣", "1" * 101])
def test_an_id_that_is_none_is_not_asked_for(meta: Provider, media_id: str) -> None:
    with http.session() as session, pytest.raises(MediaError):
        WhatsAppMedia(conf(meta.url), session).fetch(media_id, sha256="", into=io.BytesIO())
    assert meta.seen == []
