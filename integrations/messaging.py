"""Messaging port: what a channel delivers to us and what we ask of it.

An adapter turns provider payloads into the events below and an `OutboundMessage` into one
HTTP request. Nothing here knows Django models or a provider's field names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import IO, Any, Protocol


class IdentityKind(StrEnum):
    """How a provider names a person; a lead has any number of these as aliases."""

    BSUID = "bsuid"
    PARENT_BSUID = "parent_bsuid"
    PHONE = "phone"


@dataclass(frozen=True)
class Sender:
    """Who wrote, by every alias the payload gave. At least one of the three ids is set.

    `phone` is the provider's own spelling (digits, no plus): it is the address to send to.
    """

    bsuid: str | None = None
    parent_bsuid: str | None = None
    phone: str | None = None
    profile_name: str = ""
    username: str = ""

    @property
    def key(self) -> str:
        """The strongest id: BSUID first, then phone, then parent."""
        return self.bsuid or self.phone or self.parent_bsuid or ""


class MessageKind(StrEnum):
    """What an inbound or outbound message is, independent of provider."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    VOICE = "voice"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    BUTTON_REPLY = "button_reply"
    LIST_REPLY = "list_reply"
    FLOW_REPLY = "flow_reply"
    REACTION = "reaction"
    ORDER = "order"
    SYSTEM = "system"
    EDIT = "edit"
    REVOKE = "revoke"
    REQUEST_WELCOME = "request_welcome"
    CALL = "call"
    UNSUPPORTED = "unsupported"
    BUTTONS = "buttons"
    LIST = "list"
    TEMPLATE = "template"
    CONTACT_REQUEST = "contact_request"


@dataclass(frozen=True)
class Media:
    """A file the provider holds for us. `provider_media_id` is None when it was not a valid id."""

    provider_media_id: str | None
    mime_type: str = ""
    sha256: str = ""
    filename: str = ""
    url: str = ""


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
class IdentityChange:
    """A person got a new phone number or a new BSUID; all ids name the same person."""

    previous: Sender
    current: Sender


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
    recipient: Sender = Sender()
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


class TemplateStatus(StrEnum):
    """Whether a template may be sent: only an approved one may."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"
    PAUSED = "paused"
    DISABLED = "disabled"
    DELETED = "deleted"
    OTHER = "other"


@dataclass(frozen=True)
class TemplateChange:
    """Something about a template changed; None and "" are what was not said."""

    name: str
    language: str
    provider_template_id: str = ""
    status: TemplateStatus | None = None
    category: str = ""
    quality: str = ""
    reason: str = ""


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


class AccountTrouble(StrEnum):
    """What the provider tells of our account that every colleague has to know."""

    BANNED = "banned"
    BAN_SOON = "ban_soon"
    RESTRICTED = "restricted"
    VIOLATION = "violation"
    GONE = "gone"  # deleted, or no longer connected to us
    ALERT = "alert"
    FLAGGED = "flagged"  # the number's quality is low
    ERROR = "error"


@dataclass(frozen=True)
class AccountNotice:
    """Trouble with the account that stands until then; None: it is over.

    `detail` is in the provider's words, `code` one of its error codes.
    """

    trouble: AccountTrouble
    stands_until: datetime | None
    detail: str = ""
    code: int | None = None


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


@dataclass(frozen=True)
class Option:
    """A reply button or a list row."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Address:
    """Where to send: the phone in the provider's spelling, else the BSUID."""

    phone: str | None = None
    bsuid: str | None = None


@dataclass(frozen=True)
class TemplateUse:
    """An approved template with its variables filled, in the order of their places.

    `names` is parallel to `body`, and `header_names` to `header`, when the template's variables
    have names instead of numbers. `buttons` holds (index of the button, value) for those that take a value.
    """

    name: str
    language: str
    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    buttons: tuple[tuple[int, str], ...] = ()
    header_names: tuple[str, ...] = ()


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


class MediaProblem(StrEnum):
    """Why a file did not come."""

    UNREACHABLE = "unreachable"
    GONE = "gone"
    TOO_LARGE = "too_large"
    REFUSED = "refused"  # its address is not one that our token may be sent to
    DAMAGED = "damaged"


class MediaError(Exception):
    """A file that did not come. `permanent` is True when asking again cannot help."""

    def __init__(self, message: str, *, problem: MediaProblem, permanent: bool = False) -> None:
        super().__init__(message)
        self.problem = problem
        self.permanent = permanent


@dataclass(frozen=True)
class MediaFile:
    """A file that came. `mime_type` is what the provider says of it; `sha256` is hexadecimal."""

    mime_type: str
    size: int
    sha256: str


class MediaSource(Protocol):
    """Holds the files that people send us, for some days."""

    def fetch(self, provider_media_id: str, *, sha256: str, into: IO[bytes]) -> MediaFile:
        """Write the file to `into` or raise MediaError. `sha256` is what the message said."""


@dataclass(frozen=True)
class TemplateInfo:
    """A template as the provider holds it. `components` is the provider's own, for read_template.

    Every string may be stored in Postgres as it is.
    """

    name: str
    language: str
    status: TemplateStatus
    provider_template_id: str = ""
    category: str = ""
    quality: str = ""
    reason: str = ""
    components: Sequence[Any] = ()
    named_parameters: bool = False


@dataclass(frozen=True)
class TemplateButton:
    """A button under a template. With `takes_value`, `url` ends with a place for one."""

    index: int
    text: str
    url: str = ""
    takes_value: bool = False


@dataclass(frozen=True)
class TemplateShape:
    """What a template says, with {{places}} in its texts, and what each place shows as a sample.

    `obstacle` says in a word why we cannot send it: it needs a file, a form or a code of ours.
    """

    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    header_places: tuple[str, ...] = ()
    body_places: tuple[str, ...] = ()
    samples: Mapping[str, str] = field(default_factory=dict)
    obstacle: str = ""


class TemplateSourceError(Exception):
    """The templates could not be read; the text is for staff."""


class TemplateSource(Protocol):
    """Holds the message templates that the provider approved, or not."""

    def templates(self) -> Sequence[TemplateInfo]:
        """Give all of them or raise TemplateSourceError: part of a list would look like deletions."""
