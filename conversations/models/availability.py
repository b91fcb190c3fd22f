"""When a salesperson is away, and how we hear what happens in their calendar."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from conversations.models.user import Salesperson


class DayOff(models.Model):
    """Days on which a salesperson meets nobody: both dates count, on their own wall clock."""

    salesperson = models.ForeignKey(Salesperson, models.CASCADE, related_name="days_off")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    note = models.CharField(_("note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("days off")
        verbose_name_plural = _("days off")
        constraints = [
            models.CheckConstraint(
                name="day_off_in_order",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("The last day is before the first."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"


class CalendarWatch(models.Model):
    """A provider's promise to tell us of changes in one mailbox.

    `watch_id` is the provider's, empty until there is one; `secret_hash` (SHA-256, hex) is of what
    each notification must carry. Renewed at `renew_due_at`, made anew when the provider lost it or
    the salesperson has another mailbox: `created_at` is since when this one is known to be theirs.
    Without a watch the timer still finds every change.
    """

    salesperson = models.OneToOneField(Salesperson, models.CASCADE, related_name="watch")
    mailbox = models.EmailField()
    watch_id = models.CharField(max_length=200, blank=True)
    secret_hash = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    renew_due_at = models.DateTimeField()
    problem = models.CharField(_("problem"), max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar watch")
        verbose_name_plural = _("calendar watches")
        constraints = [
            models.UniqueConstraint(
                fields=["watch_id"], name="calendar_watch_id", condition=~Q(watch_id="")
            )
        ]
        indexes = [models.Index(fields=["renew_due_at"], name="calendar_watch_due")]

    def __str__(self) -> str:
        return self.mailbox
