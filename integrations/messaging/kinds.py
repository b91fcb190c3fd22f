"""What kinds of message there are, in and out, whatever the provider calls them."""

from __future__ import annotations

from enum import StrEnum


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
