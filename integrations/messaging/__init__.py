"""Messaging port: what a channel delivers to us and what we ask of it.

An adapter turns provider payloads into the events here and an `OutboundMessage` into one HTTP
request. Nothing here knows Django models or a provider's field names.
"""

from __future__ import annotations

from integrations.messaging.account import AccountNotice, AccountTrouble
from integrations.messaging.events import (
    Echo,
    InboundMessage,
    MarketingPreference,
    Media,
    Notice,
    Quarantined,
    Receipt,
    ReceiptStatus,
    Referral,
    UnsupportedEvent,
    WebhookError,
    WebhookEvents,
)
from integrations.messaging.kinds import MessageKind
from integrations.messaging.media import MediaError, MediaFile, MediaProblem, MediaSource
from integrations.messaging.people import Address, IdentityChange, IdentityKind, Sender
from integrations.messaging.sending import (
    Channel,
    Option,
    OutboundFile,
    OutboundMessage,
    SendError,
    SendScope,
    SendVerdict,
)
from integrations.messaging.templates import (
    TemplateButton,
    TemplateChange,
    TemplateInfo,
    TemplateShape,
    TemplateSource,
    TemplateSourceError,
    TemplateStatus,
    TemplateUse,
)

__all__ = [
    "AccountNotice",
    "AccountTrouble",
    "Address",
    "Channel",
    "Echo",
    "IdentityChange",
    "IdentityKind",
    "InboundMessage",
    "MarketingPreference",
    "Media",
    "MediaError",
    "MediaFile",
    "MediaProblem",
    "MediaSource",
    "MessageKind",
    "Notice",
    "Option",
    "OutboundFile",
    "OutboundMessage",
    "Quarantined",
    "Receipt",
    "ReceiptStatus",
    "Referral",
    "SendError",
    "SendScope",
    "SendVerdict",
    "Sender",
    "TemplateButton",
    "TemplateChange",
    "TemplateInfo",
    "TemplateShape",
    "TemplateSource",
    "TemplateSourceError",
    "TemplateStatus",
    "TemplateUse",
    "UnsupportedEvent",
    "WebhookError",
    "WebhookEvents",
]
