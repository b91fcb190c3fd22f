"""A channel in memory: says yes unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.messaging import OutboundMessage, SendError


@dataclass
class FakeChannel:
    """`outcomes` are used up one per send; None, or none left, means accepted."""

    outcomes: list[SendError | None] = field(default_factory=list)
    sent: list[OutboundMessage] = field(default_factory=list)
    read: list[tuple[str, bool]] = field(default_factory=list)

    def send(self, message: OutboundMessage) -> str:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.sent.append(message)
        return f"wamid.{len(self.sent)}.{message.callback_data}"

    def mark_read(self, provider_message_id: str, *, typing: bool) -> None:
        self.read.append((provider_message_id, typing))

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]
