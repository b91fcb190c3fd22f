"""What the agent heard where staff had locked the answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7
from conversations.models.lead import Lead
from conversations.models.message import Message
from conversations.models.user import User


class FactProposal(models.Model):
    """Another answer than the locked one, with the words that say it; staff decide.

    open → accepted | dismissed | outdated

    Outdated: the lead said something else meanwhile, or staff answered themselves. At most one is
    open for a question of a lead.
    """

    class State(models.TextChoices):
        """See FactProposal."""

        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("Dismissed")
        OUTDATED = "outdated", _("Outdated")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="proposals")
    key = models.CharField(_("question"), max_length=64)
    value = models.JSONField(_("value"))
    message = models.ForeignKey(Message, models.SET_NULL, null=True, related_name="+")
    quote = models.CharField(_("quote"), max_length=500)
    position = models.PositiveIntegerField()
    turn_id = models.UUIDField(editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(_("heard at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    class Meta:
        verbose_name = _("proposed answer")
        verbose_name_plural = _("proposed answers")
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "key"], name="proposal_one_open", condition=Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
