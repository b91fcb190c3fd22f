"""The buttons of a version: begin a draft from it, publish it, discard it, bring it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agent.admin.playbook_pages import EDIT, LIST, PAGE, may_edit, seen
from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.anatomy import SECTIONS
from conversations.admin.base import staff_of

LONGEST_NOTE = 200


def act(_model_admin: Any, request: HttpRequest, version_id: int, action: str) -> HttpResponse:
    """Do it, and say what happened."""
    if action not in ACTIONS:
        raise Http404
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not may_edit(request):
        raise PermissionDenied
    version = get_object_or_404(PlaybookVersion, pk=version_id)
    try:
        return ACTIONS[action](request, version)
    except store.HeldBackError as error:
        for reason in error.reasons:
            messages.error(request, reason)
    except store.StoreError as error:
        messages.error(request, str(error))
    typed = {"note": request.POST["note"][:LONGEST_NOTE]} if request.POST.get("note") else {}
    return redirect(f"{reverse(PAGE, args=[version.pk])}?{urlencode(typed)}")


def _begin(request: HttpRequest, version: PlaybookVersion) -> HttpResponse:
    draft = store.begin(based_on=version, by=staff_of(request), now=timezone.now())
    told = _("This is a draft: nothing changes for leads until it is published.")
    messages.success(request, told)
    return redirect(EDIT, SECTIONS[0].slug) if "edit" in request.POST else redirect(PAGE, draft.pk)


def _publish(request: HttpRequest, _version: PlaybookVersion) -> HttpResponse:
    over = request.POST.get("over", "")
    published = store.publish_draft(
        note=_note(request),
        by=staff_of(request),
        seen=seen(request),
        now=timezone.now(),
        over=int(over) if over.isdecimal() else None,
    )
    return _in_force(request, published)


def _restore(request: HttpRequest, version: PlaybookVersion) -> HttpResponse:
    published = store.roll_back(
        to=version, note=_note(request), by=staff_of(request), now=timezone.now()
    )
    return _in_force(request, published)


def _discard(request: HttpRequest, _version: PlaybookVersion) -> HttpResponse:
    store.discard(seen=seen(request))
    messages.success(request, _("The draft was discarded."))
    return redirect(LIST)


def _in_force(request: HttpRequest, version: PlaybookVersion) -> HttpResponse:
    told = _("Version %(n)s is in force for every answer from now on.")
    messages.success(request, told % {"n": version.number})
    return redirect(PAGE, version.pk)


def _note(request: HttpRequest) -> str:
    note = request.POST.get("note", "").strip()
    if not note:
        raise store.StoreError(_("Say in a few words what changed."))
    return note[:LONGEST_NOTE]


ACTIONS: Mapping[str, Callable[[HttpRequest, PlaybookVersion], HttpResponse]] = {
    "begin": _begin,
    "publish": _publish,
    "restore": _restore,
    "discard": _discard,
}
