"""The only reader of settings among the adapters."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from integrations.http import is_loopback

KEY_PREFIX = "whsec_"


@dataclass(frozen=True)
class WhatsAppConf:
    """One WhatsApp number. `app_secrets` holds two while one is being replaced."""

    api_url: str
    phone_number_id: str
    business_account_id: str = ""
    access_token: str = field(default="", repr=False)
    app_secrets: tuple[str, ...] = field(default=(), repr=False)
    verify_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class OutlookConf:
    """One Microsoft Entra application."""

    tenant_id: str
    client_id: str
    client_secret: str = field(repr=False)
    graph_url: str
    authority_url: str
    # Instead of the secret: a PEM with the private key and the certificate.
    client_certificate: str = field(default="", repr=False)


@dataclass(frozen=True)
class TranscriptionConf:
    """Where voice notes become text, by which model."""

    url: str
    model: str
    api_key: str = field(repr=False)


@dataclass(frozen=True)
class HandoffWebhookConf:
    """Where the business hears of hand-offs. `on_this_machine`: the demo's, over loopback."""

    url: str
    key: bytes = field(repr=False)
    on_this_machine: bool = False


def whatsapp() -> WhatsAppConf:
    """Read the WhatsApp number's settings."""
    return WhatsAppConf(
        api_url=_url("WHATSAPP_API_URL"),
        phone_number_id=settings.WHATSAPP_PHONE_NUMBER_ID,
        business_account_id=settings.WHATSAPP_BUSINESS_ACCOUNT_ID,
        access_token=settings.WHATSAPP_ACCESS_TOKEN,
        app_secrets=tuple(
            secret for value in settings.WHATSAPP_APP_SECRETS if (secret := value.strip())
        ),
        verify_token=settings.WHATSAPP_VERIFY_TOKEN,
    )


def outlook() -> OutlookConf:
    """Read the Entra application's settings."""
    return OutlookConf(
        tenant_id=settings.OUTLOOK_TENANT_ID,
        client_id=settings.OUTLOOK_CLIENT_ID,
        client_secret=settings.OUTLOOK_CLIENT_SECRET,
        graph_url=_url("OUTLOOK_GRAPH_URL"),
        authority_url=_url("OUTLOOK_AUTHORITY_URL"),
        client_certificate=settings.OUTLOOK_CLIENT_CERTIFICATE,
    )


def transcription() -> TranscriptionConf | None:
    """Read where voice notes are sent; None when nobody listens to them."""
    if not settings.OPENAI_TRANSCRIPTION_MODEL:
        return None
    return TranscriptionConf(
        url=_url("OPENAI_BASE_URL"),
        model=settings.OPENAI_TRANSCRIPTION_MODEL,
        api_key=settings.OPENAI_API_KEY,
    )


def handoff_webhook() -> HandoffWebhookConf | None:
    """Read where hand-offs are told; None when nowhere."""
    if not settings.HANDOFF_WEBHOOK_URL:
        return None
    url = _url("HANDOFF_WEBHOOK_URL")
    local = is_loopback(urlsplit(url).hostname)
    if local and not (settings.DEBUG or settings.DEMO):
        raise ImproperlyConfigured("HANDOFF_WEBHOOK_URL must be a public https:// address.")
    return HandoffWebhookConf(url, webhook_key(settings.HANDOFF_WEBHOOK_SECRET), local)


def webhook_key(secret: str) -> bytes:
    """Read a secret as Standard Webhooks writes it: whsec_ and 24 to 64 bytes in base64."""
    try:
        key = b64decode(secret.removeprefix(KEY_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(KEY_PREFIX) or not 24 <= len(key) <= 64:
        raise ImproperlyConfigured(
            "HANDOFF_WEBHOOK_SECRET must be whsec_ followed by 24 to 64 random bytes in base64."
        )
    return key


def simulator_webhook() -> str:
    """Read where the simulator's phones post."""
    return _url("SIMULATOR_WEBHOOK_URL")


def calendar_kind() -> str:
    """Say which calendar is in use: local or outlook."""
    return str(settings.CALENDAR)


def is_safe_url(url: str) -> bool:
    """Accept https anywhere, and plain http where nobody else can listen."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )


def _url(name: str) -> str:
    """Secrets and personal data travel to these: plain http only on this machine."""
    value = str(getattr(settings, name)).rstrip("/")
    if is_safe_url(value):
        return value
    raise ImproperlyConfigured(
        f"{name} must be an https:// address (plain http is accepted for 127.0.0.1 and "
        f"localhost only). Correct it in the environment, or remove it to use the default."
    )
