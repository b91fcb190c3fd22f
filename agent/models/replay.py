"""Past conversations run through a draft of the playbook before it is published."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from agent.models.playbook import PlaybookVersion
from conversations.models import User
from conversations.models.ids import uuid7


class ReplayCase(models.Model):
    """A past conversation that every draft has to get right.

    `up_to` is the number of the last message that is played. `expectations` are what must hold,
    as agent.replay.expectations reads them. A case with `is_active` off is kept and not played.
    """

    class Source(models.TextChoices):
        """Where it comes from."""

        CHOSEN = "chosen", _("Chosen by staff")
        CORRECTION = "correction", _("Correction by staff")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(_("title"), max_length=200)
    conversation_id = models.UUIDField(_("conversation"), db_index=True)
    up_to = models.BigIntegerField(_("up to message"))
    expectations = models.JSONField(_("must hold"), default=list)
    source = models.CharField(_("from"), max_length=12, choices=Source, default=Source.CHOSEN)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    created_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("replay case")
        verbose_name_plural = _("replay cases")

    def __str__(self) -> str:
        return self.title


class Replay(models.Model):
    """One run of conversations through one state of a draft.

    queued → running → passed | failed
    queued, running → cancelled

    Passed: every expectation held and every turn was decided. `digest` is of the draft's content
    then: a draft that was edited since has to be replayed again before it may be published.
    It is empty where one turn alone is decided again, by any version: that says nothing of a draft.
    `engine` is the one that decided, as in production.
    """

    class State(models.TextChoices):
        """See Replay."""

        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(
        PlaybookVersion, models.CASCADE, related_name="replays", verbose_name=_("playbook version")
    )
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    engine = models.CharField(_("engine"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    chosen = models.JSONField(default=list)
    total = models.PositiveIntegerField(_("conversations"), default=0)
    done = models.PositiveIntegerField(_("played"), default=0)
    cost = models.DecimalField(_("cost in USD"), max_digits=12, decimal_places=6, default=0)
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("begun by")
    )
    created_at = models.DateTimeField(_("begun at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("replay")
        verbose_name_plural = _("replays")
        indexes = [models.Index(fields=["-created_at", "-id"], name="replay_recent")]

    def __str__(self) -> str:
        return f"{self.version} {self.created_at:%Y-%m-%d %H:%M}"


class ReplayTurn(models.Model):
    """One turn then and now: `before` and `after` are what agent.replay.sides stores, and `after`
    holds the line that the next turn goes on from too. `failures` are what did not hold.
    """

    replay = models.ForeignKey(Replay, models.CASCADE, related_name="turns")
    case = models.ForeignKey(ReplayCase, models.SET_NULL, null=True, blank=True, related_name="+")
    conversation_id = models.UUIDField()
    position = models.PositiveIntegerField(_("turn"))
    said = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    failures = models.JSONField(default=list)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("replayed turn")
        verbose_name_plural = _("replayed turns")
        constraints = [
            models.UniqueConstraint(
                fields=["replay", "conversation_id", "position"], name="replay_turn_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} #{self.position}"
