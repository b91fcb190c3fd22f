"""Subscriptions: who wants to be told of a mailbox's changes, and proved to be there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import requests
from django.db.models import QuerySet

from integrations import conf, http
from integrations.models import SimulatedSubscription
from integrations.public_only import PublicOnlyAdapter
from integrations.simulator.graph import notifications, store
from integrations.simulator.graph.tokens import Caller
from integrations.simulator.graph.wire import WireError, write_instant

CHANGES = ("created", "updated", "deleted")
RESOURCE = re.compile(r"/?users/([^/]+)/(?:calendar/)?events/?", re.IGNORECASE)
LONGEST_MINUTES = 10_080
LONGEST_STATE = 128
ANSWER_SECONDS = 10.0
WRITABLE = frozenset(
    {
        "changeType",
        "clientState",
        "expirationDateTime",
        "latestSupportedTlsVersion",
        "lifecycleNotificationUrl",
        "notificationUrl",
        "resource",
    }
)


def create(*, caller: Caller, fields: Mapping[str, Any], now: datetime) -> SimulatedSubscription:
    """Subscribe, after both addresses have answered."""
    fields = _known(fields, WRITABLE)
    subscription = SimulatedSubscription(
        tenant_id=caller.tenant_id,
        application_id=caller.application_id,
        change_types=_changes(fields),
        client_state=_state(fields),
        notification_url=_address(fields, "notificationUrl"),
        expires_at=_expiry(fields, now),
        created_at=now,
    )
    if fields.get("lifecycleNotificationUrl"):
        subscription.lifecycle_url = _address(fields, "lifecycleNotificationUrl")
    subscription.resource = str(fields.get("resource") or "")
    match = RESOURCE.fullmatch(subscription.resource)
    if match is None:
        raise _invalid("Resource is not supported.")
    subscription.mailbox = store.required_mailbox(match[1])
    for url in dict.fromkeys([subscription.notification_url, subscription.lifecycle_url]):
        if url:
            _shake_hands(url)
    subscription.save()
    return subscription


def find(caller: Caller, subscription_id: str, now: datetime) -> SimulatedSubscription:
    """A subscription of this app that is still alive."""
    try:
        found = of(caller, now).filter(pk=UUID(subscription_id)).first()
    except ValueError:
        found = None
    if found is None:
        raise WireError(404, "ResourceNotFound", "The object was not found.")
    return found


def of(caller: Caller, now: datetime) -> QuerySet[SimulatedSubscription]:
    """This app's subscriptions."""
    mine = {"tenant_id": caller.tenant_id, "application_id": caller.application_id}
    return notifications.alive(now).filter(**mine)


def renew(
    subscription: SimulatedSubscription, *, fields: Mapping[str, Any], now: datetime
) -> SimulatedSubscription:
    """Make it last longer; nothing else of it can change."""
    subscription.expires_at = _expiry(_known(fields, {"expirationDateTime"}), now)
    subscription.save(update_fields=["expires_at"])
    return subscription


def shape(subscription: SimulatedSubscription) -> dict[str, Any]:
    """A subscription as Graph shows it."""
    return {
        "id": str(subscription.pk),
        "resource": subscription.resource,
        "applicationId": subscription.application_id,
        "creatorId": subscription.application_id,
        "changeType": ",".join(subscription.change_types),
        "clientState": subscription.client_state or None,
        "notificationUrl": subscription.notification_url,
        "lifecycleNotificationUrl": subscription.lifecycle_url or None,
        "notificationQueryOptions": None,
        "notificationUrlAppId": None,
        "expirationDateTime": write_instant(subscription.expires_at),
        "latestSupportedTlsVersion": "v1_2",
        "includeResourceData": None,
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
    }


def _known(fields: Mapping[str, Any], names: frozenset[str] | set[str]) -> Mapping[str, Any]:
    given = {name: value for name, value in fields.items() if "@" not in name}
    for name in given:
        if name not in names:
            raise _invalid(f"The property '{name}' cannot be written.")
    return given


def _changes(fields: Mapping[str, Any]) -> list[str]:
    changes = [part.strip().lower() for part in str(fields.get("changeType") or "").split(",")]
    if not set(changes) <= set(CHANGES):
        raise _invalid("ChangeType must be one or more of created, updated, deleted.")
    return changes


def _state(fields: Mapping[str, Any]) -> str:
    state = fields.get("clientState") or ""
    if not isinstance(state, str) or len(state) > LONGEST_STATE:
        raise _invalid(f"ClientState must not be longer than {LONGEST_STATE} characters.")
    return state


def _address(fields: Mapping[str, Any], name: str) -> str:
    url = fields.get(name)
    if not isinstance(url, str) or len(url) > 2000 or not conf.is_safe_url(url):
        raise _invalid(f"{name} must be an https address, or one of this machine.")
    return url


def _expiry(fields: Mapping[str, Any], now: datetime) -> datetime:
    try:
        expires_at = datetime.fromisoformat(str(fields.get("expirationDateTime")))
        left = expires_at - now
    except (ValueError, TypeError):
        raise _invalid("ExpirationDateTime is not a valid DateTimeOffset.") from None
    if left <= timedelta():
        raise _invalid("Subscription expiration must be in the future.")
    if left > timedelta(minutes=LONGEST_MINUTES):
        raise WireError(
            400,
            "ExtensionError",
            f"Subscription expiration can only be {LONGEST_MINUTES} minutes in the future.",
        )
    return expires_at


def _shake_hands(url: str) -> None:
    """Ask the address to repeat a token: nobody is told of anything against their will."""
    token = f"Validation: Testing client application reachability for subscription {uuid4()}"
    with http.session(read=ANSWER_SECONDS, total=ANSWER_SECONDS) as session:
        # Loopback is plain http; whoever has a token must not reach into a network by name.
        session.mount("https://", PublicOnlyAdapter())
        try:
            response = session.post(
                f"{url}{'&' if '?' in url else '?'}validationToken={quote(token)}",
                headers={"Content-Type": "text/plain; charset=utf-8"},
            )
        except requests.RequestException as error:
            raise _unreachable(type(error).__name__) from None
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if response.status_code != 200:
        raise _unreachable(f"HTTP {response.status_code}")
    if kind != "text/plain" or response.text != token:
        raise _unreachable("the answer is not the token as text/plain")


def _unreachable(why: str) -> WireError:
    return _invalid(
        "Subscription validation request failed. Notification endpoint must respond with 200 OK "
        f"to validation request. ({why})"
    )


def _invalid(message: str) -> WireError:
    return WireError(400, "ValidationError", message)
