"""What the doctor finds outside: OpenAI and Microsoft."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError

from conversations.models import Salesperson
from integrations import registry
from integrations.conf import is_safe_url
from integrations.scheduling import CalendarError
from leadbot import checks
from leadbot.doctor.findings import Finding, Reply, fail, get, happened, ok, warn
from leadbot.doctor.inside import clock_finding

REFUSED = (401, 403)


def openai_section(*, now: datetime) -> Iterator[Finding]:
    """Ask which models the key may use."""
    if settings.AGENT_ENGINE != "llm" and not settings.OPENAI_TRANSCRIPTION_MODEL:
        yield ok("openai", "not used (AGENT_ENGINE=guided)")
        return
    if not settings.OPENAI_API_KEY:
        yield _not_asked("openai", ["OPENAI_API_KEY"])
        return
    if not is_safe_url(settings.OPENAI_BASE_URL):
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


def _no_answer(subject: str, reply: Reply, variable: str) -> Finding:
    return fail(
        subject,
        f"no proper answer ({happened(reply)})",
        f"Try again; if it stays, look at {variable} and at the network from this machine.",
    )


def _not_asked(subject: str, missing: Sequence[str]) -> Finding:
    return fail(subject, f"not asked: {', '.join(missing)} missing", "Mend the settings first.")
