"""What the doctor finds about WhatsApp: number, token, account, and our own webhook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from integrations.conf import is_safe_url
from leadbot import checks
from leadbot.doctor import graph
from leadbot.doctor.account import account_findings
from leadbot.doctor.findings import Finding, Level, Reply, fail, ok, warn
from leadbot.doctor.inside import clock_finding
from leadbot.doctor.token import PERMANENT, token_findings
from leadbot.doctor.webhook import public_address, webhook_findings

BASIC = "id,verified_name,quality_rating,name_status,platform_type,throughput"
# Names that Meta has changed: asked for as long as it knows them.
LIMIT = "whatsapp_business_manager_messaging_limit"
FIELDS = (f"{BASIC},status,{LIMIT}", f"{BASIC},status,messaging_limit_tier", BASIC, "id")
CONNECTED = ("CONNECTED", "")
NAMED = ("APPROVED", "AVAILABLE_WITHOUT_REVIEW", "")
MANAGER = "Open the number in WhatsApp Manager > Phone numbers"
STANDARD_RATE = 80


def whatsapp_section(*, now: datetime, url: str = "") -> Iterator[Finding]:
    """Ask Meta about everything that it tells, then our own webhook as Meta would."""
    if missing := checks.missing("WHATSAPP_MODE"):
        yield fail(
            "whatsapp", f"not asked: {', '.join(missing)} missing", "Mend the settings first."
        )
        return
    address = public_address(url)
    reply = Reply(0)
    if not is_safe_url(settings.WHATSAPP_API_URL):
        yield fail("whatsapp", "unsafe address", "Set WHATSAPP_API_URL to an https address.")
    else:
        reply = _number()
        yield (found := _accepted(reply))
        if found.level == Level.OK:
            yield from _health(reply)
            yield from clock_finding("WhatsApp", reply.date, now=now)
            yield from _behind_the_number(address, now=now)
    # In the simulator the web itself answered already, or did not.
    if reply.status == 200 or not settings.SIMULATOR:
        yield from webhook_findings(address, now=now)


def _behind_the_number(address: str, *, now: datetime) -> Iterator[Finding]:
    found, app_id = token_findings(now=now)
    yield from found
    if settings.WHATSAPP_BUSINESS_ACCOUNT_ID:
        yield from account_findings(app_id, webhook=f"{address}/webhook")


def _number() -> Reply:
    for fields in FIELDS:
        reply = graph.ask(settings.WHATSAPP_PHONE_NUMBER_ID, params={"fields": fields})
        if reply.error.get("code") != 100 or graph.is_unknown(reply):
            break
    return reply


def _accepted(reply: Reply) -> Finding:
    if reply.status in graph.REFUSED or reply.error.get("code") in (*graph.TOKEN_REFUSED, 10):
        return fail("whatsapp", f"token refused ({graph.what(reply)})", PERMANENT)
    if reply.status in (400, 404):
        return fail(
            "whatsapp",
            f"number not found ({graph.what(reply)})",
            "Correct WHATSAPP_PHONE_NUMBER_ID: it is the id, not the number. If it is right, "
            "assign its account to the token's system user.",
        )
    if reply.status == 200 and reply.body is not None:
        return ok("whatsapp", "token and number accepted")
    if reply.problem and settings.SIMULATOR:
        return fail("whatsapp", f"the simulator: {reply.problem}", "Start it with `make run`.")
    return fail(
        "whatsapp",
        f"no proper answer ({graph.what(reply)})",
        "Try again; if it stays, look at WHATSAPP_API_URL and at the network from this machine.",
    )


def _health(reply: Reply) -> Iterator[Finding]:
    status, quality = _word(reply, "status"), _word(reply, "quality_rating")
    limit = _word(reply, LIMIT) or _word(reply, "messaging_limit_tier")
    named = {"quality": quality, "status": status, "limit": limit, "speed": _speed(reply)}
    if known := ", ".join(f"{name} {value}" for name, value in named.items() if value):
        yield ok("number", known)
    if status not in CONNECTED:
        yield fail("number", f"is {status}: it may not send", f"{MANAGER} and finish or appeal.")
    if _word(reply, "platform_type") not in ("CLOUD_API", ""):
        yield fail(
            "number",
            "is not registered with the Cloud API",
            f"Register it: POST /{settings.WHATSAPP_PHONE_NUMBER_ID}/register with its PIN.",
        )
    if (name := _word(reply, "name_status")) not in NAMED:
        yield warn("number", f"its display name is {name}", f"{MANAGER} and choose another name.")
    if quality in ("RED", "YELLOW"):
        yield warn(
            "number",
            f"quality {quality}: people block or report it, and Meta may limit it",
            "Write first only to people who asked for it, and let them stop.",
        )
    if _speed(reply) == "STANDARD" and settings.WHATSAPP_MESSAGES_PER_SECOND > STANDARD_RATE:
        yield warn(
            "number",
            f"takes {STANDARD_RATE} messages a second, and "
            f"WHATSAPP_MESSAGES_PER_SECOND is {settings.WHATSAPP_MESSAGES_PER_SECOND}",
            f"Set it to {STANDARD_RATE}, or ask Meta for a higher throughput.",
        )


def _speed(reply: Reply) -> str:
    throughput = reply.of("throughput")
    return str(throughput.get("level") or "") if isinstance(throughput, dict) else ""


def _word(reply: Reply, key: str) -> str:
    found = reply.of(key)
    return found if isinstance(found, str) else ""
