"""What Meta posts, as far as we use it: only a missing id makes an element unreadable."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from integrations.whatsapp.fields import (
    TEXT,
    Code,
    MediaId,
    MessageId,
    MessageRef,
    PersonId,
    Phone,
    Raw,
    Raws,
    Short,
    Soft,
    Text,
    Word,
    stored,
    web_url,
)


class Payload(BaseModel):
    """Base: unknown keys are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Profile(Payload):
    """The name a person gave themselves."""

    name: Annotated[str, stored(200)] = ""
    username: Word = ""


class Contact(Payload):
    """Who the value's messages are from, or its statuses about."""

    profile: Soft[Profile] = None
    wa_id: Phone = None
    user_id: PersonId = None
    parent_user_id: PersonId = None


class Context(Payload):
    """What a message answers or was forwarded from."""

    id: MessageRef = None
    forwarded: Any = None
    frequently_forwarded: Any = None
    referred_product: Raw = {}


class Referral(Payload):
    """The ad or post a message came from."""

    source_type: Annotated[str, stored(20)] = ""
    source_id: Annotated[str, stored(200)] = ""
    source_url: Annotated[str, BeforeValidator(web_url)] = ""
    headline: Short = ""
    body: Annotated[str, stored(2000)] = ""
    ctwa_clid: Short = ""


class Message(Payload):
    """The envelope of a message; its body is read by its type."""

    id: MessageId
    from_: Phone = Field(default=None, alias="from")
    from_user_id: PersonId = None
    from_parent_user_id: PersonId = None
    timestamp: Any = None
    type: Annotated[str, stored(64)] = ""
    context: Soft[Context] = None
    referral: Soft[Referral] = None
    group_id: Any = None
    errors: Raws = []


class EchoMessage(Message):
    """What one of us wrote in the provider's own app."""

    to: Phone = None
    to_user_id: PersonId = None


class TextBody(Payload):
    """text"""

    body: Text = ""


class MediaBody(Payload):
    """image, video, document, audio, sticker"""

    id: MediaId = None
    mime_type: Annotated[str, stored(120)] = ""
    sha256: Word = ""
    caption: Text = ""
    filename: Annotated[str, stored(255)] = ""
    voice: Any = None


class LocationBody(Payload):
    """location"""

    name: Short = ""
    address: Short = ""


class Reply(Payload):
    """A tapped button or list row."""

    id: Annotated[str, stored(256)] = ""
    title: Short = ""


class FlowReply(Payload):
    """A completed form; its answers are JSON inside a string."""

    name: Short = ""
    body: Text = ""
    response_json: Annotated[str, stored(TEXT)] = ""


class CallPermission(Payload):
    """Whether a person lets us call them."""

    response: Word = ""


class InteractiveBody(Payload):
    """interactive"""

    type: Word = ""
    button_reply: Soft[Reply] = None
    list_reply: Soft[Reply] = None
    nfm_reply: Soft[FlowReply] = None
    call_permission_reply: Soft[CallPermission] = None


class ButtonBody(Payload):
    """A template's quick reply."""

    payload: Annotated[str, stored(256)] = ""
    text: Short = ""


class ReactionBody(Payload):
    """reaction; without an emoji it was taken back"""

    message_id: MessageRef = None
    emoji: Word = ""


class SystemBody(Payload):
    """system: a person's ids changed"""

    body: Text = ""
    type: Word = ""
    wa_id: Phone = Field(default=None, validation_alias=AliasChoices("wa_id", "new_wa_id"))
    user_id: PersonId = None
    parent_user_id: PersonId = None
    previous_user_id: PersonId = None


class ChangeBody(Payload):
    """edit and revoke"""

    original_message_id: MessageRef = None
    message: Raw = {}


class OrderBody(Payload):
    """order"""

    text: Text = ""


class SharedPhone(Payload):
    """A number on a contact card."""

    wa_id: Phone = None


class SharedContact(Payload):
    """A contact card; `origin` tells an answer to our request from any other card."""

    origin: Word = ""
    phones: Raws = []
    name: Raw = {}


class StatusError(Payload):
    """Why a message failed."""

    code: Code = None
    title: Short = ""
    message: Short = ""
    error_data: Any = None


class Call(Payload):
    """A call that begins (connect) or is over (terminate)."""

    id: MessageId
    from_: Phone = Field(default=None, alias="from")
    from_user_id: PersonId = None
    from_parent_user_id: PersonId = None
    to: Phone = None
    to_user_id: PersonId = None
    to_parent_user_id: PersonId = None
    event: Word = ""
    direction: Word = ""
    status: Word = ""
    timestamp: Any = None
    start_time: Any = None
    duration: Any = None


class Status(Payload):
    """How far one of our messages came."""

    id: MessageId
    status: Annotated[str, StringConstraints(strict=True, min_length=1)]
    timestamp: Any = None
    biz_opaque_callback_data: Annotated[str, stored(512)] = ""
    conversation: Raw = {}
    pricing: Raw = {}
    errors: Raws = []


class Preference(Payload):
    """Whether a person wants marketing messages."""

    wa_id: Phone = None
    user_id: PersonId = None
    category: Word = ""
    value: Annotated[str, StringConstraints(strict=True, min_length=1)]
    timestamp: Any = None


def soft(model: type[PayloadT], value: object) -> PayloadT | None:
    """Read an object, or nothing."""
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


PayloadT = TypeVar("PayloadT", bound=Payload)
