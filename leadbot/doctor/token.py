"""What the doctor finds about the access token: whose, until when, and what it may do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from leadbot.doctor import graph
from leadbot.doctor.findings import Finding, fail, ok, warn

PERMANENT = (
    "In Meta Business settings > System users make a token that never expires, with "
    "whatsapp_business_messaging and whatsapp_business_management, and set WHATSAPP_ACCESS_TOKEN."
)
SEND, MANAGE = "whatsapp_business_messaging", "whatsapp_business_management"


def token_findings(*, now: datetime) -> tuple[list[Finding], str]:
    """Look the token up with itself; give the id of its app too, empty where it is not told."""
    reply = graph.ask("debug_token", params={"input_token": settings.WHATSAPP_ACCESS_TOKEN})
    told = reply.of("data")
    if reply.status != 200 or not isinstance(told, dict):
        found = warn(
            "token",
            f"Meta does not tell about it ({graph.what(reply)})",
            "Look at it yourself: developers.facebook.com/tools/debug/accesstoken.",
        )
        return [found], ""
    return list(_findings(told, now=now)), str(told.get("app_id") or "")


def _findings(told: Mapping[str, Any], *, now: datetime) -> Iterator[Finding]:
    ends = _time(told.get("expires_at"))
    if told.get("is_valid") is False or (ends and ends <= now):
        when = f" on {ends:%Y-%m-%d %H:%M} UTC" if ends else " or was withdrawn"
        yield fail("token", f"expired{when}", PERMANENT)
        return
    yield _kind(str(told.get("type") or ""), ends, now=now)
    yield from _scopes(told)


def _kind(kind: str, ends: datetime | None, *, now: datetime) -> Finding:
    if ends:
        left = ends - now
        span = f"{left.days} days" if left.days else f"{left.seconds // 3600} h"
        return warn("token", f"temporary: expires in {span}, {ends:%Y-%m-%d %H:%M} UTC", PERMANENT)
    if kind and kind != "SYSTEM_USER":
        return warn(
            "token", f"belongs to a person or a page ({kind}) and ends when they leave", PERMANENT
        )
    return ok("token", "a system user's, never expires" if kind else "never expires")


def _scopes(told: Mapping[str, Any]) -> Iterator[Finding]:
    scopes = told.get("scopes")
    if not isinstance(scopes, list):
        return
    if SEND not in scopes:
        yield fail("token", f"may not send: {SEND} is missing", PERMANENT)
    if MANAGE not in scopes:
        yield warn("token", f"{MANAGE} is missing: no templates, no look at the account", PERMANENT)
    account = settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    if account and (missed := sorted(_not_reached(told, account))):
        yield fail(
            "token",
            f"does not reach account {account} ({', '.join(missed)})",
            "In Meta Business settings assign the account to the system user with full control, "
            "or correct WHATSAPP_BUSINESS_ACCOUNT_ID.",
        )


def _not_reached(told: Mapping[str, Any], account: str) -> Iterator[str]:
    """Permissions that are limited to other accounts; one without a list reaches all."""
    granular = told.get("granular_scopes")
    for row in granular if isinstance(granular, list) else []:
        if not isinstance(row, dict) or row.get("scope") not in (SEND, MANAGE):
            continue
        targets = row.get("target_ids")
        if isinstance(targets, list) and account not in map(str, targets):
            yield str(row["scope"])


def _time(value: object) -> datetime | None:
    """0 is never; what is no time counts as not told."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 32_503_680_000:
        return None
    return datetime.fromtimestamp(value, UTC)
