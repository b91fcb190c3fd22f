"""The only namer of adapters: which channel and which calendar the settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from integrations import conf, http
from integrations.handoff_webhook import HandoffWebhook
from integrations.messaging import (
    Channel,
    MediaSource,
    TemplateShape,
    TemplateSource,
    WebhookEvents,
)
from integrations.notifying import Announcer
from integrations.outlook import notifications
from integrations.scheduling import Calendar, CalendarNews, CalendarWatcher
from integrations.speech import Transcriber
from integrations.transcription import (
    ANSWER_BYTES,
    READ_SECONDS,
    TOTAL_SECONDS,
    OpenAITranscriber,
)
from integrations.whatsapp import template_shapes, webhook
from integrations.whatsapp.channel import WhatsAppChannel
from integrations.whatsapp.media import WhatsAppMedia
from integrations.whatsapp.templates import WhatsAppTemplates

# By name, so that msal is loaded only where Outlook is used.
CALENDARS = {
    "local": "integrations.local_calendar.calendar.LocalCalendar",
    "outlook": "integrations.outlook.calendar.OutlookCalendar",
}
CERTIFICATE_READER = "integrations.outlook.certificate.read_certificate"
WATCHERS = {"outlook": "integrations.outlook.watcher.watcher"}


def channel() -> Channel:
    """Give the channel that sends; the simulator speaks WhatsApp's wire format too."""
    return _whatsapp_channel(conf.whatsapp())


def media() -> MediaSource:
    """Give the place that leads' files are fetched from."""
    return _whatsapp_media(conf.whatsapp())


def templates() -> TemplateSource:
    """Give the place where message templates are approved."""
    return _whatsapp_templates(conf.whatsapp())


def read_template(components: Sequence[Any]) -> TemplateShape:
    """Read the provider's components of a template."""
    return template_shapes.read_template(components)


def transcriber() -> Transcriber | None:
    """Give who listens to voice notes, if anybody does."""
    found = conf.transcription()
    return _transcriber(found) if found else None


def announcer() -> Announcer | None:
    """Give who takes hand-offs for the business, if anybody does."""
    found = conf.handoff_webhook()
    return _announcer(found) if found else None


def calendar() -> Calendar:
    """Give the calendar that CALENDAR names."""
    kind = conf.calendar_kind()
    if kind not in CALENDARS:
        raise ImproperlyConfigured(f"CALENDAR must be one of: {', '.join(CALENDARS)}.")
    return _outlook_calendar(conf.outlook()) if kind == "outlook" else _local_calendar()


def certificate_problem(pem: str) -> str:
    """Say why Outlook's app cannot sign in with this certificate; nothing where it can."""
    read: Callable[[str], object] = import_string(CERTIFICATE_READER)
    try:
        read(pem)
    except ValueError as error:
        return str(error)
    return ""


def calendar_watcher() -> CalendarWatcher | None:
    """Give who asks the calendar to tell of changes, if it can."""
    return _outlook_watcher(conf.outlook()) if hears_calendar() else None


def hears_calendar() -> bool:
    """Whether the calendar in use can tell of changes by itself."""
    return conf.calendar_kind() in WATCHERS


def parse_calendar_news(body: bytes) -> tuple[CalendarNews, ...]:
    """Read what a calendar posted; CalendarNewsError if it cannot be read. Trust no secret yet."""
    return notifications.parse(body)


def parse_webhook(*, body: bytes, signature: str, now: datetime) -> WebhookEvents:
    """Verify and read one POST; raises WebhookError with the HTTP status to answer."""
    settings = conf.whatsapp()
    webhook.require_signature(body, signature, settings.app_secrets)
    return webhook.parse(body, now=now, phone_number_id=settings.phone_number_id)


def parse_stored_webhook(*, body: bytes, now: datetime) -> WebhookEvents:
    """Read one POST whose signature was checked when it came."""
    return webhook.parse(body, now=now, phone_number_id=conf.whatsapp().phone_number_id)


def handshake(*, mode: str, token: str, challenge: str) -> str | None:
    """Answer the provider's GET: the challenge, or None for 403."""
    return webhook.handshake(
        mode=mode, token=token, challenge=challenge, verify_token=conf.whatsapp().verify_token
    )


@lru_cache(maxsize=4)
def _whatsapp_channel(settings: conf.WhatsAppConf) -> Channel:
    return WhatsAppChannel(settings, http.session())


@lru_cache(maxsize=4)
def _whatsapp_media(settings: conf.WhatsAppConf) -> MediaSource:
    return WhatsAppMedia(settings, http.session())


@lru_cache(maxsize=4)
def _whatsapp_templates(settings: conf.WhatsAppConf) -> TemplateSource:
    return WhatsAppTemplates(settings, http.session())


@lru_cache(maxsize=4)
def _transcriber(settings: conf.TranscriptionConf) -> Transcriber:
    return OpenAITranscriber(
        settings,
        http.session(read=READ_SECONDS, total=TOTAL_SECONDS, max_bytes=ANSWER_BYTES),
    )


@lru_cache(maxsize=4)
def _announcer(settings: conf.HandoffWebhookConf) -> Announcer:
    return HandoffWebhook(settings)


@lru_cache(maxsize=4)
def _outlook_calendar(settings: conf.OutlookConf) -> Calendar:
    make: Callable[[conf.OutlookConf], Calendar] = import_string(CALENDARS["outlook"])
    return make(settings)


@lru_cache(maxsize=4)
def _outlook_watcher(settings: conf.OutlookConf) -> CalendarWatcher:
    make: Callable[[conf.OutlookConf], CalendarWatcher] = import_string(WATCHERS["outlook"])
    return make(settings)


def _local_calendar() -> Calendar:
    make: Callable[[], Calendar] = import_string(CALENDARS["local"])
    return make()
