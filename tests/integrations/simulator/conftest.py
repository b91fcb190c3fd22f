"""The simulator over real HTTP, and a business that records what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations import http
from integrations.models import SimulatedPhone
from integrations.simulator import phones
from tests.integrations.misbehaving import Provider, run
from tests.integrations.simulator.world import NOW, NUMBER, TOKEN, wait_until_told


@dataclass(frozen=True)
class Cloud:
    """A client of the simulated Cloud API."""

    url: str
    session: requests.Session

    def send(self, *, token: str = TOKEN, **body: Any) -> requests.Response:
        body = {"messaging_product": "whatsapp", **body}
        return self.post("messages", json=body, token=token)

    def post(self, edge: str, *, token: str = TOKEN, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{self.url}/v26.0/{NUMBER}/{edge}"
        return self.session.post(address, headers=headers, timeout=60, **options)

    def get(self, path: str, *, token: str = TOKEN) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.get(f"{self.url}/v26.0/{path}", headers=headers, timeout=60)


@pytest.fixture
def business(settings: Settings) -> Iterator[Provider]:
    """Where the webhooks go."""
    with run() as provider:
        settings.SIMULATOR_WEBHOOK_URL = f"{provider.url}/webhook"
        yield provider
        wait_until_told()


@pytest.fixture
def cloud(live_server: LiveServer, business: Provider) -> Iterator[Cloud]:
    """Its session is closed in the end: the live server's thread keeps a connection with it."""
    with http.session() as session:
        yield Cloud(f"{live_server.url}/simulator/whatsapp", session)


@pytest.fixture
def ana(transactional_db: None) -> SimulatedPhone:
    phones.seed(now=NOW)
    return SimulatedPhone.objects.get(wa_id="5215550101234")


@pytest.fixture
def marta(ana: SimulatedPhone) -> SimulatedPhone:
    return SimulatedPhone.objects.get(username="marta.ruiz")


@pytest.fixture
def page(business: Provider, transactional_db: None) -> Client:
    """The phone page's requests, without a browser."""
    return Client(headers={"accept-language": "en"})
