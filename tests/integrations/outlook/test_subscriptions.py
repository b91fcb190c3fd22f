"""The simulated Graph tells who subscribed, and nobody who did not prove to be there."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from integrations.models import SimulatedMailbox, SimulatedSubscription, SimulatedWebhook
from integrations.simulator import chaos
from integrations.simulator.graph import owner, store
from integrations.simulator.graph.tokens import SALT
from integrations.simulator.graph.wire import write_instant
from tests.integrations.misbehaving import Behaviour, Provider, answer, run
from tests.integrations.simulator.world import wait_until_told

ROOT = "/simulator/outlook/v1.0"
NOW = timezone.now()
STATE = "s" * 128


def bearer(app: str = "app") -> dict[str, str]:
    token = signing.dumps({"tid": "contoso", "appid": app}, salt=SALT)
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def ana(db: None) -> SimulatedMailbox:
    return store.add_mailbox(address="ana@example.com", time_zone="America/Mexico_City")


@pytest.fixture
def listener() -> Iterator[Provider]:
    with run() as provider:
        provider.plays(echo(provider))
        yield provider


def echo(provider: Provider, *, kind: str = "text/plain; charset=utf-8") -> Behaviour:
    """Repeat the token, as a subscriber has to."""

    def behave(connection: socket.socket) -> None:
        asked = parse_qs(urlsplit(provider.seen[-1].path).query).get("validationToken", [""])
        answer(200, asked[0].encode(), Content_Type=kind)(connection)

    return behave


def a_wish(url: str, **changes: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.subscription",
        "changeType": "created,updated,deleted",
        "notificationUrl": f"{url}/news",
        "lifecycleNotificationUrl": f"{url}/life",
        "resource": "users/Ana@example.com/events",
        "expirationDateTime": write_instant(timezone.now() + timedelta(minutes=4200)),
        "clientState": STATE,
        **changes,
    }


def ask(client: Client, method: str, path: str, body: Any = None, app: str = "app") -> Any:
    return client.generic(
        method,
        f"{ROOT}{path}",
        json.dumps(body) if body is not None else "",
        content_type="application/json",
        headers=bearer(app),
    )


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def subscribe(mailbox: SimulatedMailbox, **changes: Any) -> SimulatedSubscription:
    values = {
        "tenant_id": "contoso",
        "application_id": "app",
        "resource": "users/ana@example.com/events",
        "change_types": ["created", "updated", "deleted"],
        "notification_url": "http://127.0.0.1:1/news",
        "lifecycle_url": "http://127.0.0.1:1/life",
        "client_state": STATE,
        "expires_at": NOW + timedelta(days=1),
        "created_at": NOW,
    }
    return SimulatedSubscription.objects.create(mailbox=mailbox, **{**values, **changes})


def news() -> list[dict[str, Any]]:
    bodies = SimulatedWebhook.objects.order_by("due_at", "pk").values_list("body", flat=True)
    return [item for body in bodies for item in json.loads(bytes(body))["value"]]


def test_a_subscription_lives_as_long_as_it_is_renewed(
    client: Client, ana: SimulatedMailbox, listener: Provider
) -> None:
    made = ask(client, "POST", "/subscriptions", a_wish(listener.url))
    assert made.status_code == 201
    path = f"/subscriptions/{made.json()['id']}"
    assert [urlsplit(seen.path).path for seen in listener.seen] == ["/news", "/life"]
    assert "?validationToken=Validation%3A%20Testing" in listener.seen[0].path
    later = write_instant(timezone.now() + timedelta(days=6))
    renewed = ask(client, "PATCH", path, {"expirationDateTime": later})
    assert renewed.json()["expirationDateTime"] == later
    assert ask(client, "GET", path).json()["clientState"] == STATE
    assert len(ask(client, "GET", "/subscriptions").json()["value"]) == 1
    assert ask(client, "GET", "/subscriptions", app="other").json()["value"] == []
    assert code(ask(client, "DELETE", path, app="other")) == (404, "ResourceNotFound")
    assert ask(client, "POST", f"{path}/reauthorize").status_code == 204
    SimulatedSubscription.objects.update(expires_at=timezone.now())
    assert code(ask(client, "PATCH", path, {"expirationDateTime": later})) == (
        404,
        "ResourceNotFound",
    )
    SimulatedSubscription.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert ask(client, "DELETE", path).status_code == 204
    assert code(ask(client, "GET", path)) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"changeType": "created,moved"}, (400, "ValidationError")),
        ({"clientState": "s" * 129}, (400, "ValidationError")),
        ({"notificationUrl": "http://example.com/news"}, (400, "ValidationError")),
        ({"lifecycleNotificationUrl": "ftp://127.0.0.1/"}, (400, "ValidationError")),
        ({"resource": "users/ana@example.com/messages"}, (400, "ValidationError")),
        ({"resource": "users/nobody@example.com/events"}, (404, "ErrorInvalidUser")),
        ({"colour": "red"}, (400, "ValidationError")),
        ({"expirationDateTime": "soon"}, (400, "ValidationError")),
        ({"expirationDateTime": "2026-11-30T10:00:00"}, (400, "ValidationError")),
        ({"expirationDateTime": "2026-01-01T00:00:00Z"}, (400, "ValidationError")),
        ({"expirationDateTime": "2099-01-01T00:00:00Z"}, (400, "ExtensionError")),
    ],
)
def test_what_is_no_subscription(
    client: Client, ana: SimulatedMailbox, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    wish = a_wish("http://127.0.0.1:1", **changes)
    assert code(ask(client, "POST", "/subscriptions", wish)) == expected
    assert not SimulatedSubscription.objects.exists()


@pytest.mark.parametrize("path", ["/news", "/life"])
def test_an_address_that_does_not_repeat_the_token_is_refused(
    client: Client, ana: SimulatedMailbox, listener: Provider, path: str
) -> None:
    good = echo(listener)
    for bad in (
        answer(202, b""),
        answer(200, b"ok", Content_Type="text/plain"),
        echo(listener, kind="text/html"),
    ):
        listener.seen.clear()
        listener.plays(*([bad] if path == "/news" else [good, bad]))
        refused = ask(client, "POST", "/subscriptions", a_wish(listener.url))
        assert code(refused) == (400, "ValidationError")
        assert urlsplit(listener.seen[-1].path).path == path
    assert not SimulatedSubscription.objects.exists()


def test_every_change_is_told_to_those_who_asked_for_it(ana: SimulatedMailbox) -> None:
    every = subscribe(ana)
    later = NOW + timedelta(seconds=1)
    deleted = subscribe(ana, change_types=["deleted"], client_state="other", created_at=later)
    subscribe(ana, expires_at=NOW)
    subscribe(store.add_mailbox(address="beto@example.com", time_zone="UTC"))
    span = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "now": NOW}
    event = owner.add(mailbox=ana, subject="Dentist", **span)
    made = store.etag(event)
    event = owner.move(mailbox=ana, event_id=event.pk, **span)
    owner.remove(mailbox=ana, event_id=event.pk, now=NOW)
    told = [(item["subscriptionId"], item["changeType"], item["clientState"]) for item in news()]
    assert told == [
        (str(every.pk), "created", STATE),
        (str(every.pk), "updated", STATE),
        (str(every.pk), "deleted", STATE),
        (str(deleted.pk), "deleted", "other"),
    ]
    first, second = news()[:2]
    assert first["resourceData"]["id"] == event.pk
    assert first["resource"] == f"Users/ana@example.com/Events/{event.pk}"
    assert first["tenantId"] == "contoso"
    assert first["subscriptionExpirationDateTime"] == write_instant(every.expires_at)
    assert first["resourceData"]["@odata.etag"] == made != second["resourceData"]["@odata.etag"]
    assert b"Dentist" not in b"".join(
        bytes(body) for body in SimulatedWebhook.objects.values_list("body", flat=True)
    )


def test_news_are_lost_late_and_doubled_on_request(ana: SimulatedMailbox) -> None:
    subscribe(ana)
    span = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "now": NOW}
    for wishes, count, late in (
        ({"notification_drop_rate": 1}, 0, 0),
        ({"webhook_duplicate_rate": 1}, 2, 0),
        ({"webhook_reorder_rate": 1}, 1, 2),
        ({"notification_delay_seconds": 30}, 1, 30),
    ):
        chaos.configure(wishes)
        SimulatedWebhook.objects.all().delete()
        owner.add(mailbox=ana, subject="", **span)
        urls = set(SimulatedWebhook.objects.values_list("url", flat=True))
        assert urls <= {"http://127.0.0.1:1/news"}
        due = set(SimulatedWebhook.objects.values_list("due_at", flat=True))
        assert (SimulatedWebhook.objects.count(), due <= {NOW + timedelta(seconds=late)}) == (
            count,
            True,
        )


def test_what_is_said_of_subscriptions_on_order(client: Client, ana: SimulatedMailbox) -> None:
    kept = subscribe(ana)
    subscribe(ana, lifecycle_url="")
    wrong = client.post("/simulator/lifecycle", {"say": "hello"}, "application/json")
    assert wrong.status_code == 400
    assert client.post("/simulator/lifecycle", {"say": "missed"}).status_code == 415
    said = client.post("/simulator/lifecycle", {"say": "missed"}, "application/json")
    assert said.json() == {"told": 1}
    assert client.post("/simulator/switches", {"say": "reauthorizationRequired"}).status_code == 302
    assert SimulatedSubscription.objects.count() == 2
    assert client.post("/simulator/switches", {"say": "subscriptionRemoved"}).status_code == 302
    assert not SimulatedSubscription.objects.exists()
    assert [item["lifecycleEvent"] for item in news()] == [
        "missed",
        "reauthorizationRequired",
        "subscriptionRemoved",
    ]
    assert {item["subscriptionId"] for item in news()} == {str(kept.pk)}
    assert {hook.url for hook in SimulatedWebhook.objects.all()} == {kept.lifecycle_url}


@pytest.mark.django_db(transaction=True)
def test_the_dispatcher_takes_them_there_until_they_are_taken(listener: Provider) -> None:
    ana = store.add_mailbox(address="ana@example.com", time_zone="UTC")
    subscribe(ana, notification_url=f"{listener.url}/news")
    listener.plays(answer(503, {}), answer(202, b""))
    span = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "now": NOW}
    event = owner.add(mailbox=ana, subject="", **span)
    wait_until_told()
    assert [seen.path for seen in listener.seen] == ["/news", "/news"]
    (item,) = listener.seen[1].json["value"]
    assert item["resourceData"]["id"] == event.pk
    assert not {"x-hub-signature-256", "authorization"} & set(listener.seen[0].headers)
    assert not SimulatedWebhook.objects.exists()
