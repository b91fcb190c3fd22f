"""What we ask a channel to send, and what a failed send means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Protocol

from integrations.messaging.kinds import MessageKind
from integrations.messaging.people import Address
from integrations.messaging.templates import TemplateUse


@dataclass(frozen=True)
class Option:
    """A reply button or a list row."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class OutboundFile:
    """A file of ours to send; `open` gives its bytes from the start, each time anew."""

    mime_type: str
    filename: str
    size: int
    open: Callable[[], IO[bytes]]


@dataclass(frozen=True)
class OutboundMessage:
    """What to send. `kind` is TEXT, BUTTONS (≤ 3 options), LIST (≤ 10 options), TEMPLATE,
    CONTACT_REQUEST (asks for the phone number), or IMAGE, VIDEO, AUDIO or DOCUMENT with `file`.

    `callback_data` (≤ 512) is echoed in every receipt; `reply_to` quotes a provider message id;
    `button_label` opens the list; `text` is a file's caption.
    """

    to: Address
    kind: MessageKind
    text: str
    callback_data: str
    options: tuple[Option, ...] = ()
    button_label: str = ""
    reply_to: str = ""
    template: TemplateUse | None = None
    file: OutboundFile | None = None


class SendVerdict(StrEnum):
    """What a failed send means for the message."""

    RETRY = "retry"  # definite no, may work later
    FAILED = "failed"  # definite no, will never work
    NOT_SENT = "not_sent"  # no byte left this machine
    UNKNOWN = "unknown"  # it may have arrived: never resend blindly


class SendScope(StrEnum):
    """What else a failed send says."""

    MESSAGE = "message"
    CONVERSATION = "conversation"  # back off for this person
    NUMBER = "number"  # back off for the whole number
    ACCOUNT = "account"  # token, payment, restriction: pause everything, alert


class SendError(Exception):
    """A send that did not succeed, with what to do about it.

    `permanent` is True when no retry can help. `closes_window` is set for "outside the window".
    `retry_after` is in seconds, when the provider named it.
    """

    def __init__(
        self,
        message: str,
        *,
        verdict: SendVerdict,
        scope: SendScope = SendScope.MESSAGE,
        code: int | None = None,
        retry_after: float | None = None,
        closes_window: bool = False,
    ) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.scope = scope
        self.code = code
        self.retry_after = retry_after
        self.closes_window = closes_window

    @property
    def permanent(self) -> bool:
        return self.verdict is SendVerdict.FAILED


class Channel(Protocol):
    """Sends to people. Every call has its own time-out and raises SendError only."""

    def send(self, message: OutboundMessage) -> str:
        """Return the provider's message id: accepted, not yet delivered."""

    def mark_read(self, provider_message_id: str, *, typing: bool) -> None:
        """Show the lead that we read it, and optionally that we are typing (≤ 25 s)."""
