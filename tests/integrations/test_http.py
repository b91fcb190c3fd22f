"""The session against a server that misbehaves."""

from __future__ import annotations

import itertools
import time
import traceback
from collections.abc import Iterator

import pytest
import requests

from integrations import http
from tests.integrations import misbehaving
from tests.integrations.misbehaving import Provider, answer

SECRET = "EAAG-very-secret-token"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with misbehaving.run() as running:
        yield running


@pytest.fixture
def session() -> Iterator[http.Session]:
    with http.session(connect=10, read=10, total=20, max_bytes=1000) as made:
        yield made


@pytest.fixture
def hasty() -> Iterator[requests.Session]:
    """For answers that never come; a busy machine may keep others waiting longer than that."""
    with http.session(connect=0.5, read=0.3, total=0.6, max_bytes=1000) as made:
        yield made


def failure_of(session: requests.Session, method: str, url: str) -> requests.RequestException:
    with pytest.raises(requests.RequestException) as caught:
        session.request(
            method,
            f"{url}/private?access_token={SECRET}",
            json={"text": "private words"},
            headers={"Authorization": f"Bearer {SECRET}"},
        )
    return caught.value


def test_an_answer_is_read_and_the_connection_used_again(provider, session):
    provider.plays(answer(200, {"a": 1}))

    assert session.get(provider.url).json() == {"a": 1}
    assert session.post(provider.url, json={"b": 2}).json() == {"a": 1}
    assert provider.seen[1].json == {"b": 2}


def test_nobody_listens(session):
    error = failure_of(session, "POST", f"http://127.0.0.1:{misbehaving.closed_port()}")

    assert http.never_left(error)


def test_a_name_that_does_not_resolve(session):
    error = failure_of(session, "POST", "http://does-not-exist.invalid")

    assert http.never_left(error)


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://[::1", "http://"])
def test_an_address_that_is_none(session, url):
    assert http.never_left(failure_of(session, "POST", url))


def test_a_header_that_cannot_be_sent_is_not_quoted(session, provider):
    with pytest.raises(requests.RequestException) as caught:
        session.post(provider.url, headers={"Authorization": f"Bearer {SECRET}\n"})

    assert http.never_left(caught.value)
    assert SECRET not in str(caught.value)


def test_a_server_that_says_nothing_may_have_acted(provider, hasty):
    provider.plays(misbehaving.silence(provider.stopping))

    error = failure_of(hasty, "POST", provider.url)

    assert isinstance(error, requests.ReadTimeout)
    assert not http.never_left(error)
    assert len(provider.seen) == 1


BROKEN = {
    "reset": misbehaving.reset,
    "closed": misbehaving.raw(b""),
    "cut": misbehaving.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut"),
    "cut chunk": misbehaving.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    "garbage": misbehaving.raw(b"\x00\x01garbage\r\n\r\n"),
    "not gzip": misbehaving.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip"),
}
TRICKLED = {
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 500,
    "body without length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 500,
    "headers": b"HTTP/1.1 200 OK\r\n" + b"X-Padding: y\r\n" * 40 + b"\r\n",
}


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_may_have_acted_and_is_not_asked_twice(provider, session, behaviour):
    provider.plays(behaviour)

    error = failure_of(session, "POST", provider.url)

    assert not http.never_left(error)
    assert len(provider.seen) == 1


def test_a_kept_connection_that_was_closed_counts_as_maybe_sent(provider, session):
    provider.plays(answer(200, {}), misbehaving.raw(b""))
    session.post(provider.url, json={})

    assert not http.never_left(failure_of(session, "POST", provider.url))


def test_a_get_is_asked_once_more_after_a_lost_connection(provider, session):
    provider.plays(misbehaving.reset, answer(200, {"ok": True}))

    assert session.get(provider.url).json() == {"ok": True}
    assert len(provider.seen) == 2


def test_a_get_is_not_asked_a_third_time(provider, session):
    provider.plays(misbehaving.reset)

    failure_of(session, "GET", provider.url)

    assert len(provider.seen) == 2


@pytest.mark.parametrize("data", TRICKLED.values(), ids=TRICKLED)
def test_a_trickled_answer_is_cut_by_the_clock(provider, hasty, data):
    provider.plays(misbehaving.trickle(data, provider.stopping))
    started = time.monotonic()

    error = failure_of(hasty, "POST", provider.url)

    assert isinstance(error, requests.ReadTimeout)
    assert not http.never_left(error)
    # The whole answer would take ten seconds.
    assert time.monotonic() - started < 6


def test_a_trickled_answer_on_a_kept_connection_is_cut_by_the_clock(provider, hasty):
    provider.plays(answer(200, {}), misbehaving.trickle(TRICKLED["headers"], provider.stopping))
    hasty.get(provider.url)
    started = time.monotonic()

    assert isinstance(failure_of(hasty, "POST", provider.url), requests.ReadTimeout)
    assert time.monotonic() - started < 6


class EndlessBody:
    """Longer than the buffers between us and the server."""

    def __len__(self) -> int:
        return 64_000_000

    def __iter__(self) -> Iterator[bytes]:
        return itertools.repeat(b"x" * 64_000, 1000)


def test_an_upload_on_a_kept_connection_that_is_read_slowly_is_cut_by_the_clock(provider, session):
    provider.plays(misbehaving.then_reads_slowly(answer(200, {}), provider.stopping))
    session.get(provider.url)
    started = time.monotonic()

    with pytest.raises(requests.ReadTimeout):
        session.upload(provider.url, headers={}, body=EndlessBody(), answer=10, total=0.5)

    # The server would go on reading for three seconds.
    assert time.monotonic() - started < 2


def test_too_long_an_answer_is_not_read(provider, session):
    provider.plays(answer(200, b"x" * 1001))

    assert isinstance(failure_of(session, "POST", provider.url), http.TooLargeError)


@pytest.mark.parametrize("location", ["http://127.0.0.1:1/", "http://[bad", "//[", ""])
def test_a_redirect_is_an_answer(provider, session, location):
    provider.plays(answer(302, b"", Location=location))

    response = session.get(provider.url, headers={"Authorization": f"Bearer {SECRET}"})

    assert response.status_code == 302
    assert len(provider.seen) == 1


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_errors_hold_no_token_address_or_body(provider, session, behaviour):
    provider.plays(behaviour)

    error = failure_of(session, "POST", provider.url)
    text = "".join(traceback.format_exception(error, chain=True))

    assert error.__context__ is None
    assert error.request is None
    assert str(error).startswith("POST 127.0.0.1: ")
    for secret in (SECRET, "private words", "access_token"):
        assert secret not in str(error)
    assert SECRET not in text


def test_raise_for_status_names_only_the_host(provider, session):
    provider.plays(answer(401, {}))

    response = session.get(f"{provider.url}/users/ana@example.com?access_token={SECRET}")

    with pytest.raises(requests.HTTPError) as caught:
        response.raise_for_status()
    assert SECRET not in str(caught.value)
    assert "ana@" not in str(caught.value)


def test_cookies_netrc_and_proxies_do_not_get_in(provider, session, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{misbehaving.closed_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    provider.plays(answer(200, {}, Set_Cookie="a=b"))

    session.get(provider.url, headers={"Authorization": "Bearer t"})
    session.get(provider.url, headers={"Authorization": "Bearer t"})

    assert provider.seen[1].headers["authorization"] == "Bearer t"
    assert "cookie" not in provider.seen[1].headers


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("", False),
        (None, False),
    ],
)
def test_loopback(host, expected):
    assert http.is_loopback(host) is expected
