"""Notices of hand-offs: whom we told outside of here, and what could not be told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges
from conversations.admin.addresses import thread_url
from conversations.admin.base import NOTHING, Page, ReadOnlyAdmin, sees_all
from conversations.models import Notice, User
from conversations.services import notices
from conversations.services.visibility import Role, role_of

PAGE = "admin:conversations_notice_change"
TONES = {
    Notice.State.WAITING: "amber",
    Notice.State.SENT: "green",
    Notice.State.FAILED: "red",
    Notice.State.DROPPED: "grey",
}


def failures_for(user: User) -> int:
    """How many of leads that still wait were never told, for who sees them."""
    return notices.failed_count() if role_of(user) is Role.MANAGER else 0


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin[Notice]):
    """Every notice with its state; one that failed can be tried again."""

    list_display = ("lead_and_time", "way", "told", "state_shown", "attempts", "problem_shown")
    list_filter = ("state", "way")
    list_select_related = ("conversation__lead", "user")
    ordering = ("-created_at", "-id")
    fields = (
        "lead_shown",
        "way",
        "told",
        "state_shown",
        "happened_at",
        "attempts",
        "problem_shown",
        "sent_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """With the lead, whose name each row shows."""
        rows = super().get_queryset(request).select_related("conversation__lead", "user")
        return rows.order_by(*self.ordering)

    def pages(self) -> list[Page]:
        """The button."""
        return [("<uuid:notice_id>/retry/", self.retry_view, "retry")]

    def has_view_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        """They name leads of all colleagues: for managers."""
        return sees_all(request)

    def page_context(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        """Named by the lead, and whether it can be tried again."""
        lead = row.conversation.lead
        return {"title": lead, "subtitle": "", "can_retry": row.state == Notice.State.FAILED}

    def retry_view(self, request: HttpRequest, notice_id: UUID) -> HttpResponse:
        """Try one that failed anew."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not Notice.objects.filter(pk=notice_id).exists():
            raise Http404
        try:
            notices.retry(notice_id=notice_id, now=timezone.now())
        except notices.NoticeStateError:
            messages.error(request, _("Only a notice that failed can be tried again."))
        else:
            messages.success(request, _("It is tried again."))
        return redirect(PAGE, notice_id)

    @admin.display(description=gettext_lazy("hand-off"))
    def lead_and_time(self, row: Notice) -> SafeString:
        """Who waits, and since when."""
        ago = badges.moment(row.happened_at, now=timezone.now())
        return badges.two_lines(row.conversation.lead, ago)

    @admin.display(description=gettext_lazy("lead"))
    def lead_shown(self, row: Notice) -> SafeString:
        """Linked to the thread."""
        return badges.link(thread_url(row.conversation_id), row.conversation.lead)

    @admin.display(description=gettext_lazy("to"))
    def told(self, row: Notice) -> str:
        """The colleague, or nobody in particular."""
        return badges.name_of(row.user) or NOTHING

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, row: Notice) -> SafeString:
        """State as a badge."""
        return badges.badge(row.get_state_display(), TONES[Notice.State(row.state)])

    @admin.display(description=gettext_lazy("problem"))
    def problem_shown(self, row: Notice) -> str:
        """What the other side answered, in technical words."""
        return row.problem or NOTHING
