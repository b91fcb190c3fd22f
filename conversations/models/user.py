"""Staff, and the salespeople among them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from conversations.models.ids import uuid7
from conversations.models.zones import validate_time_zone


class User(AbstractUser):
    """A member of staff. Leads have no account."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    @property
    def shown_name(self) -> str:
        """Full name, or what they log in with."""
        return self.get_full_name() or self.get_username()


SHORTEST_MEETING = 5
SHORTEST_STEP = 5
MOST_WEIGHT = 10
DEFAULT_WORKING_HOURS = {str(day): [["09:00", "14:00"], ["16:00", "18:00"]] for day in range(5)}


def default_working_hours() -> dict[str, list[list[str]]]:
    """Monday to Friday, 9 to 14 and 16 to 18."""
    return {
        day: [list(window) for window in windows] for day, windows in DEFAULT_WORKING_HOURS.items()
    }


def validate_working_hours(value: object) -> None:
    """Weekday "0" (Monday) to "6" → list of ["HH:MM", "HH:MM"], ascending and apart."""
    if not isinstance(value, dict):
        raise ValidationError(_("Working hours are a table of weekday → windows."))
    for day, windows in value.items():
        if day not in {"0", "1", "2", "3", "4", "5", "6"} or not _windows_ascend(windows):
            raise ValidationError(
                _("Weekday %(day)s: give windows as HH:MM-HH:MM, in order and apart."),
                params={"day": day},
            )


def _windows_ascend(windows: object) -> bool:
    if not isinstance(windows, list):
        return False
    last = ""
    for window in windows:
        if not (isinstance(window, list) and len(window) == 2):
            return False
        if not all(isinstance(edge, str) and _is_clock(edge) for edge in window):
            return False
        if not last <= window[0] < window[1]:
            return False
        last = window[1]
    return True


def _is_clock(text: str) -> bool:
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdigit()):
        return False
    return text == "24:00" or (int(hours) < 24 and int(minutes) < 60)


class SpokenLanguage(models.TextChoices):
    """What a salesperson meets leads in; the languages that the agent writes."""

    ES = "es", _("Spanish")
    EN = "en", _("English")
    PT = "pt", _("Portuguese")


class Salesperson(models.Model):
    """Someone who takes meetings: their mailbox, zone and rules. Days off: see DayOff.

    No `languages` means any. `weight` is the share of meetings beside the others'. `daily_cap` is
    how many meetings of ours one day may have on their own wall clock; none means no end.
    `holiday_country` and `holiday_region` are codes of the holidays library.

    `busy_changed_at`: what their calendar said before is no longer true. `mailbox_problem` is why
    the calendar cannot be read, since `mailbox_failing_since`; meanwhile they are offered to nobody
    and asked again at `mailbox_check_due_at`.

    The key is a bigint, never shown: the exclusion constraint on meetings needs an integer range.
    """

    user = models.OneToOneField(
        User, models.CASCADE, related_name="salesperson", verbose_name=_("user")
    )
    mailbox = models.EmailField(_("mailbox"), unique=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="America/Mexico_City",
        validators=[validate_time_zone],
    )
    working_hours = models.JSONField(
        _("working hours"), default=default_working_hours, validators=[validate_working_hours]
    )
    notice_minutes = models.PositiveIntegerField(_("notice in minutes"), default=120)
    horizon_days = models.PositiveIntegerField(_("horizon in days"), default=14)
    meeting_minutes = models.PositiveIntegerField(
        _("length in minutes"), default=30, validators=[MinValueValidator(SHORTEST_MEETING)]
    )
    step_minutes = models.PositiveIntegerField(
        _("step in minutes"), default=30, validators=[MinValueValidator(SHORTEST_STEP)]
    )
    buffer_before_minutes = models.PositiveIntegerField(_("buffer before in minutes"), default=0)
    buffer_after_minutes = models.PositiveIntegerField(_("buffer after in minutes"), default=10)
    daily_cap = models.PositiveSmallIntegerField(
        _("most meetings a day"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_WEIGHT)]
    )
    languages = ArrayField(
        models.CharField(max_length=5, choices=SpokenLanguage),
        verbose_name=_("languages"),
        default=list,
        blank=True,
    )
    holiday_country = models.CharField(_("public holidays of"), max_length=2, blank=True)
    holiday_region = models.CharField(_("region"), max_length=10, blank=True)
    takes_meetings = models.BooleanField(_("takes meetings"), default=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True, editable=False)
    busy_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    mailbox_problem = models.CharField(_("problem"), max_length=300, blank=True, editable=False)
    mailbox_failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    mailbox_check_due_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("salesperson")
        verbose_name_plural = _("salespeople")

    def __str__(self) -> str:
        return self.user.shown_name
