"""What the agent did in each turn."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from agent.models.playbook import PlaybookVersion


class AgentRun(models.Model):
    """One turn, from the lead's words to the queued answer.

    started → decided | superseded
    decided → done | superseded

    Superseded: newer words or a human came before anything left.
    The key is uuid5(conversation, last inbound message), so a retry finds its own run. `context`
    is what the engine saw, `decision` what it wants said: stored before acting on it.
    """

    class State(models.TextChoices):
        """See AgentRun."""

        STARTED = "started", _("Started")
        DECIDED = "decided", _("Decided")
        DONE = "done", _("Done")
        SUPERSEDED = "superseded", _("Superseded")

    id = models.UUIDField(primary_key=True, editable=False)
    conversation_id = models.UUIDField(_("conversation"), db_index=True)
    trigger_message_id = models.UUIDField()
    playbook_version = models.ForeignKey(PlaybookVersion, models.PROTECT)
    engine = models.CharField(_("engine"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State)
    context = models.JSONField(default=dict)
    decision = models.JSONField(default=dict)
    attempts = models.PositiveIntegerField(default=1)
    tokens_in = models.PositiveIntegerField(_("tokens in"), default=0)
    tokens_cached = models.PositiveIntegerField(_("tokens from cache"), default=0, db_default=0)
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0)
    cost = models.DecimalField(
        _("cost in USD"), max_digits=12, decimal_places=6, default=0, db_default=0
    )
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("agent run")
        verbose_name_plural = _("agent runs")
        indexes = [models.Index(fields=["-created_at", "-id"], name="run_recent")]

    def __str__(self) -> str:
        return str(self.id)


# The drawing in AgentRun: agent.runs.close goes along it, or leaves the run as it is.
NEXT_RUN_STATES: Mapping[AgentRun.State, frozenset[AgentRun.State]] = {
    AgentRun.State.STARTED: frozenset({AgentRun.State.DECIDED, AgentRun.State.SUPERSEDED}),
    AgentRun.State.DECIDED: frozenset({AgentRun.State.DONE, AgentRun.State.SUPERSEDED}),
    AgentRun.State.DONE: frozenset(),
    AgentRun.State.SUPERSEDED: frozenset(),
}


class AgentStep(models.Model):
    """One thing that happened in a run: a model answer, a tool, a gate. Unique per position.

    Of a model's answer `name` is the model, and `tokens_in` counts those from the cache too.
    """

    class Kind(models.TextChoices):
        """What it was."""

        MODEL = "model", _("Model")
        TOOL = "tool", _("Tool")
        GATE = "gate", _("Gate")
        FALLBACK = "fallback", _("Fallback")

    run = models.ForeignKey(AgentRun, models.CASCADE, related_name="steps")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    index = models.PositiveIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=64)
    arguments = models.JSONField(_("arguments"), default=dict)
    result = models.JSONField(_("result"), default=dict)
    tokens_in = models.PositiveIntegerField(_("tokens in"), default=0, db_default=0)
    tokens_cached = models.PositiveIntegerField(_("tokens from cache"), default=0, db_default=0)
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0, db_default=0)
    cost = models.DecimalField(
        _("cost in USD"), max_digits=12, decimal_places=6, default=0, db_default=0
    )
    milliseconds = models.PositiveIntegerField(_("took ms"), default=0, db_default=0)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "index"], name="step_position")
        ]

    def __str__(self) -> str:
        return self.name


class Effect(models.Model):
    """A tool call that changed something: the stored result answers every retry.

    pending → done. `index` counts tool calls within the run, so a replayed engine meets its own
    results.
    """

    run = models.ForeignKey(AgentRun, models.CASCADE, related_name="effects")
    index = models.PositiveIntegerField()
    tool = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("effect")
        verbose_name_plural = _("effects")
        constraints = [models.UniqueConstraint(fields=["run", "index"], name="effect_position")]

    def __str__(self) -> str:
        return f"{self.tool}#{self.index}"
