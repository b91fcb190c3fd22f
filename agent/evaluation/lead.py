"""The simulated lead: does a scenario's steps, answers what is asked, looks at nothing else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from agent.evaluation.scenario import Scenario, Step
from agent.evaluation.stage import MissingOptionError, Stage
from agent.playbook.schema import Playbook
from agent.prompts.text import fold
from conversations.models import Meeting, MeetingState, User
from conversations.services import handoff, meeting_outcomes

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class Lead:
    """Plays one scenario on a stage. `problems` is what kept it from going on."""

    def __init__(self, scenario: Scenario, stage: Stage, playbook: Playbook) -> None:
        self._scenario = scenario
        self._stage = stage
        self._playbook = playbook
        self._told: set[str] = set()
        self.problems: list[str] = []

    def play(self) -> None:
        """Do every step; one that cannot be done ends it."""
        for step in self._scenario.steps:
            try:
                self._do(step)
            except MissingOptionError as error:
                if not step.if_offered:
                    self.problems.append(str(error))
                    return

    def _do(self, step: Step) -> None:
        if step.say is not None:
            self._stage.say(*((step.say,) if isinstance(step.say, str) else step.say))
        elif step.answer is not None:
            self._answer(step.answer)
        elif step.tap is not None:
            self._stage.tap(step.tap)
        elif step.voice is not None:
            self._stage.speak(step.voice)
        elif step.wait is not None:
            self._stage.now += timedelta(**{UNITS[step.wait[-1]]: int(step.wait[:-1])})
        elif step.staff is not None:
            self._meanwhile(step.staff)

    def _answer(self, most: int) -> None:
        """Until nothing is asked any more, or times are on offer."""
        for _ in range(most):
            key = self._asked(set(self._scenario.knows) - self._told)
            if key is None:
                return
            self._told.add(key)
            self._stage.say(self._scenario.knows[key].say)

    def _asked(self, willing: Collection[str]) -> str | None:
        """The question our last words ask; where they are a model's own, the next one to tell."""
        words = fold("\n".join(row.text for row in self._stage.said))
        for question in self._playbook.questions:
            texts = (*question.ask.values(), *question.again.values())
            if any(fold(text) in words for text in texts):
                return question.key if question.key in willing else None
        if "?" not in words or self._slots_on_offer():
            return None
        return next((key for key in self._scenario.knows if key in willing), None)

    def _slots_on_offer(self) -> bool:
        return any(row.kind == "list" for row in self._stage.said)

    def _meanwhile(self, what: str) -> None:
        stage = self._stage
        conversation = stage.conversation
        if what == "take_over":
            staff = User.objects.get(username="laura")
            handoff.take_over(conversation_id=conversation.pk, staff=staff, now=stage.now)
        elif what == "release":
            handoff.release(conversation_id=conversation.pk, now=stage.now)
        else:
            meeting = Meeting.objects.filter(lead=conversation.lead).latest("created_at")
            stage.now = max(stage.now, meeting.during.upper)
            meeting_outcomes.note_outcome(
                meeting_id=meeting.pk, outcome=MeetingState.NO_SHOW, now=stage.now
            )
