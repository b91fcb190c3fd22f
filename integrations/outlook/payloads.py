"""Graph's JSON, read leniently and written exactly. Only the fields that we use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field
from tzlocal.windows_tz import win_tz

from integrations.scheduling import BookedEvent, Booking, BusyInterval

# Never change it: events that were booked before could not be found again.
BOOKING_PROPERTY = "String {6f1c0d52-3d0b-4f0e-9a53-5a1c7b0a9e11} Name leadbotBookingId"
VIEW_FIELDS = "id,start,end,showAs,isCancelled,isAllDay,originalStartTimeZone"
EVENT_FIELDS = "id,start,end,showAs,isCancelled,isAllDay,webLink,onlineMeeting,onlineMeetingUrl"
# What is not listed here blocks: a status we do not know is never free.
FREE_STATUSES = frozenset({"free", "workingelsewhere"})
FREE_DIGITS = frozenset("04")
VIEW_MINUTES = 15


class Wire(BaseModel):
    """Base of what Graph sends: unknown fields pass."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class GraphTime(Wire):
    """A wall-clock time and the zone it is meant in."""

    wall: datetime = Field(alias="dateTime")
    zone_name: str | None = Field(default="UTC", alias="timeZone")

    def utc(self) -> datetime:
        """The instant. ValueError for a zone that nobody knows."""
        if self.wall.tzinfo is not None:
            return self.wall.astimezone(UTC)
        return self.wall.replace(tzinfo=zone(self.zone_name or "UTC")).astimezone(UTC)


class JoinInfo(Wire):
    """The online meeting of an event."""

    join_url: str | None = Field(default=None, alias="joinUrl")


class Event(Wire):
    """A calendar event."""

    id: str
    etag: str = Field(default="", alias="@odata.etag")
    start: GraphTime
    end: GraphTime
    show_as: str | None = Field(default=None, alias="showAs")
    is_cancelled: bool | None = Field(default=None, alias="isCancelled")
    is_all_day: bool | None = Field(default=None, alias="isAllDay")
    original_zone: str | None = Field(default=None, alias="originalStartTimeZone")
    online_meeting: JoinInfo | None = Field(default=None, alias="onlineMeeting")
    online_meeting_url: str | None = Field(default=None, alias="onlineMeetingUrl")

    @property
    def blocks(self) -> bool:
        """Whether nothing else may be put there."""
        return not self.is_cancelled and blocks(self.show_as)

    def interval(self) -> BusyInterval:
        """When it is. An all-day event covers its days in UTC and in the zone it was made in.

        Graph gives such an event's midnights as they are written, whatever zone we ask for.
        """
        starts_at, ends_at = self.start.utc(), self.end.utc()
        if not (self.is_all_day and self.original_zone):
            return BusyInterval(starts_at, ends_at, self.id)
        local = zone(self.original_zone)
        return BusyInterval(
            min(starts_at, _as_written(starts_at, local)),
            max(ends_at, _as_written(ends_at, local)),
            self.id,
        )

    def booked(self) -> BookedEvent:
        """Our own words for it."""
        join_url = self.online_meeting and self.online_meeting.join_url
        return BookedEvent(
            event_id=self.id,
            join_url=join_url or self.online_meeting_url or "",
            etag=self.etag,
            starts_at=self.start.utc(),
            ends_at=self.end.utc(),
        )


class Body(Wire):
    """The text of an event, HTML unless asked otherwise; Teams keeps its link in it."""

    content: str = ""


class Address(Wire):
    """Somebody's address."""

    address: str | None = None
    name: str | None = None


class Attendee(Wire):
    """Who is invited."""

    email: Address | None = Field(default=None, alias="emailAddress")
    kind: str | None = Field(default=None, alias="type")

    @property
    def address(self) -> str:
        """Where the invitation went."""
        return (self.email and self.email.address) or ""

    def wire(self) -> dict[str, Any]:
        """As it came, to be sent back: an attendee who is left out is uninvited."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Property(Wire):
    """A value of ours that people do not see."""

    id: str
    value: str | None = None


class EventText(Wire):
    """What an event says, and whom it invites."""

    id: str
    etag: str = Field(default="", alias="@odata.etag")
    subject: str | None = None
    body: Body = Body()
    attendees: list[Attendee] | None = None
    properties: list[Property] | None = Field(default=None, alias="singleValueExtendedProperties")


class Events(Wire):
    """One page of events."""

    value: list[Event]


class ScheduleItem(Wire):
    """One stretch of a mailbox's time."""

    status: str | None = None
    start: GraphTime
    end: GraphTime


class ScheduleError(Wire):
    """Why Graph cannot tell about one mailbox."""

    code: str | None = Field(default=None, alias="responseCode")


class Schedule(Wire):
    """One mailbox's answer of getSchedule."""

    mailbox: str | None = Field(default=None, alias="scheduleId")
    view: str | None = Field(default=None, alias="availabilityView")
    items: list[ScheduleItem] | None = Field(default=None, alias="scheduleItems")
    error: ScheduleError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it tells nothing at all, which is not the same as free."""
        return not self.items and not self.view

    def busy(self, starts_at: datetime) -> list[BusyInterval]:
        """Blocked stretches; from the coarse view where Graph leaves the items out."""
        if self.items:
            return [
                BusyInterval(item.start.utc(), item.end.utc())
                for item in self.items
                if blocks(item.status)
            ]
        step = timedelta(minutes=VIEW_MINUTES)
        return [
            BusyInterval(starts_at + place * step, starts_at + (place + 1) * step)
            for place, digit in enumerate(self.view or "")
            if digit not in FREE_DIGITS
        ]


class Schedules(Wire):
    """The answer of getSchedule."""

    value: list[Any]


def blocks(status: str | None) -> bool:
    """Whether this free/busy status takes time; Graph's documents differ in their case."""
    return (status or "unknown").lower() not in FREE_STATUSES


def zone(name: str) -> tzinfo:
    """An IANA or a Windows zone by name. ValueError when it is neither."""
    if name.upper() in {"UTC", "Z", "TZONE://MICROSOFT/UTC"}:
        return UTC
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, OSError):
        raise ValueError(f"unknown time zone {name[:60]!r}") from None


def schedule_request(
    mailboxes: list[str], starts_at: datetime, ends_at: datetime
) -> dict[str, Any]:
    """The body of getSchedule."""
    return {
        "schedules": mailboxes,
        "startTime": utc_time(starts_at),
        "endTime": utc_time(ends_at),
        "availabilityViewInterval": VIEW_MINUTES,
    }


def event_request(
    booking: Booking, text: Mapping[str, Any], *, in_utc: bool = False
) -> dict[str, Any]:
    """The body that creates a booking's event, which says `text`."""
    return {
        **text,
        **times(
            booking.starts_at, booking.ends_at, time_zone="UTC" if in_utc else booking.time_zone
        ),
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
        "transactionId": str(booking.transaction_id),
        "showAs": "busy",
        "allowNewTimeProposals": False,
    }


def booking_filter(meeting_id: UUID) -> str:
    """The $filter that finds a booking's event."""
    return (
        f"singleValueExtendedProperties/Any(ep: ep/id eq '{BOOKING_PROPERTY}' "
        f"and ep/value eq '{meeting_id}')"
    )


def times(
    starts_at: datetime, ends_at: datetime, *, time_zone: str
) -> Mapping[str, dict[str, str]]:
    """Both ends on the salesperson's clock: an event in UTC looks wrong to its owner.

    A wall time that comes twice (the hour after a clock change back) cannot be said that way:
    there, being right beats looking right.
    """
    local = zone(time_zone)
    if any(_is_ambiguous(instant.astimezone(local)) for instant in (starts_at, ends_at)):
        return {"start": utc_time(starts_at), "end": utc_time(ends_at)}
    return {
        "start": {"dateTime": wall_clock(starts_at.astimezone(local)), "timeZone": time_zone},
        "end": {"dateTime": wall_clock(ends_at.astimezone(local)), "timeZone": time_zone},
    }


def utc_time(instant: datetime) -> dict[str, str]:
    """An instant as Graph's pair of wall time and zone."""
    return {"dateTime": wall_clock(instant.astimezone(UTC)), "timeZone": "UTC"}


def wall_clock(local: datetime) -> str:
    """The clock on the wall, without an offset."""
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def query_time(instant: datetime) -> str:
    """An instant in a query string."""
    return f"{wall_clock(instant.astimezone(UTC))}Z"


def _as_written(instant: datetime, local: tzinfo) -> datetime:
    return instant.replace(tzinfo=local).astimezone(UTC)


def _is_ambiguous(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
