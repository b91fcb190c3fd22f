"""A model that knows the scenario and does its job by rules: an OpenAI-shaped server on loopback.

It stands for a model that understands and calls the right tools, so that a failing scenario is
our own: prompt, tools, gates, rows. It says nothing of how well a real model does.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from types import TracebackType
from typing import Any, Self

from agent.engines.guided.folding import fold as fold_words
from agent.engines.guided.intents import Intent, find_intents
from agent.evaluation.scenario import Known, Scenario
from agent.playbook.schema import Playbook, Question
from agent.prompts.text import fold

MODEL = "scripted"
ASKED_AT_MOST = 2
INBOUND = re.compile(r"<lead_message>(.*?)</lead_message>", re.DOTALL)
HELD = {
    "es": "Te paso con una persona del equipo, te escribe por aquí.",
    "en": "I'm passing you on to a person of the team, they'll write to you here.",
    "pt": "Vou te passar para uma pessoa da equipe, ela te escreve por aqui.",
}
OFFER = {
    "es": "¡Va! ¿Cuál de estos horarios te queda mejor?",
    "en": "Great! Which of these times works best for you?",
    "pt": "Ótimo! Qual destes horários fica melhor para você?",
}
NO_TIMES = {
    "es": "Por ahora no veo horarios libres, ¿te queda bien otro día?",
    "en": "I don't see free times right now, would another day work?",
    "pt": "Agora não vejo horários livres, outro dia fica bom?",
}
THANKS = {
    "es": "¡Gracias! Aquí sigo si necesitas algo más.",
    "en": "Thank you! I'm here if you need anything else.",
    "pt": "Obrigada! Estou por aqui se precisar de algo.",
}
_ids = count(1)


class ScriptedModel:
    """Serves chat completions between enter and exit; `scenario` is the one being played."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.scenario: Scenario | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.model = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base_url of this model."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def message(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The assistant's message for a request."""
        if self.scenario is None:
            raise RuntimeError("No scenario is being played.")
        scenario = self.scenario
        moment = _Moment(body["messages"], self.playbook, scenario.knows, scenario.expect.at)
        return moment.decide()


class _Moment:
    """One request: what the lead said, what was called in this turn already."""

    def __init__(
        self,
        messages: list[Mapping[str, Any]],
        playbook: Playbook,
        knows: Mapping[str, Known],
        wished_at: str,
    ) -> None:
        at = max(i for i, each in enumerate(messages) if "<situation>\nnow:" in _content(each))
        self._playbook, self._knows, self._at = playbook, knows, wished_at
        self._situation = _content(messages[at])
        self._words = INBOUND.findall(self._situation)
        self._called = [
            call["function"]["name"]
            for each in messages[at + 1 :]
            for call in each.get("tool_calls") or ()
        ]
        self._results = [_content(each) for each in messages[at + 1 :] if each["role"] == "tool"]
        self._said = [_content(each) for each in messages[:at] if each["role"] == "assistant"]
        self._language = self._after("reply language: ")

    def decide(self) -> dict[str, Any]:
        """A tool that has not been called for this turn yet, or the words."""
        answers = self._answers()
        if answers and "save_answers" not in self._called:
            return _calls("save_answers", {"answers": answers})
        if call := self._wanted():
            return call
        return {"role": "assistant", "content": self._text()}

    def _wanted(self) -> dict[str, Any] | None:
        intents = find_intents(fold_words("\n".join(self._words)).plain)
        if Intent.HUMAN in intents:
            return self._once("hand_off", {"reason": "asked"})
        if Intent.INSULT in intents:
            return self._once("hand_off", {"reason": "frustrated"})
        has_meeting = self._after("meeting: ") != "none"
        if has_meeting and Intent.MOVE in intents:
            return self._once("find_slots", {})
        if has_meeting and intents & {Intent.CANCEL, Intent.CANNOT}:
            return self._once("cancel_meeting", {})
        question = self._next_question()
        if question and self._asked_often(question):
            return self._once("hand_off", {"reason": "stuck"})
        return None if has_meeting or question else self._offer()

    def _offer(self) -> dict[str, Any] | None:
        """Times, or the very one that the scenario's lead names."""
        day, _, hour = self._at.partition("T")
        if not self._at or self._answers():
            return self._once("find_slots", {})
        if "find_slots" not in self._called:
            return _calls("find_slots", {"day": day, "at": hour})
        slots = json.loads(self._results[-1]).get("slots", [])
        match = [slot for slot in slots if slot["time"].endswith(f"{day} {hour}")]
        return self._once("check_and_book", {"slot_id": match[0]["slot_id"]}) if match else None

    def _asked_often(self, question: Question) -> bool:
        return sum(question.ask[self._language] in said for said in self._said) >= ASKED_AT_MOST

    def _once(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        return None if tool in self._called else _calls(tool, arguments)

    def _answers(self) -> list[dict[str, Any]]:
        return [
            {"key": key, "value": known.value, "quote": known.quote or known.say}
            for key, known in self._knows.items()
            if any((known.quote or known.say) in words for words in self._words)
        ]

    def _next_question(self) -> Question | None:
        saved = {each["key"] for each in self._answers()} if self._called else set()
        known = set(json.loads(self._after("known answers: ").replace("none", "{}", 1)))
        return next(
            (
                question
                for question in self._playbook.questions
                if question.key not in known | saved
                and (question.required or question.key in self._knows)
            ),
            None,
        )

    def _text(self) -> str:
        if "hand_off" in self._called:
            return HELD[self._language]
        if "check_and_book" in self._called:
            return ""
        if "find_slots" in self._called:
            found = '"slots": []' not in self._results[-1]
            return (OFFER if found else NO_TIMES)[self._language]
        question = self._next_question()
        asked = question.ask[self._language] if question else THANKS[self._language]
        return " ".join(filter(None, (self._topic(), asked)))

    def _topic(self) -> str:
        said = f" {fold(' '.join(self._words))} "
        for topic in self._playbook.topics:
            if any(f" {word.strip('«»? ')}" in said for word in topic.words):
                return topic.answer[self._language]
        return ""

    def _after(self, label: str) -> str:
        return self._situation.partition(label)[2].partition("\n")[0]


def _content(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content)


def _calls(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)}
    call = {"id": f"call_{next(_ids)}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: ScriptedModel


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        message = self.server.model.message(body)
        finish = "tool_calls" if message.get("tool_calls") else "stop"
        choice = {"index": 0, "message": message, "finish_reason": finish}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        answer = {"id": f"chatcmpl-{next(_ids)}", "object": "chat.completion", "created": 0}
        payload = json.dumps(answer | {"model": MODEL, "choices": [choice], "usage": usage})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload.encode())))
        self.end_headers()
        self.wfile.write(payload.encode())

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""
