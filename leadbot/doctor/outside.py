"""What the doctor finds outside: Meta, OpenAI, Microsoft, and our own address."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError

from conversations.models import Salesperson
from integrations import registry
from integrations.scheduling import CalendarError
from leadbot import checks
from leadbot.doctor.findings import Finding, Level, Reply, fail, get, ok, warn
from leadbot.doctor.inside import clock_finding

REFUSED = (401, 403)


def whatsapp_section(*, now: datetime) -> Iterator[Finding]:
    """Ask for our number with our token, for the subscription, and shake hands with ourselves."""
    if missing := checks.missing("WHATSAPP_MODE"):
        yield _not_asked("whatsapp", missing)
        return
    reached = False
    for finding in _number(now=now):
        reached = reached or finding.level == Level.OK
        yield finding
    if reached and not settings.SIMULATOR and settings.WHATSAPP_BUSINESS_ACCOUNT_ID:
        yield _subscription()
    # In the simulator the web itself answered already, or did not.
    if reached or not settings.SIMULATOR:
        yield _handshake()


def openai_section(*, now: datetime) -> Iterator[Finding]:
    """Ask which models the key may use."""
    if settings.AGENT_ENGINE != "llm" and not settings.OPENAI_TRANSCRIPTION_MODEL:
        yield ok("openai", "not used (AGENT_ENGINE=guided)")
        return
    if not settings.OPENAI_API_KEY:
        yield _not_asked("openai", ["OPENAI_API_KEY"])
        return
    if not checks.is_safe_url(settings.OPENAI_BASE_URL):
        yield fail("openai", "unsafe address", "Set OPENAI_BASE_URL to an https address.")
        return
    reply = get(f"{settings.OPENAI_BASE_URL.rstrip('/')}/models", token=settings.OPENAI_API_KEY)
    if reply.status in REFUSED:
        yield fail(
            "openai",
            f"key refused (HTTP {reply.status})",
            "Make a new key at platform.openai.com and set OPENAI_API_KEY to it.",
        )
        return
    if reply.status != 200:
        yield _no_answer("openai", reply, "OPENAI_BASE_URL")
        return
    yield ok("openai", "key accepted")
    yield from clock_finding("OpenAI", reply.date, now=now)
    yield from _absent_models(reply)


def outlook_section(*, now: datetime) -> Iterator[Finding]:
    """Read tomorrow's busy times of every salesperson: token, permission and mailbox at once."""
    if settings.CALENDAR != "outlook":
        yield ok("outlook", "not used (CALENDAR=local)")
        return
    if missing := checks.missing("CALENDAR"):
        yield _not_asked("outlook", missing)
        return
    try:
        mailboxes = list(
            Salesperson.objects.filter(takes_meetings=True).values_list("mailbox", flat=True)
        )
    except DatabaseError:
        yield fail("outlook", "salespeople cannot be read", "Mend the database first.")
        return
    if not mailboxes:
        yield fail("outlook", "nobody takes meetings", "Add a salesperson in the admin.")
        return
    yield _calendars(mailboxes, now=now)


def _absent_models(reply: Reply) -> Iterator[Finding]:
    offered = {
        str(model.get("id"))
        for model in (reply.body or {}).get("data", [])
        if isinstance(model, dict)
    }
    for name in ("OPENAI_MODEL", "OPENAI_FALLBACK_MODEL", "OPENAI_TRANSCRIPTION_MODEL"):
        model = getattr(settings, name)
        if model and model not in offered:
            yield warn("openai", f"{model} is not among its models", f"Correct {name}.")


def _calendars(mailboxes: Sequence[str], *, now: datetime) -> Finding:
    tomorrow = now + timedelta(days=1)
    try:
        answers = registry.calendar().busy(mailboxes, starts_at=now, ends_at=tomorrow)
    except CalendarError as error:
        return fail(
            "outlook",
            str(error),
            "Correct OUTLOOK_TENANT_ID, OUTLOOK_CLIENT_ID, OUTLOOK_CLIENT_SECRET, or grant the "
            "app Calendars.ReadWrite with an administrator's consent.",
        )
    if broken := [answer for answer in answers.values() if answer.error]:
        return fail(
            "outlook",
            f"{len(broken)} of {len(mailboxes)} mailboxes cannot be read",
            "Correct the mailboxes of the salespeople in the admin, or the app's access policy.",
        )
    return ok("outlook", f"token accepted, {len(mailboxes)} mailboxes readable")


def _number(*, now: datetime) -> Iterator[Finding]:
    if not checks.is_safe_url(settings.WHATSAPP_API_URL):
        yield fail("whatsapp", "unsafe address", "Set WHATSAPP_API_URL to an https address.")
        return
    reply = get(
        f"{settings.WHATSAPP_API_URL.rstrip('/')}/{settings.WHATSAPP_PHONE_NUMBER_ID}",
        token=settings.WHATSAPP_ACCESS_TOKEN,
    )
    code = ((reply.body or {}).get("error") or {}).get("code")
    if reply.status in REFUSED or code in (0, 10, 190):
        yield fail(
            "whatsapp",
            f"token refused (HTTP {reply.status}, code {code})",
            "Set WHATSAPP_ACCESS_TOKEN to a permanent token of a system user that holds the "
            "number's account.",
        )
    elif reply.status in (400, 404):
        yield fail(
            "whatsapp",
            f"number not found (HTTP {reply.status}, code {code})",
            "Correct WHATSAPP_PHONE_NUMBER_ID: it is the id, not the number.",
        )
    elif reply.status != 200:
        yield _no_answer("whatsapp", reply, "WHATSAPP_API_URL")
    else:
        yield ok("whatsapp", "token and number accepted")
        yield from clock_finding("WhatsApp", reply.date, now=now)


def _subscription() -> Finding:
    account = settings.WHATSAPP_BUSINESS_ACCOUNT_ID
    reply = get(
        f"{settings.WHATSAPP_API_URL.rstrip('/')}/{account}/subscribed_apps",
        token=settings.WHATSAPP_ACCESS_TOKEN,
    )
    if reply.status == 200 and (reply.body or {}).get("data"):
        return ok("whatsapp", "an app is subscribed to the account's webhooks")
    return warn(
        "whatsapp",
        f"no app is seen subscribed to the account ({_happened(reply)})",
        'Subscribe yours: curl -X POST -H "Authorization: Bearer $WHATSAPP_ACCESS_TOKEN" '
        f"{settings.WHATSAPP_API_URL.rstrip('/')}/{account}/subscribed_apps",
    )


def _handshake() -> Finding:
    """Do what Meta does when the webhook form is saved."""
    challenge = secrets.token_hex(8)
    reply = get(
        f"{_own_address()}/webhook",
        params={
            "hub.mode": "subscribe",
            "hub.verify_token": settings.WHATSAPP_VERIFY_TOKEN,
            "hub.challenge": challenge,
        },
    )
    if reply.status == 200 and reply.text.strip() == challenge:
        return ok("webhook", f"{_own_address()}/webhook answers the handshake")
    if reply.status == 403:
        return fail(
            "webhook",
            "handshake refused",
            "Give web and doctor the same WHATSAPP_VERIFY_TOKEN.",
        )
    return fail(
        "webhook",
        f"{_own_address()}/webhook gives no proper answer ({_happened(reply)})",
        "Start the web there; if it runs, put its host name first in ALLOWED_HOSTS.",
    )


def _own_address() -> str:
    if settings.DEMO:
        return f"http://127.0.0.1:{settings.PORT}"
    public = [host for host in settings.ALLOWED_HOSTS if host not in checks.LOOPBACK_NAMES]
    host = public[0].removeprefix(".") if public else "localhost"
    return f"https://{host}"


def _no_answer(subject: str, reply: Reply, variable: str) -> Finding:
    if reply.problem and subject == "whatsapp" and settings.SIMULATOR:
        return fail(subject, f"the simulator: {_happened(reply)}", "Start it with `make run`.")
    return fail(
        subject,
        f"no proper answer ({_happened(reply)})",
        f"Try again; if it stays, look at {variable} and at the network from this machine.",
    )


def _not_asked(subject: str, missing: Sequence[str]) -> Finding:
    return fail(subject, f"not asked: {', '.join(missing)} missing", "Mend the settings first.")


def _happened(reply: Reply) -> str:
    return reply.problem or f"HTTP {reply.status}"
