"""What the model costs: purses, what is reserved of them before each call, and its health."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from agent.models.run import AgentRun


class Purse(models.Model):
    """What was spent of one budget, and what calls under way may still spend. US dollars.

    `key` is the lead's id, the day in the business's zone (2026-11-23), or empty for the total.
    The limits are settings; a row only counts.
    """

    class Kind(models.TextChoices):
        """Which budget."""

        LEAD = "lead", _("Lead")
        DAY = "day", _("Day")
        TOTAL = "total", _("Total")

    kind = models.CharField(_("budget"), max_length=5, choices=Kind)
    key = models.CharField(_("of"), max_length=40, blank=True)
    spent = models.DecimalField(_("spent"), max_digits=12, decimal_places=6, default=0)
    reserved = models.DecimalField(_("reserved"), max_digits=12, decimal_places=6, default=0)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="purse_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}".strip()


class Reservation(models.Model):
    """The money of one call of a model: put aside before it, settled after it.

    held → settled

    One that is still held when its turn can no longer be running is settled at its full amount:
    the call may have been made. `day` and `lead_id` name the purses it was taken from.
    """

    run = models.ForeignKey(AgentRun, models.CASCADE, related_name="reservations")
    lead_id = models.UUIDField(_("lead"))
    day = models.CharField(max_length=10)
    model = models.CharField(_("model"), max_length=100)
    amount = models.DecimalField(_("reserved"), max_digits=12, decimal_places=6)
    cost = models.DecimalField(
        _("cost in USD"), max_digits=12, decimal_places=6, null=True, blank=True
    )
    created_at = models.DateTimeField(_("at"))
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("model call")
        verbose_name_plural = _("model calls")
        indexes = [
            models.Index(fields=["lead_id", "-created_at"], name="reservation_lead"),
            models.Index(
                fields=["created_at"],
                name="reservation_held",
                condition=models.Q(settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.created_at:%Y-%m-%d %H:%M}"


class Breaker(models.Model):
    """Whether a model is asked at all: after failures in a row it is left alone for a while.

    closed → open → half open → closed | open

    Open while `open_until` lies ahead; then one turn may try (`trying_until`), and what it meets
    closes the breaker or opens it for longer. Shared by all workers.
    """

    model = models.CharField(_("model"), max_length=100, unique=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    openings = models.PositiveIntegerField(default=0)
    open_until = models.DateTimeField(_("left alone until"), null=True, blank=True)
    trying_until = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=100, blank=True)
    failed_at = models.DateTimeField(_("last failure"), null=True, blank=True)

    class Meta:
        verbose_name = _("circuit breaker")
        verbose_name_plural = _("circuit breakers")

    def __str__(self) -> str:
        return self.model
