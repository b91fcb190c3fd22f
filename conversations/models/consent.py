"""The consent ledger: rows are added, never changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.lead import Lead
from conversations.models.message import Message


class ConsentEntry(models.Model):
    """A lead opted in or out, and by which words."""

    class Scope(models.TextChoices):
        """What the consent is about."""

        ALL = "all", _("All messages")
        MARKETING = "marketing", _("Marketing")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="consent")
    scope = models.CharField(_("scope"), max_length=10, choices=Scope)
    given = models.BooleanField(_("given"))
    message = models.ForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="+")
    words = models.CharField(_("words"), max_length=200, blank=True)
    occurred_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("consent entry")
        verbose_name_plural = _("consent ledger")

    def __str__(self) -> str:
        return f"{self.scope} {'+' if self.given else '-'}"
