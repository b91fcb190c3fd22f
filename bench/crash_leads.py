"""Leads that book, move and cancel meetings, and leave when nobody answers."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from agent.playbook.defaults import DEFAULT_PLAYBOOK
from agent.playbook.schema import parse_playbook
from agent.turn import HandoffWhy
from agent.wording import hand_off, say
from bench.fake_meta import FakeMeta

ANSWERS = {
    "name": "Ana",
    "need": "para mi casa",
    "city": "Puebla",
    "bill": "2500",
    "timing": "lo antes posible",
    "email": "no",
}


HELLOS = (
    "Hola, soy Ana, es para mi casa en Puebla, pago 2500 de luz y lo quiero lo antes posible",
    "Hola, vi su anuncio",
)
WISHES = {
    "move": "quiero cambiar mi cita a otra hora",
    "cancel": "quiero cancelar mi cita",
    "person": "quiero hablar con una persona",
}
# What leads want once they have a meeting, in turns.
PLANS = ((), ("move",), ("move", "cancel"), ("cancel", "person"))
# What ends a wish, and the last of them the conversation.
FULFILLED = {
    "book": say("confirmed", "es", name="").partition("! ")[2],
    "move": say("moved", "es", name="").partition("! ")[2],
    "cancel": say("cancelled", "es"),
    "person": hand_off(HandoffWhy.ASKED, "es"),
}
HELD = say("pending_note", "es")
HANDED_OVER = {hand_off(why, "es") for why in HandoffWhy} | {say("no_slots", "es")}
PATIENCE_LEFT = 2


@dataclass
class Lead:
    """One lead: answers whatever was asked last, and taps the first thing on offer."""

    number: int
    meta: FakeMeta
    done: threading.Event
    seen: int = 0
    fulfilled: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    gone: bool = False

    def __post_init__(self) -> None:
        self.phone = f"52155{10_000_000 + self.number}"
        self.wishes = ["book", *PLANS[self.number % len(PLANS)]]

    def talk(self, patience: float) -> None:
        """Say hello and go on until all is done, told to stop, or left without an answer."""
        self._say(HELLOS[self.number // len(PLANS) % len(HELLOS)])
        silences = 0
        while self.wishes and not self.gone and not self.done.is_set():
            asked = time.monotonic()
            news = self._news(patience)
            if self.done.is_set():
                return
            self.waits.append(time.monotonic() - asked)
            if news:
                self._hear(news)
                continue
            silences += 1
            if silences == PATIENCE_LEFT:
                return
            self._say("¿Hola?")

    def _news(self, patience: float) -> list[dict[str, Any]]:
        until = time.monotonic() + patience
        while time.monotonic() < until and not self.done.is_set():
            sent = self.meta.sent[self.phone]
            if len(sent) > self.seen:
                news = sent[self.seen :]
                self.seen += len(news)
                return news
            time.sleep(0.05)
        return []

    def _hear(self, news: list[dict[str, Any]]) -> None:
        texts = [message["text"]["body"] for message in news if message["type"] == "text"]
        if any(FULFILLED[self.wishes[0]] in text for text in texts):
            self.fulfilled.append(self.wishes.pop(0))
            if self.wishes:
                self._say(WISHES[self.wishes[0]])
        elif any(ending in text for text in texts for ending in HANDED_OVER):
            self.gone = True
        elif news[-1]["type"] == "interactive":
            self._tap(news[-1]["interactive"])
        elif HELD not in texts[-1]:
            self._say(self._answer(texts[-1]))

    def _answer(self, text: str) -> str:
        asked = next((ANSWERS[key] for key, ask in QUESTIONS if ask in text), None)
        return asked or WISHES.get(self.wishes[0], "sí")

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


class Crowd:
    """Leads that keep coming until told to stop."""

    def __init__(self, meta: FakeMeta, size: int) -> None:
        self.done = threading.Event()
        self.leads: list[Lead] = []
        self._meta = meta
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._seat, daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    def _seat(self) -> None:
        while not self.done.is_set():
            with self._lock:
                lead = Lead(len(self.leads), self._meta, self.done)
                self.leads.append(lead)
            lead.talk(patience=90)

    def fulfilled(self) -> Counter[str]:
        """How many leads got what."""
        return Counter(wish for lead in self.leads for wish in lead.fulfilled)

    def slowest(self) -> float:
        """The longest that anybody waited for an answer."""
        return max((wait for lead in self.leads for wait in lead.waits), default=0.0)

    def stop(self) -> None:
        """Nobody says anything any more."""
        self.done.set()
        for thread in self._threads:
            thread.join()
