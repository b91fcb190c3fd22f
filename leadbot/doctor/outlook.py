"""What the doctor finds at Microsoft: the app, the mailboxes it may open, and those it must not."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import DatabaseError

from conversations.models import CalendarWatch, Salesperson
from integrations import conf, registry
from integrations.http import is_loopback
from integrations.outlook.auth import TokenSource
from integrations.outlook.certificate import read_certificate
from integrations.scheduling import CalendarError
from leadbot import checks
from leadbot.doctor.findings import Finding, Level, Reply, fail, get, happened, ok, post, warn
from leadbot.doctor.inside import clock_finding
from leadbot.doctor.webhook import public_address

TEAMS = "teamsForBusiness"
# Of a certificate's life.
SOON = timedelta(days=30)
SCOPE = (
    "Put the mailbox into the group of the management scope (docs/outlook.md, step 2); changes "
    "take up to two hours."
)
UNSCOPED = (
    "In Entra > Enterprise applications > Permissions take the admin consent back, and leave the "
    "permission to Exchange (docs/outlook.md, step 2)."
)


def outlook_section(*, now: datetime, url: str = "", outside: str = "") -> Iterator[Finding]:
    """Ask for a token, then for every calendar as booking does, then for one that must be shut."""
    if settings.CALENDAR != "outlook":
        yield ok("outlook", f"not used (CALENDAR={settings.CALENDAR})")
        return
    if unset := checks.missing("CALENDAR"):
        yield fail("outlook", f"not asked: {', '.join(unset)} missing", "Mend the settings first.")
        return
    if errors := list(checks.outlook_errors()):
        yield from (fail("outlook", str(each.msg), str(each.hint)) for each in errors)
        return
    yield from _certificate(now)
    token, found = _token()
    yield found
    if token:
        yield from _consent(token)
        yield from _mailboxes(token, now=now)
        yield from _outside(outside, now=now)
        yield from _news(public_address(url), now=now)


def _certificate(now: datetime) -> Iterator[Finding]:
    if not settings.OUTLOOK_CLIENT_CERTIFICATE:
        return
    ends_at = read_certificate(settings.OUTLOOK_CLIENT_CERTIFICATE).expires_at
    fix = "Make another, upload it beside the old one, and set OUTLOOK_CLIENT_CERTIFICATE to it."
    if ends_at <= now:
        yield fail("outlook", f"the certificate ended on {ends_at:%Y-%m-%d}", fix)
    elif ends_at - now < SOON:
        yield warn("outlook", f"the certificate ends on {ends_at:%Y-%m-%d}", fix)


def _token() -> tuple[str, Finding]:
    """A fresh one: the worker's may outlive a secret that was taken back."""
    try:
        return TokenSource(conf.outlook()).token(), ok("outlook", "the app may sign in")
    except CalendarError as error:
        fix = (
            "Correct OUTLOOK_TENANT_ID, OUTLOOK_CLIENT_ID and the secret's value or the "
            "certificate; a secret that ended is made anew in Entra."
            if error.permanent
            else "Try again; if it stays, look at OUTLOOK_AUTHORITY_URL and at the network."
        )
        return "", fail("outlook", str(error), fix)


def _consent(token: str) -> Iterator[Finding]:
    """What Entra consented to is in the token, and is for all mailboxes; Exchange's scopes are not.

    The two add up, so that a narrow scope beside a consent narrows nothing.
    """
    claims = _claims(token)
    if claims is None:
        return
    roles = claims.get("roles")
    names = sorted(str(role) for role in roles) if isinstance(roles, list) else []
    if wide := [name for name in names if name.startswith(("Calendars.", "Mail", "Contacts."))]:
        text = f"the app may open every mailbox of the organisation ({', '.join(wide)})"
        yield warn("outlook", text, UNSCOPED)
    else:
        yield ok("outlook", "no consent for the whole organisation")


def _claims(token: str) -> Mapping[str, Any] | None:
    """Microsoft's tokens are for Graph to read; what cannot be read tells nothing."""
    parts = token.split(".")
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError):
        return None
    return claims if isinstance(claims, dict) else None


def _mailboxes(token: str, *, now: datetime) -> Iterator[Finding]:
    try:
        mailboxes = list(
            Salesperson.objects.filter(takes_meetings=True)
            .order_by("mailbox")
            .values_list("mailbox", flat=True)
        )
    except DatabaseError:
        yield fail("outlook", "salespeople cannot be read", "Mend the database first.")
        return
    if not mailboxes:
        yield fail("outlook", "nobody takes meetings", "Add a salesperson in the admin.")
        return
    problems = list(_closed(mailboxes, now=now))
    yield from problems
    if not problems:
        yield ok("outlook", f"{len(mailboxes)} of {len(mailboxes)} calendars can be read")
    yield from _without_teams(token, mailboxes, now=now)


def _closed(mailboxes: Sequence[str], *, now: datetime) -> Iterator[Finding]:
    """Each calendar by itself, as before a booking; then all at once, as for a search."""
    calendar = registry.calendar()
    alone = {each: _busy_problem(each, now=now, hours=1) for each in mailboxes}
    for mailbox, problem in alone.items():
        if problem:
            yield fail("outlook", f"{mailbox}: {problem}", _fix(problem))
    try:
        answers = calendar.busy(mailboxes, starts_at=now, ends_at=now + timedelta(days=2))
    except CalendarError as error:
        yield fail("outlook", f"free and busy times: {error}", _fix(str(error)))
        return
    for mailbox in mailboxes:
        if (problem := answers[mailbox].error) and not alone[mailbox]:
            yield fail("outlook", f"{mailbox}: free and busy times: {problem}", _fix(problem))


def _busy_problem(mailbox: str, *, now: datetime, hours: int) -> str:
    try:
        answers = registry.calendar().busy(
            [mailbox], starts_at=now, ends_at=now + timedelta(hours=hours)
        )
    except CalendarError as error:
        return str(error)
    return answers[mailbox].error


def _fix(problem: str) -> str:
    if " 403" in problem:
        return SCOPE
    if " 404" in problem:
        return (
            "Correct the salesperson's mailbox in the admin: its main address in this tenant, with "
            "a licence for Exchange Online."
        )
    return "Try again; if it stays, look at the service health in the Microsoft 365 admin centre."


def _without_teams(token: str, mailboxes: Sequence[str], *, now: datetime) -> Iterator[Finding]:
    """Also Graph's clock, which tokens and watches depend on."""
    lacking = []
    for place, mailbox in enumerate(mailboxes):
        reply = get(
            f"{conf.outlook().graph_url}/users/{quote(mailbox, safe='@')}/calendar",
            token=token,
        )
        if place == 0:
            yield from clock_finding("Microsoft", reply.date, now=now)
        allowed = reply.of("allowedOnlineMeetingProviders")
        if reply.status == 200 and isinstance(allowed, list) and TEAMS not in allowed:
            lacking.append(mailbox)
    if lacking:
        yield warn(
            "outlook",
            f"no Teams link in meetings of {', '.join(lacking)}",
            "Give them a licence with Teams; until then their meetings have no link.",
        )


def _outside(mailbox: str, *, now: datetime) -> Iterator[Finding]:
    """One that the app must not open: an allowance without limits looks the same from inside."""
    if not mailbox:
        yield ok(
            "outlook",
            "whether other mailboxes are shut was not tried: `manage.py doctor outlook --outside "
            "somebody@your-company` tries one",
        )
        return
    problem = _busy_problem(mailbox, now=now, hours=1)
    if not problem:
        yield fail(
            "outlook", f"{mailbox} can be opened too: the app's scope has no limit", UNSCOPED
        )
    elif " 403" in problem:
        yield ok("outlook", f"{mailbox} is shut, as it should be")
    else:
        yield warn(
            "outlook",
            f"whether {mailbox} is shut cannot be told: {problem}",
            "Name a mailbox of this tenant that has a licence and is in no sales group.",
        )


def _news(address: str, *, now: datetime) -> Iterator[Finding]:
    """Without news the timer finds every change too, only later."""
    host = urlsplit(address).hostname
    if not address.startswith("https://") or is_loopback(host):
        yield ok("outlook", "tells us nothing by itself here: that takes a public https address")
        return
    yield (shaken := _handshake(address))
    if shaken.level == Level.OK:
        yield from _watches(now=now)


def _handshake(address: str) -> Finding:
    """Do what Microsoft does before it promises to tell of changes."""
    word = secrets.token_hex(8)
    reply: Reply = post(
        f"{address}/webhook/outlook?validationToken={word}",
        body=b"",
        headers={"Content-Type": "text/plain"},
    )
    if reply.status == 200 and reply.text.strip() == word:
        return ok("outlook", f"{address}/webhook/outlook answers the handshake")
    return warn(
        "outlook",
        f"{address}/webhook/outlook does not answer the handshake ({happened(reply)}): changes "
        "made in Outlook are seen minutes later",
        "Set PUBLIC_URL to the web's https address, and let POST reach it.",
    )


def _watches(*, now: datetime) -> Iterator[Finding]:
    people = Salesperson.objects.filter(takes_meetings=True)
    alive = CalendarWatch.objects.filter(salesperson__in=people, expires_at__gt=now)
    problems = CalendarWatch.objects.filter(salesperson__in=people).exclude(problem="")
    wanted, kept = people.count(), alive.count()
    if kept == wanted:
        yield ok("outlook", f"tells us of changes in {kept} of {wanted} calendars")
        return
    why = problems.order_by("mailbox").values_list("problem", flat=True).first()
    yield warn(
        "outlook",
        f"tells us of changes in {kept} of {wanted} calendars{f': {why}' if why else ''}",
        "The worker asks for the others by itself; if it stays, read why in its log. Until then "
        "changes made in Outlook are seen minutes later.",
    )
