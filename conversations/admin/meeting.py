"""Meetings: when, with whom, and cancelling one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges, dates, panel, regions
from conversations.admin.addresses import lead_url, thread_url
from conversations.admin.base import NOTHING, CrmAdmin, Page, SimpleListFilter, staff_of
from conversations.models import TAKES_TIME, Meeting, MeetingState
from conversations.problem_words import meeting_problem
from conversations.services import meetings
from conversations.services.visibility import visible_hosts, visible_meetings
from integrations import registry

# What the buttons say; the badge says the same.
OUTCOME_WORDS = {
    str(MeetingState.COMPLETED): MeetingState.COMPLETED.label,
    str(MeetingState.NO_SHOW): MeetingState.NO_SHOW.label,
}


class SalespersonFilter(SimpleListFilter):
    """One colleague's meetings."""

    title = gettext_lazy("salesperson")
    parameter_name = "salesperson"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Offer those whose calendars one may look through."""
        people = visible_hosts(staff_of(request)).order_by("id")
        return [(str(person.pk), str(person)) for person in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen person."""
        chosen = self.value() or ""
        return queryset.filter(salesperson_id=int(chosen)) if chosen.isdigit() else queryset


class TimeFilter(SimpleListFilter):
    """Ahead of us or behind us."""

    title = gettext_lazy("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Two halves."""
        return [("ahead", gettext_lazy("Upcoming")), ("past", gettext_lazy("Past"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with the clock of this request."""
        now = timezone.now()
        if self.value() == "ahead":
            return queryset.filter(during__endswith__gt=now)
        return queryset.filter(during__endswith__lte=now) if self.value() == "past" else queryset


@admin.register(Meeting)
class MeetingAdmin(CrmAdmin[Meeting]):
    """Meetings, newest time first; times in the zone of who looks."""

    list_display = ("when", "lead", "state_and_problem", "salesperson", "thread")
    list_filter = (TimeFilter, "state", SalespersonFilter)
    list_select_related = ("lead", "lead__conversation", "salesperson__user")
    ordering = ("-during", "-id")
    actions = ("cancel_selected",)
    fields = (
        "when",
        "lead_link",
        "salesperson",
        "state_shown",
        "lead_time",
        "join_link",
        "problem_shown",
        "created_at",
    )
    cancelled_fields = ("called_off", "reason_shown")
    readonly_fields = (*fields, *cancelled_fields)

    def get_fields(self, request: HttpRequest, obj: Meeting | None = None) -> tuple[str, ...]:
        """Say of a cancelled meeting who called it off, when and why."""
        cancelled = obj is not None and obj.state == MeetingState.CANCELLED
        return (*self.fields, *self.cancelled_fields) if cancelled else self.fields

    def pages(self) -> list[Page]:
        """The buttons."""
        return [
            ("<uuid:meeting_id>/cancel/", self.cancel_view, "cancel"),
            ("<uuid:meeting_id>/outcome/", self.outcome_view, "outcome"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Meeting]:
        """Keep what the viewer may see, with what every column and field needs."""
        rows = visible_meetings(staff_of(request))
        return rows.select_related(*self.list_select_related).order_by(*self.ordering)

    def page_context(self, request: HttpRequest, row: Meeting) -> dict[str, Any]:
        """Show the buttons that can work; there is nothing to type."""
        may = self.has_change_permission(request, row)
        return {
            "title": _("Meeting"),
            "subtitle": panel.when_text(row),
            "can_cancel": may and _is_ahead(row),
            "guests_told": registry.calendar().sends_invitations,
            "outcomes": _outcomes(row) if may else (),
            "show_save": False,
            "show_save_and_continue": False,
        }

    def cancel_view(self, request: HttpRequest, meeting_id: UUID) -> HttpResponse:
        """Cancel one meeting and go back to it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._cancel(request, [self._changeable(request, meeting_id)])
        return redirect("admin:conversations_meeting_change", meeting_id)

    def outcome_view(self, request: HttpRequest, meeting_id: UUID) -> HttpResponse:
        """Note how a meeting went and go back to it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        meeting = self._changeable(request, meeting_id)
        outcome = request.POST.get("outcome", "")
        if outcome not in OUTCOME_WORDS:
            return HttpResponseBadRequest()
        try:
            meetings.note_outcome(
                meeting_id=meeting.pk, outcome=MeetingState(outcome), now=timezone.now()
            )
        except meetings.MeetingStateError:
            messages.warning(request, _("This cannot be said of this meeting (any more)."))
        else:
            messages.success(
                request, _("Noted: %(outcome)s.") % {"outcome": OUTCOME_WORDS[outcome]}
            )
        return redirect("admin:conversations_meeting_change", meeting_id)

    def _changeable(self, request: HttpRequest, meeting_id: UUID) -> Meeting:
        meeting = get_object_or_404(self.get_queryset(request), pk=meeting_id)
        if not self.has_change_permission(request, meeting):
            raise PermissionDenied
        return meeting

    @admin.action(description=gettext_lazy("Cancel the selected meetings"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Meeting]) -> None:
        """Cancel each; a calendar may take a second for one."""
        self._cancel(request, queryset)

    def _cancel(self, request: HttpRequest, chosen: Iterable[Meeting]) -> None:
        for meeting in chosen:
            ended = meetings.cancel(
                calendar=registry.calendar(),
                now=timezone.now(),
                by=staff_of(request),
                meeting_id=meeting.pk,
            )
            when = {"when": panel.when_text(meeting)}
            if ended.status == meetings.BookingStatus.CANCELLED:
                messages.success(request, _("Cancelled: %(when)s.") % when)
            else:
                messages.warning(request, _("Nothing to cancel: %(when)s.") % when)

    @admin.display(description=gettext_lazy("when"))
    def when(self, meeting: Meeting) -> str:
        """Day and hours in the viewer's zone."""
        return panel.when_text(meeting)

    @admin.display(description=gettext_lazy("lead's time"))
    def lead_time(self, meeting: Meeting) -> str:
        """The same in the lead's zone."""
        with timezone.override(meeting.time_zone or None):
            zone = regions.zone_text(meeting.time_zone, now=meeting.during.lower)
            return f"{panel.when_text(meeting)} · {zone}"

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, meeting: Meeting) -> SafeString:
        """State as a badge."""
        return badges.meeting_badge(meeting.state)

    @admin.display(description=gettext_lazy("state"))
    def state_and_problem(self, meeting: Meeting) -> SafeString:
        """State as a badge, with what went wrong under it."""
        if not meeting.problem:
            return self.state_shown(meeting)
        return badges.two_lines(self.state_shown(meeting), meeting_problem(meeting.problem))

    @admin.display(description=gettext_lazy("problem"))
    def problem_shown(self, meeting: Meeting) -> str:
        """What went wrong with the calendar."""
        return meeting_problem(meeting.problem) or NOTHING

    @admin.display(description=gettext_lazy("cancelled by"))
    def called_off(self, meeting: Meeting) -> str:
        """Who, and when."""
        who = str(meeting.get_cancelled_by_display())
        when = dates.exactly(meeting.ended_at) if meeting.ended_at else ""
        return " · ".join(filter(None, (who, when))) or NOTHING

    @admin.display(description=gettext_lazy("reason"))
    def reason_shown(self, meeting: Meeting) -> str:
        """Why, where somebody said so."""
        return meeting.cancel_comment or NOTHING

    @admin.display(description=gettext_lazy("lead"))
    def lead_link(self, meeting: Meeting) -> SafeString:
        """Open the lead."""
        return badges.link(lead_url(meeting.lead_id), meeting.lead)

    @admin.display(description=gettext_lazy("conversation"))
    def thread(self, meeting: Meeting) -> SafeString | None:
        """Open the thread."""
        conversation = getattr(meeting.lead, "conversation", None)
        if conversation is None:
            return None
        return badges.link(thread_url(conversation.pk), _("Open the conversation"))

    @admin.display(description=gettext_lazy("link"))
    def join_link(self, meeting: Meeting) -> SafeString | str:
        """Only what is a web address becomes a link."""
        if not meeting.join_url.startswith("https://"):
            return NOTHING
        return format_html('<a href="{0}" rel="noreferrer">{0}</a>', meeting.join_url)


def _is_ahead(meeting: Meeting) -> bool:
    return meeting.state in TAKES_TIME and bool(meeting.during.upper > timezone.now())


def _outcomes(meeting: Meeting) -> list[tuple[str, object]]:
    possible = meetings.possible_outcomes(meeting, now=timezone.now())
    return [(str(each), each.label) for each in possible]
