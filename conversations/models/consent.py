"""The consent ledger: rows are added, never changed."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.lead import Lead
from conversations.models.message import Message


class AppendOnlyError(Exception):
    """What a lead said cannot be unsaid; it goes with the lead when their data is erased."""


class Ledger(models.QuerySet["ConsentEntry"]):
    """Rows of the ledger: a merge hands them to another lead, nothing else changes them."""

    def update(self, **values: Any) -> int:
        """Whose they are, only."""
        if not values.keys() <= {"lead", "lead_id"}:
            raise AppendOnlyError
        return super().update(**values)

    def bulk_update(self, *_args: Any, **_options: Any) -> NoReturn:
        """Never."""
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        """Never; a deleted lead's entries cascade past this."""
        raise AppendOnlyError


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

    objects = Ledger.as_manager()

    class Meta:
        verbose_name = _("consent entry")
        verbose_name_plural = _("consent ledger")

    def __str__(self) -> str:
        return f"{self.scope} {'+' if self.given else '-'}"

    def save(self, *args: Any, **options: Any) -> None:
        """Add it; one that is stored stays as it is."""
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **options)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        """Never by itself."""
        raise AppendOnlyError
