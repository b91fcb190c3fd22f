"""Start-up checks: production is never half-configured, and each finding names its fix.

`check --deploy` reports them, and the web and the worker refuse to start with any of them.
The demo (`manage.py up`) may simulate and speak plain http, but not guess what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from agent.spending import limits
from agent.spending import prices as model_prices
from conversations.services import prices
from integrations import conf, registry
from integrations.conf import is_safe_url

MODES = {
    "WHATSAPP_MODE": ("simulator", "cloud"),
    "AGENT_ENGINE": ("guided", "llm"),
    "CALENDAR": ("local", "outlook"),
    "MEDIA_STORAGE": ("disk", "s3"),
}
NEEDED = {
    ("WHATSAPP_MODE", "cloud"): (
        ("WHATSAPP_ACCESS_TOKEN", "the permanent token of your system user"),
        ("WHATSAPP_PHONE_NUMBER_ID", "the id beside the number in WhatsApp > API set-up"),
        ("WHATSAPP_APP_SECRET", "the app secret in App settings > Basic"),
        ("WHATSAPP_VERIFY_TOKEN", "the words you type into Meta's webhook form"),
    ),
    ("AGENT_ENGINE", "llm"): (("OPENAI_API_KEY", "a key from the OpenAI platform"),),
    ("CALENDAR", "outlook"): (
        ("OUTLOOK_TENANT_ID", "the directory (tenant) id of the Entra app"),
        ("OUTLOOK_CLIENT_ID", "the application (client) id of the Entra app"),
        (
            "OUTLOOK_CLIENT_SECRET",
            "a client secret of the Entra app (or OUTLOOK_CLIENT_CERTIFICATE to its certificate)",
        ),
    ),
    ("MEDIA_STORAGE", "s3"): (
        ("S3_ENDPOINT_URL", "the store's address (Supabase: Storage > S3, ends in /storage/v1/s3)"),
        ("S3_BUCKET", "the name of a private bucket"),
        ("S3_ACCESS_KEY_ID", "the id of an access key of the store"),
        ("S3_SECRET_ACCESS_KEY", "the secret of that access key"),
        ("S3_REGION", "the region that the store names beside its address"),
    ),
}
# Either of the two; both at once would leave it open which one is in use.
INSTEAD_OF = {"OUTLOOK_CLIENT_SECRET": "OUTLOOK_CLIENT_CERTIFICATE"}
# Settings that hold a list under another name than their variable's.
HELD_AS = {"WHATSAPP_APP_SECRET": "WHATSAPP_APP_SECRETS"}
URLS = (
    "WHATSAPP_API_URL",
    "OPENAI_BASE_URL",
    "OUTLOOK_GRAPH_URL",
    "OUTLOOK_AUTHORITY_URL",
    "SIMULATOR_WEBHOOK_URL",
)
# Empty where files lie on a disk.
S3_URL = "S3_ENDPOINT_URL"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


@register(deploy=True)
def check_deployment(**_options: Any) -> list[CheckMessage]:
    """Report to `check --deploy` what would keep this instance from starting."""
    return [*configuration_errors(), *([] if settings.DEMO else production_errors())]


def refuse_half_configured(*, serves_http: bool) -> None:
    """Raise with every finding and its fix, so that one restart mends them all."""
    findings = check_deployment()
    if not serves_http:
        findings = [finding for finding in findings if finding.id != "leadbot.E007"]
    if findings:
        lines = [f"- {finding.msg} {finding.hint}" for finding in findings]
        raise ImproperlyConfigured("\n".join(["leadbot will not start:", *lines]))


def configuration_errors() -> Iterator[CheckMessage]:
    """Find what is wrong wherever it runs: unknown modes, missing secrets, unsafe addresses."""
    yield from _mode_errors()
    if settings.OPENAI_TRANSCRIPTION_MODEL and not settings.OPENAI_API_KEY:
        yield _error(
            "E010",
            "OPENAI_TRANSCRIPTION_MODEL needs OPENAI_API_KEY.",
            "Set it to a key from the OpenAI platform, or unset OPENAI_TRANSCRIPTION_MODEL.",
        )
    if not _secret_key():
        yield _error(
            "E003",
            "SECRET_KEY is missing.",
            "Set it to 50 or more random characters, the same for web and worker: "
            'python -c "import secrets; print(secrets.token_urlsafe(48))"',
        )
    for name in (*URLS, *([S3_URL] if getattr(settings, S3_URL) else [])):
        if not is_safe_url(getattr(settings, name)):
            yield _error(
                "E004",
                f"{name} is not an https address.",
                "Use https; plain http is accepted for loopback hosts only.",
            )
    yield from _price_errors()
    yield from _notice_errors()
    if settings.CALENDAR == "outlook":
        yield from outlook_errors()
    if settings.AGENT_ENGINE == "llm":
        yield from _model_errors()


def _mode_errors() -> Iterator[CheckMessage]:
    """Find modes that there are not, and what a chosen one lacks."""
    for name, allowed in MODES.items():
        if (value := getattr(settings, name)) not in allowed:
            yield _error("E001", f"{name} is {value!r}.", f"Set it to {' or '.join(allowed)}.")
    for mode in MODES:
        value = getattr(settings, mode)
        meanings = dict(NEEDED.get((mode, value), ()))
        for name in missing(mode):
            yield _error("E002", f"{mode}={value} needs {name}.", f"Set it to {meanings[name]}.")


def outlook_errors() -> Iterator[CheckMessage]:
    """Find what would keep the calendar's app from signing in with its certificate."""
    pem = settings.OUTLOOK_CLIENT_CERTIFICATE
    if pem and settings.OUTLOOK_CLIENT_SECRET:
        yield _error(
            "E019",
            "OUTLOOK_CLIENT_SECRET and OUTLOOK_CLIENT_CERTIFICATE are both set.",
            "Unset the one that is not to be used.",
        )
    elif pem and (problem := registry.certificate_problem(pem)):
        yield _error(
            "E020",
            f"OUTLOOK_CLIENT_CERTIFICATE cannot be used: {problem}.",
            "Set it to the text of one PEM file with the private key and the certificate "
            "(docs/outlook.md shows how to make it).",
        )


def _model_errors() -> Iterator[CheckMessage]:
    """Find what would keep the model from being paid for as agreed."""
    try:
        limits.current()
    except limits.BudgetError as error:
        yield _error(
            "E013", f"{error} is no amount.", "Set it to US dollars, as 10 or 0.50, or to none."
        )
    try:
        unknown = [
            name
            for name in ("OPENAI_MODEL", "OPENAI_FALLBACK_MODEL")
            if (model := getattr(settings, name)) and model_prices.of(model) is None
        ]
    except model_prices.PricesError as error:
        yield _error(
            "E014",
            f"OPENAI_PRICES has a part that is no price: {str(error)!r}.",
            "Write model=in/cached/out in US dollars for a million tokens, each model once, "
            "separated by commas: gpt-5.6-luna=0.20/0.02/1.20.",
        )
        return
    for name in unknown:
        model = getattr(settings, name)
        yield _error(
            "E015",
            f"OPENAI_PRICES has no price for {name}={model}, so no budget would hold.",
            f"Add {model}=in/cached/out to it, US dollars for a million tokens "
            "(0/0/0 for one that costs nothing).",
        )


def _notice_errors() -> Iterator[CheckMessage]:
    """Find what would keep colleagues from hearing of hand-offs."""
    try:
        conf.handoff_webhook()
    except ImproperlyConfigured as error:
        yield _error(
            "E016",
            str(error).partition(" Correct it")[0],
            "Take both from the system that receives it (docs/configuration.md), or unset them.",
        )
    if settings.EMAIL_HOST and "@" not in settings.DEFAULT_FROM_EMAIL:
        yield _error(
            "E017",
            "EMAIL_HOST is set and DEFAULT_FROM_EMAIL is no address.",
            "Set it to the address that e-mails come from, or unset EMAIL_HOST.",
        )
    if settings.PUBLIC_URL and not is_safe_url(settings.PUBLIC_URL):
        yield _error(
            "E018",
            "PUBLIC_URL is not an https address.",
            "Set it to the address under which people open the admin, as "
            "https://leadbot.example.com.",
        )


def _price_errors() -> Iterator[CheckMessage]:
    try:
        prices.parse(settings.WHATSAPP_PRICES)
    except prices.PricesError as error:
        yield _error(
            "E012",
            f"WHATSAPP_PRICES has a part that is no price: {str(error)!r}.",
            "Write category=amount, each category once, separated by commas: "
            "service=0.0085,utility=0.0085,marketing=0.0305. Leave it empty to see no costs.",
        )
    if not re.fullmatch("[A-Z]{3}", settings.WHATSAPP_CURRENCY):
        yield _error(
            "E011",
            f"WHATSAPP_CURRENCY is {settings.WHATSAPP_CURRENCY!r}.",
            "Set it to a currency's three capital letters, as USD or MXN.",
        )


def production_errors() -> Iterator[CheckMessage]:
    """Find what only the demo may do."""
    if settings.SIMULATOR:
        yield _error(
            "E005",
            "WHATSAPP_MODE=simulator outside the demo.",
            "Set WHATSAPP_MODE=cloud with its secrets, or use `make run` for the demo.",
        )
    if settings.DEBUG:
        yield _error("E006", "DEBUG is on.", "Unset DEBUG.")
    if not set(settings.ALLOWED_HOSTS) - LOOPBACK_NAMES:
        yield _error(
            "E007",
            "ALLOWED_HOSTS names no public host.",
            "Set it to the host names of this service, separated by commas.",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield _error("E008", "ALLOWED_HOSTS accepts every host.", "Name the hosts one by one.")
    if settings.EMBEDDED_DATABASE:
        yield _error(
            "E009",
            "DATABASE_URL is missing.",
            "Set it to your Postgres; the embedded server is for the demo only.",
        )


def missing(mode: str) -> list[str]:
    """List the variables that the chosen mode needs and that are not set."""
    needed = NEEDED.get((mode, getattr(settings, mode)), ())
    return [name for name, _ in needed if not (_is_set(name) or _is_set(INSTEAD_OF.get(name, "")))]


def _is_set(name: str) -> bool:
    return bool(name and getattr(settings, HELD_AS.get(name, name)))


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:
        # Django's way of saying that it is empty.
        return ""


def _error(number: str, message: str, hint: str) -> CheckMessage:
    return Error(message, hint=hint, id=f"leadbot.{number}")
