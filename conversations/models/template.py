"""Message templates as WhatsApp holds them: the only thing it lets out of a closed window."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7


class MessageTemplate(models.Model):
    """One template in one language, copied from the WhatsApp Business Account.

    `components` is Meta's own list (HEADER, BODY, FOOTER, BUTTONS). A template that is gone there
    stays here as `deleted`: messages were sent with it.
    """

    class Status(models.TextChoices):
        """Meta's words, in small letters. Only an approved one may be sent."""

        APPROVED = "approved", _("Approved")
        PENDING = "pending", _("In review")
        REJECTED = "rejected", _("Rejected")
        PAUSED = "paused", _("Paused")
        DISABLED = "disabled", _("Disabled")
        DELETED = "deleted", _("Deleted")
        OTHER = "other", _("Not to be sent")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider_template_id = models.CharField(max_length=64, blank=True)
    name = models.CharField(_("name"), max_length=512)
    language = models.CharField(_("language"), max_length=15)
    category = models.CharField(_("category"), max_length=40, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status)
    quality = models.CharField(_("quality"), max_length=20, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    components = models.JSONField(_("components"), default=list, blank=True)
    named_parameters = models.BooleanField(default=False)
    synced_at = models.DateTimeField(_("synced at"))

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="template_name_language")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"
