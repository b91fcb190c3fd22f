"""What we know of a lead, and where they said it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7
from conversations.models.lead import Lead
from conversations.models.message import Message
from conversations.models.user import User


class Fact(models.Model):
    """One answer to a playbook question; a newer one supersedes it, history stays.

    A locked one stands until staff change it: what the agent hears becomes a FactProposal.
    `quote` is a substring of the message's words at `position`, or empty when staff typed it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="facts")
    key = models.CharField(_("question"), max_length=64)
    value = models.JSONField(_("value"))
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="facts"
    )
    quote = models.CharField(_("quote"), max_length=500, blank=True)
    position = models.PositiveIntegerField(null=True, blank=True)
    staff = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    turn_id = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("learned at"))
    superseded_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "key"], name="fact_current", condition=Q(superseded_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
