"""Tables of the adapters, one topic a file."""

from __future__ import annotations

from integrations.models.channel import ChannelState, WebhookDelivery
from integrations.models.mailbox import (
    SimulatedMailbox,
    SimulatedMailboxEvent,
    SimulatedSubscription,
)
from integrations.models.phone import (
    SimulatedChaos,
    SimulatedMedia,
    SimulatedMessage,
    SimulatedPhone,
    SimulatedWebhook,
)

__all__ = [
    "ChannelState",
    "SimulatedChaos",
    "SimulatedMailbox",
    "SimulatedMailboxEvent",
    "SimulatedMedia",
    "SimulatedMessage",
    "SimulatedPhone",
    "SimulatedSubscription",
    "SimulatedWebhook",
    "WebhookDelivery",
]
