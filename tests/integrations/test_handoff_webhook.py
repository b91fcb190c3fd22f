"""One signed POST to a system of the business: whatever it answers, and wherever it really is."""

from __future__ import annotations

import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from integrations import conf
from integrations.handoff_webhook import HandoffWebhook, sign
from integrations.notifying import NotifyError
from integrations.public_only import is_public
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Behaviour, Provider, answer

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
EVENT = {"type": "conversation.handed_over", "data": {"name": "Núñez"}}
KEY = b"k" * 32


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with misbehaving.run() as provider:
        yield provider


def announce(url: str, *, local: bool = True) -> None:
    hook = HandoffWebhook(conf.HandoffWebhookConf(url, KEY, on_this_machine=local))
    hook.announce(message_id="msg_1", event=EVENT, now=NOW)


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The example of standardwebhooks.com."""
    key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signed = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_arrives_signed_with_its_id_and_time(server: Provider) -> None:
    server.plays(answer(204, {}))
    announce(f"{server.url}/leads")
    seen = server.seen[-1]
    assert (seen.method, seen.path, seen.json) == ("POST", "/leads", EVENT)
    assert seen.headers["webhook-id"] == "msg_1"
    assert seen.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = sign(KEY, "msg_1", seen.headers["webhook-timestamp"], seen.body)
    assert seen.headers["webhook-signature"] == signed


@pytest.mark.parametrize("status", [301, 307, 400, 410, 429, 500, 503])
def test_whatever_is_no_success_was_not_told_and_no_redirect_is_followed(
    server: Provider, status: int
) -> None:
    server.plays(answer(status, {}, Location=f"{server.url}/elsewhere"))
    before = len(server.seen)
    with pytest.raises(NotifyError, match=f"127.0.0.1 answered {status}"):
        announce(server.url)
    assert len(server.seen) == before + 1


def cut_off(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    connection.close()


def hang_up(connection: socket.socket) -> None:
    connection.close()


def gush(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
    connection.sendall(b"x" * 200_000)


@pytest.mark.parametrize("behaviour", [cut_off, hang_up, gush])
def test_an_answer_that_breaks_off_is_sent_once_and_not_told(
    server: Provider, behaviour: Behaviour
) -> None:
    server.plays(behaviour)
    before = len(server.seen)
    with pytest.raises(NotifyError) as told:
        announce(server.url)
    assert len(server.seen) == before + 1
    assert "Núñez" not in str(told.value)


def test_a_server_that_trickles_is_left_in_time(
    server: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.handoff_webhook.TOTAL_SECONDS", 0.3)
    stopped = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not stopped.wait(0.05):
            connection.sendall(b"x")

    server.plays(trickle)
    try:
        with pytest.raises(NotifyError, match="in time"):
            announce(server.url)
    finally:
        stopped.set()


@pytest.fixture
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """Somebody on this machine who notes what a connection says."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                heard.append(connection.recv(1000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
        thread.join(3)


def test_a_name_that_leads_inside_hears_not_even_a_handshake(
    listener: tuple[int, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, heard = listener
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr("urllib3.util.connection.socket.getaddrinfo", lambda *_a, **_k: inside)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    with pytest.raises(NotifyError, match=r"no connection to hooks\.example\.com"):
        announce(f"https://hooks.example.com:{port}/", local=False)
    assert heard in ([], [b""])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  # looked at, not listened on
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:a00:1::1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


SECRET = "whsec_" + b64encode(KEY).decode()


@pytest.mark.parametrize(
    ("url", "debug", "taken"),
    [
        ("https://hooks.example.com/leads", False, True),
        ("http://hooks.example.com/leads", True, False),
        ("http://127.0.0.1:9/", True, True),
        ("http://127.0.0.1:9/", False, False),
        ("https://localhost/", False, False),
        ("ftp://hooks.example.com", True, False),
    ],
)
def test_which_addresses_a_deployer_may_name(
    settings: Settings, url: str, debug: bool, taken: bool
) -> None:
    settings.HANDOFF_WEBHOOK_URL, settings.HANDOFF_WEBHOOK_SECRET = url, SECRET
    settings.DEBUG, settings.DEMO = debug, False
    if taken:
        found = conf.handoff_webhook()
        assert found is not None
        assert (found.url.rstrip("/"), found.key) == (url.rstrip("/"), KEY)
        return
    with pytest.raises(ImproperlyConfigured, match="HANDOFF_WEBHOOK_URL"):
        conf.handoff_webhook()


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_ñ", SECRET * 3]
)
def test_a_secret_that_is_none(settings: Settings, secret: str) -> None:
    settings.HANDOFF_WEBHOOK_URL = "https://hooks.example.com"
    settings.HANDOFF_WEBHOOK_SECRET = secret
    with pytest.raises(ImproperlyConfigured, match="HANDOFF_WEBHOOK_SECRET"):
        conf.handoff_webhook()


def test_nowhere(settings: Settings) -> None:
    settings.HANDOFF_WEBHOOK_URL = ""
    assert conf.handoff_webhook() is None
