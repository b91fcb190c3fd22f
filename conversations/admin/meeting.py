"""Meetings: when, with whom, and what staff may do with one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import (
    badges,
    dates,
    meeting_buttons,
    meeting_history,
    meeting_moving,
    regions,
)
from conversations.admin.addresses import lead_url, thread_url
from conversations.admin.base import NOTHING, CrmAdmin, Page, staff_of
from conversations.admin.meeting_filters import AttentionFilter, SalespersonFilter, TimeFilter
from conversations.admin.meeting_lines import conflict_text, when_text
from conversations.models import TAKES_TIME, Meeting, MeetingState
from conversations.problem_words import meeting_problem
from conversations.services import meeting_conflicts, meetings, staff_moves
from conversations.services.visibility import visible_meetings
from integrations import registry


@admin.register(Meeting)
class MeetingAdmin(CrmAdmin[Meeting]):
    """Meetings, newest time first; times in the zone of who looks."""

    list_display = ("when", "lead", "state_and_problem", "salesperson", "thread")
    list_filter = (AttentionFilter, TimeFilter, "state", SalespersonFilter)
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
            ("<uuid:meeting_id>/cancel/", partial(meeting_buttons.cancel, self), "cancel"),
            ("<uuid:meeting_id>/outcome/", partial(meeting_buttons.outcome, self), "outcome"),
            ("<uuid:meeting_id>/keep/", partial(meeting_buttons.keep, self), "keep"),
            ("<uuid:meeting_id>/move/", partial(meeting_moving.view, self), "move"),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Meeting]:
        """Keep what the viewer may see, with what every column and field needs."""
        rows = visible_meetings(staff_of(request))
        return rows.select_related(*self.list_select_related).order_by(*self.ordering)

    def page_context(self, request: HttpRequest, row: Meeting) -> dict[str, Any]:
        """Show the buttons that can work; there is nothing to type."""
        may, now = self.has_change_permission(request, row), timezone.now()
        return {
            "title": _("Meeting"),
            "subtitle": when_text(row),
            "can_cancel": may and _is_ahead(row),
            "can_move": may and staff_moves.can_move(row, now=now),
            "has_begun": row.during.lower <= now,
            "guests_told": bool(row.lead.email) and registry.calendar().sends_invitations,
            "outcomes": _outcomes(row) if may else (),
            "conflict": conflict_text(row),
            "in_the_way": _in_the_way(request, row),
            "history": meeting_history.load(row),
            "show_save": False,
            "show_save_and_continue": False,
        }

    @admin.action(description=gettext_lazy("Cancel the selected meetings"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Meeting]) -> None:
        """Cancel each; a calendar may take a second for one."""
        meeting_buttons.cancel_each(self, request, queryset)

    @admin.display(description=gettext_lazy("when"))
    def when(self, meeting: Meeting) -> str:
        """Day and hours in the viewer's zone."""
        return when_text(meeting)

    @admin.display(description=gettext_lazy("lead's time"))
    def lead_time(self, meeting: Meeting) -> str:
        """The same in the lead's zone."""
        with timezone.override(meeting.time_zone or None):
            zone = regions.zone_text(meeting.time_zone, now=meeting.during.lower)
            return f"{when_text(meeting)} · {zone}"

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, meeting: Meeting) -> SafeString:
        """State as a badge."""
        return badges.meeting_badge(meeting.state)

    @admin.display(description=gettext_lazy("state"))
    def state_and_problem(self, meeting: Meeting) -> SafeString:
        """State as a badge, with what went wrong or is in the way under it."""
        if conflict := conflict_text(meeting):
            look = badges.badge(_("Needs a look"), "red")
            return badges.two_lines(format_html("{} {}", self.state_shown(meeting), look), conflict)
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


def _in_the_way(request: HttpRequest, meeting: Meeting) -> SafeString | str:
    """A link to the other meeting, for who may see its lead."""
    other = meeting_conflicts.meeting_in_the_way(meeting)
    if other is None:
        return ""
    if not visible_meetings(staff_of(request)).filter(pk=other.pk).exists():
        return when_text(other)
    url = reverse("admin:conversations_meeting_change", args=[other.pk])
    return badges.link(url, f"{when_text(other)} · {other.lead}")
