"""What the doctor finds about the account: its numbers, who hears of it, and its templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from leadbot.doctor import graph
from leadbot.doctor.findings import Finding, Reply, fail, ok, warn

# What leadbot reads, and what is lost without it.
FIELDS = {
    "messages": "messages and ticks",
    "message_template_status_update": "approved and paused templates",
    "template_category_update": "templates that cost more",
    "message_template_quality_update": "templates that people block",
    "account_update": "restrictions",
    "account_alerts": "Meta's warnings",
    "phone_number_quality_update": "the number's quality",
    "business_capability_update": "limits",
    "security": "PIN changes",
    "user_preferences": "people who stop marketing",
}
SPECIAL = {
    "smb_message_echoes": "the number is also used in the WhatsApp Business app",
    "standby": "Meta's own agent answers too",
    "calls": "people may call the number",
}


def account_findings(app_id: str, *, webhook: str) -> Iterator[Finding]:
    """Ask for numbers, subscription, fields and templates; an unknown account ends it."""
    account = settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    reply = graph.ask(f"{account}/phone_numbers", params={"fields": "id", "limit": "100"})
    if graph.is_unknown(reply):
        yield fail(
            "account",
            f"{account} is not found, or the token does not reach it",
            "Correct WHATSAPP_BUSINESS_ACCOUNT_ID (API set-up, beside the number), or assign the "
            "account to the system user.",
        )
        return
    yield _holds_number(reply, account)
    yield _subscribed(graph.ask(f"{account}/subscribed_apps"), account, app_id)
    if app_id:
        yield from _fields(app_id, webhook)
    yield from _templates(
        graph.ask(f"{account}/message_templates", params={"fields": "name,status", "limit": "1000"})
    )


def _holds_number(reply: Reply, account: str) -> Finding:
    if reply.status != 200:
        return _unread("account", "the account's numbers", reply)
    if settings.WHATSAPP_PHONE_NUMBER_ID in {str(row.get("id")) for row in reply.rows()}:
        return ok("account", "holds the number")
    return fail(
        "account",
        f"account {account} does not hold number {settings.WHATSAPP_PHONE_NUMBER_ID}",
        "Take WHATSAPP_BUSINESS_ACCOUNT_ID and WHATSAPP_PHONE_NUMBER_ID from the same line of "
        "WhatsApp > API set-up.",
    )


def _subscribed(reply: Reply, account: str, app_id: str) -> Finding:
    if reply.status != 200:
        return _unread("account", "the subscription", reply)
    apps = [_app(row) for row in reply.rows()]
    if apps and (not app_id or app_id in apps):
        return ok("account", "our app is subscribed" if app_id else "an app is subscribed")
    happened = f"only {', '.join(apps)}" if apps else "no app"
    return fail(
        "account",
        f"{happened} is subscribed to it: its webhooks do not reach us",
        'Subscribe yours: curl -X POST -H "Authorization: Bearer $WHATSAPP_ACCESS_TOKEN" '
        f"{settings.WHATSAPP_API_URL.rstrip('/')}/{account}/subscribed_apps",
    )


def _app(row: Mapping[str, Any]) -> str:
    data = row.get("whatsapp_business_api_data")
    return str(data.get("id")) if isinstance(data, dict) else "?"


def _fields(app_id: str, webhook: str) -> Iterator[Finding]:
    """Only the app's secret reads its subscriptions, which tells whether the secret is its own."""
    for secret in filter(None, map(str.strip, settings.WHATSAPP_APP_SECRETS)):
        reply = graph.ask(f"{app_id}/subscriptions", token=f"{app_id}|{secret}")
        if reply.status == 200 and isinstance(reply.of("data"), list):
            yield from _subscription(reply, webhook)
            return
    if reply.error.get("code") in (*graph.TOKEN_REFUSED, 1, 101, 104):
        yield fail(
            "fields",
            f"WHATSAPP_APP_SECRET is not the secret of app {app_id} ({graph.what(reply)})",
            "Copy it from App settings > Basic of the app whose token this is.",
        )
        return
    yield _unread("fields", "the webhook's fields", reply)


def _subscription(reply: Reply, webhook: str) -> Iterator[Finding]:
    ours = next((r for r in reply.rows() if r.get("object") == "whatsapp_business_account"), None)
    if ours is None or ours.get("active") is False:
        yield fail(
            "fields",
            "the app has no active webhook for WhatsApp",
            f"WhatsApp > Configuration: enter {webhook} and the verify token, then the fields.",
        )
        return
    callback = str(ours.get("callback_url") or "")
    if callback and callback.rstrip("/") != webhook:
        yield warn(
            "fields",
            f"Meta posts to {callback.partition('?')[0]}, and we looked at {webhook}",
            "Correct the address at WhatsApp > Configuration, or give `--url` the right one.",
        )
    yield from _missing(_names(ours.get("fields")))


def _names(fields: object) -> set[str]:
    listed = fields if isinstance(fields, list) else []
    return {str(each.get("name") if isinstance(each, dict) else each) for each in listed}


def _missing(names: set[str]) -> Iterator[Finding]:
    where = "WhatsApp > Configuration > Webhook fields: subscribe to each of them."
    if "messages" not in names:
        yield fail("fields", "`messages` is not subscribed: nothing a lead writes comes", where)
    others = [f"{n} ({lost})" for n, lost in FIELDS.items() if n not in {*names, "messages"}]
    if others:
        yield warn("fields", f"not subscribed: {', '.join(others)}", where)
    elif "messages" in names:
        yield ok("fields", f"all {len(FIELDS)} subscribed")
    if special := [f"{n}, if {why}" for n, why in SPECIAL.items() if n not in names]:
        yield ok("fields", f"not subscribed, and only needed sometimes: {'; '.join(special)}")


def _templates(reply: Reply) -> Iterator[Finding]:
    if reply.status != 200:
        yield _unread("template", "the templates", reply)
        return
    states = Counter(str(row.get("status") or "?") for row in reply.rows())
    counted = ", ".join(f"{count} {state.lower()}" for state, count in sorted(states.items()))
    if not states["APPROVED"]:
        yield warn(
            "template",
            f"none approved ({counted or 'there are none'}): nothing can be sent to whom has not "
            "written for 24 hours",
            "Make one in WhatsApp Manager > Message templates; Meta approves within a day.",
        )
        return
    yield ok("template", counted)
    if bad := [state for state in ("PAUSED", "DISABLED") if states[state]]:
        yield warn(
            "template",
            f"{sum(states[state] for state in bad)} paused or disabled because people block them",
            "Rewrite them in WhatsApp Manager, and send them to fewer people.",
        )


def _unread(subject: str, thing: str, reply: Reply) -> Finding:
    return warn(
        subject,
        f"{thing} cannot be read ({graph.what(reply)})",
        "Give the token whatsapp_business_management, or try again.",
    )
