"""The simulated Microsoft over real HTTP, and calendars that talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from integrations import http
from integrations.conf import OutlookConf
from integrations.models import SimulatedMailbox
from integrations.outlook.calendar import OutlookCalendar
from integrations.simulator.graph import store
from tests.integrations.misbehaving import Provider, run

SECRET = "simulated-client-secret"


class FixedTokens:
    """Hands out one token until it is dropped."""

    def __init__(self) -> None:
        self.dropped: list[str] = []

    def token(self) -> str:
        return f"token-{len(self.dropped)}"

    def drop(self, token: str) -> None:
        self.dropped.append(token)


def make_conf(graph_url: str, authority_url: str = "", **changes: str) -> OutlookConf:
    values = {
        "tenant_id": "contoso.example",
        "client_id": "11111111-2222-3333-4444-555555555555",
        "client_secret": SECRET,
        "graph_url": graph_url,
        "authority_url": authority_url or graph_url,
    }
    return OutlookConf(**{**values, **changes})


@pytest.fixture
def simulator(live_server: LiveServer) -> str:
    return f"{live_server.url}/simulator/outlook"


@pytest.fixture
def mailbox_row(transactional_db: None) -> SimulatedMailbox:
    return store.add_mailbox(address="ana@example.com", time_zone="America/Mexico_City")


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Closed in the end: a live server's thread keeps its database connection as long as ours."""
    with http.session() as opened:
        yield opened


@pytest.fixture
def calendar(
    simulator: str,
    mailbox_row: SimulatedMailbox,
    session: requests.Session,
    pauses: list[float],
) -> OutlookCalendar:
    conf = make_conf(f"{simulator}/v1.0", simulator)
    return OutlookCalendar(conf, session, sleep=pauses.append)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with run() as running:
        yield running


@pytest.fixture
def tokens() -> FixedTokens:
    return FixedTokens()


@pytest.fixture
def lone_calendar(provider: Provider, tokens: FixedTokens, pauses: list[float]) -> OutlookCalendar:
    """Talks to a provider that plays what it is told."""
    conf = make_conf(f"{provider.url}/v1.0")
    return OutlookCalendar(conf, http.session(), tokens, sleep=pauses.append)


@pytest.fixture
def hasty_calendar(provider: Provider, tokens: FixedTokens) -> OutlookCalendar:
    """Waits a moment only, for answers that never come."""
    return OutlookCalendar(make_conf(f"{provider.url}/v1.0"), http.session(read=0.3), tokens)
