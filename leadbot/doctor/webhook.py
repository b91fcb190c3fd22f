"""What the doctor finds at our own webhook, asked as Meta asks: through the public address."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from conversations import addresses
from integrations.conf import is_safe_url
from integrations.whatsapp.notices import PROBE
from leadbot.doctor.findings import Finding, Reply, fail, get, happened, ok, post

UNSIGNED = "not-the-app-secret"


def public_address(given: str = "") -> str:
    """Where the world reaches the web: as given, the demo's own, or as the settings say."""
    if given:
        return given.rstrip("/").removesuffix("/webhook")
    return addresses.public_address() or "https://localhost"


def webhook_findings(address: str, *, now: datetime) -> Iterator[Finding]:
    """Shake hands, then send what is signed well and what is not. Neither makes a lead."""
    if not is_safe_url(address):
        yield fail("webhook", "unsafe address", "Give --url an https address.")
        return
    yield (shaken := _handshake(address))
    if shaken.fix:
        return
    for position, secret in enumerate(_secrets(), 1):
        yield _signed(address, secret, position, now=now)
    yield _wrongly_signed(address, now=now)


def _handshake(address: str) -> Finding:
    """Do what Meta does when the webhook form is saved."""
    challenge = secrets.token_hex(8)
    reply = get(
        f"{address}/webhook",
        params={
            "hub.mode": "subscribe",
            "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
            "hub.challenge": challenge,
        },
    )
    if reply.status == 200 and reply.text.strip() == challenge:
        return ok("webhook", f"{address}/webhook answers the handshake")
    if reply.status == 403:
        return fail(
            "webhook",
            "handshake refused",
            "Give web and doctor the same WHATSAPP_VERIFY_TOKEN.",
        )
    return _elsewhere(address, reply)


def _signed(address: str, secret: str, position: int, *, now: datetime) -> Finding:
    which = f" (secret {position} of {len(_secrets())})" if len(_secrets()) > 1 else ""
    reply = _probe(address, secret, now=now)
    if reply.status == 200 and reply.text.strip() == "ok":
        return ok("webhook", f"a signed test is taken{which}; Deliveries in the admin shows it")
    if reply.status == 403:
        return fail(
            "webhook",
            f"a signed test is refused{which}",
            "Give web and doctor the same WHATSAPP_APP_SECRET, and restart the web.",
        )
    if reply.status == 503:
        return fail("webhook", "the web cannot reach its database", "Mend the web's DATABASE_URL.")
    return _elsewhere(address, reply)


def _wrongly_signed(address: str, *, now: datetime) -> Finding:
    reply = _probe(address, UNSIGNED, now=now)
    if reply.status == 403:
        return ok("webhook", "a wrongly signed test is refused")
    return fail(
        "webhook",
        f"a wrongly signed test is not refused ({happened(reply)})",
        "Something before the web answers in its place, or lets anybody write: point the address "
        "at leadbot's own web and nothing else.",
    )


def _probe(address: str, secret: str, *, now: datetime) -> Reply:
    body = _envelope(now)
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
    return post(f"{address}/webhook", body=body, headers=headers)


def _envelope(now: datetime) -> bytes:
    """Meta's envelope around a field that Meta does not have: stored, and acted on by nobody."""
    change = {"field": PROBE, "value": {"sent_at": now.isoformat(), "id": secrets.token_hex(8)}}
    entry = {"id": settings.WHATSAPP_BUSINESS_ACCOUNT_ID or "0", "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def _elsewhere(address: str, reply: Reply) -> Finding:
    if 300 <= reply.status < 400:
        return fail(
            "webhook",
            f"{address}/webhook redirects (HTTP {reply.status}), which Meta does not follow",
            "Let the proxy send X-Forwarded-Proto: https, and use the final address.",
        )
    host = urlsplit(address).hostname or address
    return fail(
        "webhook",
        f"{address}/webhook gives no proper answer ({happened(reply)})",
        f"Start the web there; if it runs, put its host name ({host}) into ALLOWED_HOSTS, or name "
        "the right address: `manage.py doctor whatsapp --url https://…`.",
    )


def _secrets() -> list[str]:
    return [secret for value in settings.WHATSAPP_APP_SECRETS if (secret := value.strip())]
