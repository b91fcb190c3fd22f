"""Tables of the CRM, one topic a file."""

from __future__ import annotations

from conversations.models.availability import CalendarWatch, DayOff
from conversations.models.consent import ConsentEntry
from conversations.models.conversation import BY_CHOICE, Conversation, HandoffReason, Mode
from conversations.models.fact import Fact
from conversations.models.follow_up import FollowUp
from conversations.models.idempotency import IdempotencyKey
from conversations.models.lead import (
    Identity,
    IdentityConflict,
    Lead,
    Source,
    Stage,
    Temperature,
)
from conversations.models.meeting import (
    NEXT_STATES,
    TAKES_TIME,
    ChangedBy,
    Conflict,
    Meeting,
    MeetingState,
    SlotOffer,
)
from conversations.models.merge import LeadMerge
from conversations.models.message import (
    OUTBOX,
    Attachment,
    Author,
    Direction,
    Message,
    State,
    StoredReceipt,
)
from conversations.models.notice import Notice
from conversations.models.proposal import FactProposal
from conversations.models.template import MessageTemplate
from conversations.models.token import ApiToken
from conversations.models.touch import Touch
from conversations.models.user import Salesperson, SpokenLanguage, User

__all__ = [
    "BY_CHOICE",
    "NEXT_STATES",
    "OUTBOX",
    "TAKES_TIME",
    "ApiToken",
    "Attachment",
    "Author",
    "CalendarWatch",
    "ChangedBy",
    "Conflict",
    "ConsentEntry",
    "Conversation",
    "DayOff",
    "Direction",
    "Fact",
    "FactProposal",
    "FollowUp",
    "HandoffReason",
    "IdempotencyKey",
    "Identity",
    "IdentityConflict",
    "Lead",
    "LeadMerge",
    "Meeting",
    "MeetingState",
    "Message",
    "MessageTemplate",
    "Mode",
    "Notice",
    "Salesperson",
    "SlotOffer",
    "Source",
    "SpokenLanguage",
    "Stage",
    "State",
    "StoredReceipt",
    "Temperature",
    "Touch",
    "User",
]
