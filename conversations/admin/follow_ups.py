"""Follow-ups: what will be said unasked, what was, and calling one off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conversations.admin import badges, dates, planned
from conversations.admin.addresses import thread_url
from conversations.admin.answers import answer_button
from conversations.admin.base import NOTHING, CrmAdmin, Page, SimpleListFilter, staff_of
from conversations.models import FollowUp
from conversations.services import follow_ups
from conversations.services.visibility import visible_follow_ups

DAY = timedelta(days=1)


class DayFilter(SimpleListFilter):
    """The day on which they are due, as the viewer counts days."""

    title = gettext_lazy("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Days around today."""
        return [
            ("today", gettext_lazy("Today")),
            ("tomorrow", gettext_lazy("Tomorrow")),
            ("later", gettext_lazy("Later")),
            ("yesterday", gettext_lazy("Yesterday")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen day."""
        days = {"yesterday": (-1, 0), "today": (0, 1), "tomorrow": (1, 2), "later": (2, 400)}
        if self.value() not in days:
            return queryset
        first, last = (_midnight(days_from_now) for days_from_now in days[str(self.value())])
        return queryset.filter(due_at__gte=first, due_at__lt=last)


@admin.register(FollowUp)
class FollowUpAdmin(CrmAdmin[FollowUp]):
    """What is said unasked, the newest plan first; planned ones by when they are due."""

    list_display = ("what_and_lead", "state_and_reason", "due", "lead_due", "thread")
    list_filter = ("state", DayFilter, "kind")
    list_select_related = ("conversation__lead", "message")
    actions = ("cancel_selected",)
    fields = ("what", "lead", "due", "lead_due", "state_and_reason", "thread", "created", "ended")
    readonly_fields = fields

    def pages(self) -> list[Page]:
        """The button of the side panels."""
        return [("<uuid:follow_up_id>/cancel/", self.cancel_view, "cancel")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FollowUp]:
        """Keep what the viewer may see, with what every column needs."""
        rows = visible_follow_ups(staff_of(request)).select_related(*self.list_select_related)
        return rows.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What comes next is what matters of what is planned. Both orders have an index."""
        ahead = request.GET.get("state__exact") == FollowUp.State.PLANNED
        return ("due_at", "id") if ahead else ("-id",)

    def page_context(self, request: HttpRequest, row: FollowUp) -> dict[str, Any]:
        """There is nothing to type."""
        return {
            "title": _("Follow-up"),
            "subtitle": planned.what_text(row),
            "show_save": False,
            "show_save_and_continue": False,
        }

    def cancel_view(self, request: HttpRequest, follow_up_id: UUID) -> HttpResponse:
        """Call one off and go back to where the button was."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = get_object_or_404(self.get_queryset(request), pk=follow_up_id)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        done = _cancel(row.pk, now=timezone.now())
        problem = "" if done else _("Not possible: it was sent or called off meanwhile.")
        return answer_button(request, row.conversation.lead, problem)

    @admin.action(
        description=gettext_lazy("Cancel the selected follow-ups"), permissions=["change"]
    )
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[FollowUp]) -> None:
        """Call each off that is still planned."""
        chosen = list(queryset.values_list("pk", flat=True))
        done = sum(_cancel(pk, now=timezone.now()) for pk in chosen)
        if done:
            said = ngettext("%(count)d cancelled.", "%(count)d cancelled.", done)
            messages.success(request, said % {"count": done})
        if left := len(chosen) - done:
            said = ngettext(
                "%(count)d was not planned any more.", "%(count)d were not planned any more.", left
            )
            messages.warning(request, said % {"count": left})

    @admin.display(description=gettext_lazy("follow-up"))
    def what_and_lead(self, row: FollowUp) -> SafeString:
        """Who is to hear which one."""
        return badges.two_lines(row.conversation.lead, planned.what_text(row))

    @admin.display(description=gettext_lazy("what"))
    def what(self, row: FollowUp) -> str:
        """Which one."""
        return planned.what_text(row)

    @admin.display(description=gettext_lazy("lead"))
    def lead(self, row: FollowUp) -> str:
        """Who is to hear it."""
        return str(row.conversation.lead)

    @admin.display(description=gettext_lazy("due at"))
    def due(self, row: FollowUp) -> str:
        """When, for us."""
        return dates.exactly(row.due_at)

    @admin.display(description=gettext_lazy("lead's time"))
    def lead_due(self, row: FollowUp) -> str:
        """When, for the lead."""
        return planned.lead_time(row.due_at, row.conversation.lead) or NOTHING

    @admin.display(description=gettext_lazy("state"))
    def state_and_reason(self, row: FollowUp) -> SafeString:
        """State as a badge, with the reason under it."""
        badge, reason = planned.state_badge(row), planned.reason_text(row)
        return badges.two_lines(badge, reason) if reason else badge

    @admin.display(description=gettext_lazy("conversation"))
    def thread(self, row: FollowUp) -> SafeString:
        """Open the thread."""
        return badges.link(thread_url(row.conversation_id), _("Open the conversation"))

    @admin.display(description=gettext_lazy("planned at"))
    def created(self, row: FollowUp) -> str:
        """When it was planned."""
        return dates.exactly(row.created_at)

    @admin.display(description=gettext_lazy("ended at"))
    def ended(self, row: FollowUp) -> str:
        """When it was said, or called off."""
        return dates.exactly(row.ended_at) if row.ended_at else NOTHING


def _cancel(follow_up_id: UUID, *, now: datetime) -> bool:
    try:
        follow_ups.cancel(follow_up_id=follow_up_id, now=now)
    except follow_ups.FollowUpStateError:
        return False
    return True


def _midnight(days_from_now: int) -> datetime:
    """The beginning of a day in the viewer's zone, also where clocks change on it."""
    day = timezone.localtime() + days_from_now * DAY
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
