"""Every ad and post that a lead came from, the first touch and all later ones."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.lead import Lead, Source
from conversations.models.message import Message


class Touch(models.Model):
    """One click on an ad or a post, told by the message that followed it."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="touches")
    message = models.OneToOneField(Message, models.CASCADE, related_name="touch")
    source = models.CharField(_("source"), max_length=10, choices=Source)
    source_id = models.CharField(_("ad or post id"), max_length=200, blank=True)
    source_url = models.CharField(_("ad or post address"), max_length=2000, blank=True)
    headline = models.CharField(_("ad headline"), max_length=500, blank=True)
    body = models.CharField(_("ad text"), max_length=2000, blank=True)
    ctwa_clid = models.CharField(_("click id"), max_length=500, blank=True)
    occurred_at = models.DateTimeField(_("clicked at"))

    class Meta:
        verbose_name = _("touch")
        verbose_name_plural = _("touches")

    def __str__(self) -> str:
        return self.headline or self.source_id or self.source
