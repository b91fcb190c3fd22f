"""Tokens through msal, against an authority on loopback that answers as it is told."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs

import pytest

from integrations import http
from integrations.outlook.auth import AUTHORITY, AuthorityClient, TokenSource
from integrations.scheduling import CalendarError
from tests.integrations.misbehaving import Provider, answer, closed_port, reset
from tests.integrations.outlook.conftest import SECRET, make_conf


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def granted(token: str = "secret-token", **fields: Any) -> Any:
    body = {"token_type": "Bearer", "expires_in": 3599, "access_token": token}
    return answer(200, {**body, **fields})


def source(provider: Provider, clock: Clock | None = None) -> TokenSource:
    return TokenSource(make_conf(provider.url), clock=clock or Clock())


def test_client_credentials_are_posted_once(provider: Provider) -> None:
    provider.plays(granted())
    tokens = source(provider)
    assert [tokens.token() for _ in range(3)] == ["secret-token"] * 3
    (seen,) = provider.seen
    assert (seen.method, seen.path) == ("POST", "/contoso.example/oauth2/v2.0/token")
    form = parse_qs(seen.body.decode())
    assert form["grant_type"] == ["client_credentials"]
    assert form["scope"] == ["https://graph.microsoft.com/.default"]
    assert form["client_secret"] == [SECRET]


def test_many_cold_threads_ask_once(provider: Provider) -> None:
    provider.plays(granted())
    tokens = source(provider)
    threads = [threading.Thread(target=tokens.token) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(provider.seen) == 1


@pytest.mark.parametrize("name", ["tenant_id", "client_id", "client_secret"])
def test_an_empty_setting_asks_nobody(provider: Provider, name: str) -> None:
    with pytest.raises(CalendarError, match="OUTLOOK_CLIENT_SECRET") as caught:
        TokenSource(make_conf(provider.url, **{name: ""})).token()
    assert caught.value.permanent
    assert provider.seen == []


@pytest.mark.parametrize(
    ("failure", "permanent"),
    [
        (answer(401, {"error": "invalid_client", "error_description": SECRET}), True),
        (answer(400, {"error": "invalid_scope"}), True),
        (answer(400, {"error": "temporarily_unavailable"}), False),
        (answer(429, {}, Retry_After="7"), False),
        (answer(500, {}), False),
        (answer(503, b"<html>down</html>"), False),
        (answer(200, b"<html>Sign in to the hotel network</html>"), False),
        (answer(200, []), False),
        (answer(200, {}), False),
        (answer(200, {"access_token": "x", "expires_in": "soon"}), None),
        (answer(302, {}, Location="http://127.0.0.1:1/elsewhere"), False),
        (reset, False),
    ],
    ids=[
        *("secret", "scope", "temporary", "throttled", "500", "503", "html", "list", "empty"),
        *("lifetime", "redirect", "reset"),
    ],
)
def test_every_failure_is_a_calendar_error(
    provider: Provider, failure: Any, permanent: bool | None
) -> None:
    provider.plays(failure)
    with pytest.raises(CalendarError) as caught:
        source(provider).token()
    assert permanent is None or caught.value.permanent == permanent
    assert SECRET not in str(caught.value)
    assert not caught.value.ambiguous


def test_nobody_listens() -> None:
    with pytest.raises(CalendarError) as caught:
        TokenSource(make_conf(f"http://127.0.0.1:{closed_port()}")).token()
    assert not caught.value.permanent


def test_later_is_told(provider: Provider) -> None:
    provider.plays(answer(429, {}, Retry_After="7"))
    with pytest.raises(CalendarError) as caught:
        source(provider).token()
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "failure",
    [
        answer(500, {}),
        answer(400, {"error": "invalid_client"}),
        answer(200, b"<html>"),
        reset,
    ],
    ids=["500", "error", "html", "reset"],
)
def test_the_last_good_token_outlives_a_failing_refresh(provider: Provider, failure: Any) -> None:
    clock = Clock()
    tokens = source(provider, clock)
    # A refresh is due at once, while the token is good for an hour.
    provider.plays(granted(refresh_in=0), failure)
    for minute in range(2):
        clock.now = 1000 + 60 * minute
        assert [tokens.token() for _ in range(3)] == ["secret-token"] * 3
    assert len(provider.seen) == 2, "not every call tries again"


def test_a_token_is_not_used_to_its_last_second(provider: Provider) -> None:
    clock = Clock()
    tokens = source(provider, clock)
    provider.plays(granted("first", expires_in=70), granted("second"))
    assert tokens.token() == "first"
    clock.now += 15
    assert tokens.token() == "second"


def test_a_dropped_token_is_asked_for_anew(provider: Provider) -> None:
    provider.plays(granted("first"), granted("second"))
    tokens = source(provider)
    tokens.drop(tokens.token())
    assert tokens.token() == "second"
    tokens.drop("first")
    assert tokens.token() == "second"
    assert len(provider.seen) == 2


def test_microsofts_own_authority_is_asked_for_discovery(provider: Provider) -> None:
    """The real address is used as it is; only loopback is a stand-in."""
    client = AuthorityClient("https://login.microsoftonline.us", http.session())
    assert client.authority == "https://login.microsoftonline.us"
    stand_in = AuthorityClient(provider.url, http.session())
    assert stand_in.authority == AUTHORITY
    layout = stand_in.get(f"{AUTHORITY}/t/v2.0/.well-known/openid-configuration").json()
    assert layout["token_endpoint"] == f"{AUTHORITY}/t/oauth2/v2.0/token"
