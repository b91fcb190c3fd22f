"""What one webhook says, in our words: messages, receipts and the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from integrations.messaging.account import AccountNotice
from integrations.messaging.kinds import MessageKind
from integrations.messaging.people import IdentityChange, Sender
from integrations.messaging.templates import TemplateChange


@dataclass(frozen=True)
class Media:
    """A file the provider holds for us. `provider_media_id` is None when it was not a valid id."""

    provider_media_id: str | None
    mime_type: str = ""
    sha256: str = ""
    filename: str = ""


@dataclass(frozen=True)
class Referral:
    """The ad or post that a message came from."""

    source_type: str = ""
    source_id: str = ""
    source_url: str = ""
    headline: str = ""
    body: str = ""
    ctwa_clid: str = ""


@dataclass(frozen=True)
class InboundMessage:
    """One message from a lead, cleaned: every string may be stored in Postgres as it is.

    `text` is what a reader should see (caption, button title, list row title, placeholder "").
    `reply_id` is the id of the tapped button or row: untrusted until found among ours.
    `content` holds the type's remaining fields, JSON-safe. `occurred_at` is clamped to `now`.
    `starts_turn` is False for what the agent must not answer (reactions, system, groups,
    edits, revokes, our own number, calls, `on_standby`). `opens_window` says whether it opens the
    24 h window. `on_standby`: the provider's own agent holds the talk, ours keeps silent. Of a
    CALL, `content` has `direction` in|out and, once it is over, `outcome` and `duration`; what
    comes later under the same id says more of the same call.
    """

    provider_message_id: str
    sender: Sender
    kind: MessageKind
    occurred_at: datetime
    text: str = ""
    reply_id: str = ""
    in_reply_to: str = ""
    target_message_id: str = ""
    media: Sequence[Media] = ()
    content: Mapping[str, Any] = field(default_factory=dict)
    referral: Referral | None = None
    identity_change: IdentityChange | None = None
    starts_turn: bool = True
    opens_window: bool = True
    is_group: bool = False
    on_standby: bool = False


class ReceiptStatus(StrEnum):
    """How far an outbound message came, in provider words."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@dataclass(frozen=True)
class Receipt:
    """A status of one of our messages. `callback_data` is what we attached when we sent it."""

    provider_message_id: str
    status: ReceiptStatus
    occurred_at: datetime
    callback_data: str = ""
    error_code: int | None = None
    error_text: str = ""
    pricing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Echo:
    """A human of ours answered from the provider's own app: `message` is outbound."""

    message: InboundMessage
    recipient: Sender


@dataclass(frozen=True)
class MarketingPreference:
    """A person switched marketing messages off or on in the provider's app."""

    sender: Sender
    stopped: bool
    occurred_at: datetime


@dataclass(frozen=True)
class UnsupportedEvent:
    """Understood as an event, stored raw, acted on by nobody (yet). `field` is the provider's."""

    field: str
    reason: str = ""


@dataclass(frozen=True)
class Quarantined:
    """A part that could not be understood; `pointer` is a JSON pointer into the raw body."""

    pointer: str
    reason: str


@dataclass(frozen=True)
class Notice:
    """Worth a look, though no element was lost by it: an account error, a misplaced container."""

    pointer: str
    reason: str


@dataclass(frozen=True)
class WebhookEvents:
    """Everything one POST said, in payload order."""

    messages: tuple[InboundMessage, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    echoes: tuple[Echo, ...] = ()
    preferences: tuple[MarketingPreference, ...] = ()
    templates: tuple[TemplateChange, ...] = ()
    unsupported: tuple[UnsupportedEvent, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    notices: tuple[Notice, ...] = ()
    account: tuple[AccountNotice, ...] = ()


class WebhookError(Exception):
    """The POST as a whole cannot be taken. `status` is the HTTP answer."""

    def __init__(self, reason: str, *, status: int) -> None:
        super().__init__(reason)
        self.status = status
