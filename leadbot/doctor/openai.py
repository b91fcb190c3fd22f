"""What the doctor finds at OpenAI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings

from integrations.conf import is_safe_url
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


def _no_answer(subject: str, reply: Reply, variable: str) -> Finding:
    return fail(
        subject,
        f"no proper answer ({happened(reply)})",
        f"Try again; if it stays, look at {variable} and at the network from this machine.",
    )


def _not_asked(subject: str, missing: Sequence[str]) -> Finding:
    return fail(subject, f"not asked: {', '.join(missing)} missing", "Mend the settings first.")
