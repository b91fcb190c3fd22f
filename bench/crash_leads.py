"""Leads that talk until they have a meeting."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from bench.fake_meta import FakeMeta

ANSWERS = {
    "name": "Ana",
    "need": "para mi casa",
    "city": "Puebla",
    "bill": "2500",
    "timing": "lo antes posible",
    "email": "no",
}


@dataclass
class Lead:
    """One lead: answers whatever was asked last, and taps the first time on offer."""

    phone: str
    meta: FakeMeta
    done: threading.Event
    seen: int = 0
    booked: bool = False
    waits: list[float] = field(default_factory=list)

    def talk(self, patience: float) -> None:
        """Say hello and go on until booked, told to stop, or left without an answer."""
        self._say("Hola, vi su anuncio")
        while not self.done.is_set() and not self.booked:
            asked = time.monotonic()
            for message in self._answers(patience):
                self.waits.append(time.monotonic() - asked)
                self._react(message)

    def _answers(self, patience: float) -> Iterator[dict[str, Any]]:
        until = time.monotonic() + patience
        while time.monotonic() < until and not self.done.is_set():
            sent = self.meta.sent[self.phone]
            if len(sent) > self.seen:
                self.seen = len(sent)
                yield sent[-1]
                return
            time.sleep(0.05)
        if not self.done.is_set():
            self.waits.append(patience)
            self._say("¿Hola?")

    def _react(self, message: dict[str, Any]) -> None:
        if message["type"] == "interactive":
            self._tap(message["interactive"])
            return
        text = message["text"]["body"]
        if "📅" in text:
            self.booked = True
            return
        self._say(next((ANSWERS[key] for key, ask in QUESTIONS if ask in text), "sí"))

    def _tap(self, interactive: dict[str, Any]) -> None:
        action = interactive["action"]
        if "buttons" in action:
            kind, first = "button_reply", action["buttons"][0]["reply"]
        else:
            kind, first = "list_reply", action["sections"][0]["rows"][0]
        reply = {"id": first["id"], "title": first["title"]}
        self._write({"type": "interactive", "interactive": {"type": kind, kind: reply}})

    def _say(self, text: str) -> None:
        self._write({"type": "text", "text": {"body": text}})

    def _write(self, message: dict[str, Any]) -> None:
        self.meta.write(self.phone, message)


QUESTIONS = [
    (question.key, text)
    for question in parse_playbook(DEFAULT_PLAYBOOK).questions
    for text in (question.ask["es"], question.again.get("es") or question.ask["es"])
]
