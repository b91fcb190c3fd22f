"""Giving a meeting another time: the free ones of its host, or of a colleague."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import free_week
from conversations.admin.base import staff_of
from conversations.admin.meeting_buttons import PAGE, changeable
from conversations.admin.meeting_lines import when_text
from conversations.admin.regions import zone_text
from conversations.models import Meeting, Salesperson
from conversations.services import staff_moves
from conversations.services.meeting_results import BookingStatus
from integrations import registry

SLOT_ID_LENGTH = 500
REFUSED: Mapping[BookingStatus, Promise] = {
    BookingStatus.TAKEN: gettext_lazy("Somebody else has that time now. Choose another one."),
    BookingStatus.EXPIRED: gettext_lazy("That time can no longer be booked. Choose another one."),
    BookingStatus.HAS_MEETING: gettext_lazy("The lead has another meeting ahead: move that one."),
    BookingStatus.NO_MEETING: gettext_lazy("This meeting is not ahead any more."),
    BookingStatus.CANCELLED: gettext_lazy("The meeting was called off meanwhile."),
    BookingStatus.UNAVAILABLE: gettext_lazy("The calendar refused this time. Choose another one."),
}


def view(model_admin: Any, request: HttpRequest, meeting_id: UUID) -> HttpResponse:
    """Show what is free, and move the meeting to what is chosen."""
    meeting = changeable(model_admin, request, meeting_id)
    now = timezone.now()
    if not staff_moves.can_move(meeting, now=now):
        messages.warning(request, _("This meeting cannot be moved (any more)."))
        return redirect(PAGE, meeting_id)
    if request.method == "POST" and (answer := _move(model_admin, request, meeting, now)):
        return answer
    context = {
        **model_admin.admin_site.each_context(request),
        **_choices(request, meeting, now),
        "title": _("Another time for this meeting"),
        "opts": model_admin.opts,
        "meeting": meeting,
        "when": when_text(meeting),
    }
    return TemplateResponse(request, "admin/conversations/meeting/move.html", context)


def _move(
    model_admin: Any, request: HttpRequest, meeting: Meeting, now: datetime
) -> HttpResponse | None:
    """Where to go on; nowhere when the page is needed again, with the reason on it."""
    booked = staff_moves.move(
        meeting=meeting,
        slot_id=request.POST.get("slot", "")[:SLOT_ID_LENGTH],
        staff=staff_of(request),
        calendar=registry.calendar(),
        now=now,
    )
    if booked.status in REFUSED or booked.meeting is None:
        words = REFUSED.get(booked.status, REFUSED[BookingStatus.EXPIRED])
        messages.error(request, str(words))
        return None
    new = Meeting.objects.get(pk=booked.meeting.id)
    if booked.status == BookingStatus.CONFIRMED:
        model_admin.log_change(request, meeting, _("Moved to %(when)s") % {"when": when_text(new)})
        messages.success(request, _("Moved to %(when)s.") % {"when": when_text(new)})
    else:
        pending = _("The calendar has not answered yet: until it does, the old time stands.")
        messages.warning(request, pending)
    if not model_admin.get_queryset(request).filter(pk=new.pk).exists():
        # A lead that nobody owned is its host's now.
        return redirect("admin:conversations_meeting_changelist")
    return redirect(PAGE, new.pk)


def _choices(request: HttpRequest, meeting: Meeting, now: datetime) -> Mapping[str, Any]:
    """A week of a host's free times in the viewer's zone, each with the id that books it."""
    hosts = {host.pk: host for host in _hosts(meeting)}
    wanted = request.GET.get("host", "")
    host_id = int(wanted) if wanted.isdigit() and int(wanted) in hosts else meeting.salesperson_id
    choices = staff_moves.find_choices(
        meeting=meeting, host_id=host_id, calendar=registry.calendar(), now=now
    )
    zone = timezone.get_current_timezone()
    shown = free_week.load(request, choices.found, zone=zone, now=now, slot_ids=choices.slot_ids)
    return {
        **shown,
        "hosts": hosts.values(),
        "host": hosts[host_id],
        "zone": zone_text(timezone.get_current_timezone_name(), now=now),
        "lead_zone": zone_text(meeting.time_zone, now=now),
    }


def _hosts(meeting: Meeting) -> list[Salesperson]:
    """Its own first, then whoever takes meetings."""
    others = Salesperson.objects.filter(takes_meetings=True, user__is_active=True)
    others = others.exclude(pk=meeting.salesperson_id).select_related("user").order_by("id")
    return [meeting.salesperson, *others]
