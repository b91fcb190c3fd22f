"""WhatsApp Cloud API: payloads to events, messages to requests."""

from __future__ import annotations
