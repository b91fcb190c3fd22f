"""The HTTP edge of the calendar page: every act is a form, and works without JavaScript."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from integrations import conf
from integrations.models import SimulatedMailbox
from integrations.simulator.calendar import week
from integrations.simulator.calendar.forms import EventForm, MoveForm
from integrations.simulator.graph import owner
from integrations.simulator.graph.wire import WireError


@require_GET
@never_cache
def page(request: HttpRequest, *, mailbox_id: int | None = None) -> HttpResponse:
    """Show a week of one mailbox."""
    mailboxes = list(SimulatedMailbox.objects.order_by("pk"))
    if mailbox_id is None and mailboxes:
        return redirect("simulator:calendar:page", mailbox_id=mailboxes[0].pk)
    mailbox = get_object_or_404(SimulatedMailbox, pk=mailbox_id) if mailboxes else None
    context: dict[str, Any] = {
        "mailboxes": mailboxes,
        "mailbox": mailbox,
        "languages": settings.LANGUAGES,
        "language": translation.get_language(),
        "statuses": EventForm.base_fields["show_as"].choices,  # type: ignore[attr-defined]
        "is_used": conf.calendar_kind() == "outlook",
    }
    if mailbox is not None:
        context |= _week(request, mailbox, timezone.now())
    return render(request, "simulator/calendar.html", context)


@require_POST
def create(request: HttpRequest, *, mailbox_id: int) -> HttpResponse:
    """Put an event of their own into the calendar."""
    mailbox = get_object_or_404(SimulatedMailbox, pk=mailbox_id)
    form = EventForm(request.POST)
    if not form.is_valid():
        return _refused(request, mailbox, form)
    owner.add(
        mailbox=mailbox,
        subject=form.cleaned_data["subject"],
        showAs=form.cleaned_data["show_as"],
        now=timezone.now(),
        **form.span(week.zone_of(mailbox)),
    )
    return _done(request, mailbox, _("Added to the calendar."), form.cleaned_data["starts"].date())


@require_POST
def move(request: HttpRequest, *, mailbox_id: int, event_id: str) -> HttpResponse:
    """Move an event, as its owner does by dragging it."""
    mailbox = get_object_or_404(SimulatedMailbox, pk=mailbox_id)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _refused(request, mailbox, form)
    span = form.span(week.zone_of(mailbox))
    try:
        owner.move(mailbox=mailbox, event_id=event_id, now=timezone.now(), **span)
    except WireError:
        return _gone(request, mailbox)
    return _done(request, mailbox, _("Moved."), form.cleaned_data["starts"].date())


@require_POST
def cancel(request: HttpRequest, *, mailbox_id: int, event_id: str) -> HttpResponse:
    """Take an event out of the calendar."""
    mailbox = get_object_or_404(SimulatedMailbox, pk=mailbox_id)
    try:
        owner.remove(mailbox=mailbox, event_id=event_id, now=timezone.now())
    except WireError:
        return _gone(request, mailbox)
    return _done(request, mailbox, _("Cancelled."), None)


def _week(request: HttpRequest, mailbox: SimulatedMailbox, now: datetime) -> dict[str, Any]:
    zone = week.zone_of(mailbox)
    today = now.astimezone(zone).date()
    monday = week.monday_of(_date(request.GET.get("week", "")) or today)
    return {
        "days": week.days_of(mailbox, monday, now=now),
        "monday": monday,
        "before": monday - week.WEEK,
        "after": monday + week.WEEK,
        "this_week": week.monday_of(today),
        "now": now.astimezone(zone),
    }


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 < found.year < 2100 else None


def _refused(request: HttpRequest, mailbox: SimulatedMailbox, form: Form) -> HttpResponse:
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    return _back(request, mailbox, None)


def _gone(request: HttpRequest, mailbox: SimulatedMailbox) -> HttpResponse:
    messages.error(request, _("This event is no longer there."))
    return _back(request, mailbox, None)


def _done(
    request: HttpRequest, mailbox: SimulatedMailbox, said: str, day: date | None
) -> HttpResponse:
    messages.success(request, said)
    return _back(request, mailbox, day)


def _back(request: HttpRequest, mailbox: SimulatedMailbox, day: date | None) -> HttpResponse:
    shown = day or _date(request.POST.get("week", ""))
    address = reverse("simulator:calendar:page", kwargs={"mailbox_id": mailbox.pk})
    return redirect(f"{address}?week={shown.isoformat()}" if shown else address)
