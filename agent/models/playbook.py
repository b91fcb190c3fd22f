"""Versions of the playbook."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from conversations.models import User


class PlaybookVersion(models.Model):
    """One version of what the business wants asked and said.

    draft → published
    published → retired

    There is one draft at most; it is edited until it is published or thrown away. A published
    version never changes again: going back publishes a copy of the older one, and `based_on` says
    which.
    """

    class State(models.TextChoices):
        """At most one version is published, at most one a draft."""

        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    content = models.JSONField(_("content"))
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    based_on = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("based on")
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("begun by")
    )
    published_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)

    class Meta:
        verbose_name = _("playbook version")
        verbose_name_plural = _("playbook versions")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="playbook_number"),
            models.UniqueConstraint(
                fields=["state"], name="playbook_one_published", condition=Q(state="published")
            ),
            models.UniqueConstraint(
                fields=["state"], name="playbook_one_draft", condition=Q(state="draft")
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"
