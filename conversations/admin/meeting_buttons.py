"""What staff do with a meeting by one press: cancel it, say how it went, leave what is in its way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.admin.addresses import thread_url
from conversations.admin.base import staff_of
from conversations.admin.meeting_lines import conflict_text, when_text
from conversations.models import Meeting, MeetingState
from conversations.services import meeting_conflicts, meetings
from integrations import registry

PAGE = "admin:conversations_meeting_change"
# What the buttons say; the badge says the same.
OUTCOME_WORDS = {
    str(MeetingState.COMPLETED): MeetingState.COMPLETED.label,
    str(MeetingState.NO_SHOW): MeetingState.NO_SHOW.label,
}


def cancel(model_admin: Any, request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Cancel one meeting and go back to it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    cancel_each(model_admin, request, [changeable(model_admin, request, meeting_id)])
    return redirect(PAGE, meeting_id)


def cancel_each(model_admin: Any, request: HttpRequest, chosen: Iterable[Meeting]) -> None:
    """Cancel each; a calendar may take a second for one."""
    for meeting in chosen:
        ended = meetings.cancel(
            calendar=registry.calendar(),
            now=timezone.now(),
            by=staff_of(request),
            meeting_id=meeting.pk,
        )
        when = {"when": when_text(meeting)}
        if ended.status == meetings.BookingStatus.CANCELLED:
            model_admin.log_change(request, meeting, _("Cancelled"))
            messages.success(request, _("Cancelled: %(when)s.") % when)
        else:
            messages.warning(request, _("Nothing to cancel: %(when)s.") % when)


def outcome(model_admin: Any, request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Note how a meeting went and go back to it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    meeting = changeable(model_admin, request, meeting_id)
    chosen = request.POST.get("outcome", "")
    if chosen not in OUTCOME_WORDS:
        return HttpResponseBadRequest()
    try:
        meetings.note_outcome(
            meeting_id=meeting.pk, outcome=MeetingState(chosen), now=timezone.now()
        )
    except meetings.MeetingStateError:
        messages.warning(request, _("This cannot be said of this meeting (any more)."))
    else:
        noted = _("Noted: %(outcome)s.") % {"outcome": OUTCOME_WORDS[chosen]}
        model_admin.log_change(request, meeting, noted)
        messages.success(request, noted)
    return redirect(PAGE, meeting_id)


def keep(model_admin: Any, request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Leave the meeting and what is in its way; the history keeps who decided that."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    meeting = changeable(model_admin, request, meeting_id)
    was = conflict_text(meeting)
    if meeting_conflicts.keep_both(meeting_id=meeting.pk):
        model_admin.log_change(request, meeting, _("Left as it is. %(what)s") % {"what": was})
        messages.success(request, _("Both stay as they are."))
    else:
        messages.warning(request, _("Nothing is in the way any more."))
    if request.POST.get("back") == "thread":
        return redirect(thread_url(meeting.lead.conversation.pk))
    return redirect(PAGE, meeting_id)


def changeable(model_admin: Any, request: HttpRequest, meeting_id: UUID) -> Meeting:
    """The meeting, for who may change it."""
    meeting: Meeting = get_object_or_404(model_admin.get_queryset(request), pk=meeting_id)
    if not model_admin.has_change_permission(request, meeting):
        raise PermissionDenied
    return meeting
