"""What was done when two leads turned out to be one person, so that it can be undone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7
from conversations.models.lead import Lead
from conversations.models.user import User


class LeadMerge(models.Model):
    """`merged` lives on in `kept`. Done once, undone at most once.

    `journal` says which rows moved and which columns of both leads and conversations changed, with
    what they were before: enough to put everything back. What came after the merge stays with
    `kept`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kept = models.ForeignKey(Lead, models.CASCADE, related_name="+", verbose_name=_("kept lead"))
    merged = models.ForeignKey(
        Lead, models.CASCADE, related_name="+", verbose_name=_("merged lead")
    )
    journal = models.JSONField(default=dict)
    done_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("merged by")
    )
    done_at = models.DateTimeField(_("merged at"))
    undone_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["merged"],
                name="lead_merged_once",
                condition=models.Q(undone_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.kept}"
