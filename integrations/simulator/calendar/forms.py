"""What a salesperson types into their calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 7 * 24 * 60
WHEN = "%Y-%m-%dT%H:%M"


class MomentField(forms.Field):
    """A date and time on the wall; the zone is the mailbox's."""

    def to_python(self, value: Any) -> datetime:
        """Read what a date and time picker sends."""
        try:
            return datetime.strptime(str(value), WHEN)  # noqa: DTZ007  # the zone follows
        except ValueError:
            raise forms.ValidationError(_("Give a date and a time.")) from None


class MoveForm(forms.Form):
    """Another time for an event."""

    starts = MomentField()
    minutes = forms.IntegerField(min_value=5, max_value=LONGEST)

    def span(self, zone: ZoneInfo) -> dict[str, datetime]:
        """From when to when, by the wall clock of the mailbox."""
        starts_at = self.cleaned_data["starts"].replace(tzinfo=zone).astimezone(UTC)
        minutes = timedelta(minutes=self.cleaned_data["minutes"])
        return {"starts_at": starts_at, "ends_at": starts_at + minutes}


class EventForm(MoveForm):
    """An event of their own."""

    subject = forms.CharField(max_length=200)
    show_as = forms.ChoiceField(
        choices=[
            ("busy", _("Busy")),
            ("tentative", _("Tentative")),
            ("oof", _("Away")),
            ("workingElsewhere", _("Working elsewhere")),
            ("free", _("Free")),
        ]
    )
