"""The thread page: reading it, its live fragment, and its buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    JsonResponse,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations import downloads
from conversations.admin import composer, live, merging, phone_asking, thread
from conversations.admin.base import id_in, staff_of, wants_json
from conversations.admin.bubbles import Viewer
from conversations.admin.composer import ActionError
from conversations.models import Attachment, Conversation, Message
from conversations.services import (
    file_safety,
    handoff,
    leads,
    outbound,
    reopening,
    visibility,
)

PAGE = "admin:conversations_conversation_thread"
RUNS = "agent.view_agentrun"


def show(model_admin: Any, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Show the page. The unread mark stays: a GET changes nothing, the page posts `read`."""
    conversation = conversation_of(model_admin, request, conversation_id)
    if conversation.pk != conversation_id:
        return redirect(PAGE, conversation.pk)
    return _page(model_admin, request, conversation, draft="")


def fragment(model_admin: Any, request: HttpRequest, conversation_id: UUID) -> HttpResponseBase:
    """Give the moving parts of the page, or 304 while nothing moved."""
    conversation = conversation_of(model_admin, request, conversation_id)
    shown = thread.load(
        conversation=conversation,
        viewer=_viewer(model_admin, request),
        now=timezone.now(),
        proposal_url=merging.proposal_url(conversation.lead, staff_of(request)),
    )
    return live.part(request, "admin/conversations/thread/fragment.html", thread=shown)


def act(
    model_admin: Any, request: HttpRequest, conversation_id: UUID, action: str
) -> HttpResponseBase:
    """Press a button: one service call, then back to the page."""
    conversation = conversation_of(model_admin, request, conversation_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not model_admin.has_change_permission(request, conversation):
        raise PermissionDenied
    if action not in ACTIONS:
        raise Http404
    try:
        ACTIONS[action](request, conversation, timezone.now())
    except ActionError as error:
        return _refused(model_admin, request, conversation, str(error))
    if wants_json(request):
        return JsonResponse({"ok": True})
    return redirect(PAGE, conversation.pk)


def attachment(
    model_admin: Any, request: HttpRequest, conversation_id: UUID, attachment_id: UUID
) -> HttpResponseBase:
    """Hand out a lead's file: images and sounds for our pages, nothing that could act in them."""
    conversation_of(model_admin, request, conversation_id)
    row = get_object_or_404(
        Attachment,
        pk=attachment_id,
        message__conversation_id=conversation_id,
        state=Attachment.State.STORED,
    )
    shown = file_safety.is_image(row.mime_type)
    try:
        return downloads.file_response(request, row, inline=shown)
    except FileNotFoundError as error:
        raise Http404 from error


def conversation_of(model_admin: Any, request: HttpRequest, conversation_id: UUID) -> Conversation:
    """The conversation of an address, for who may see it."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    rows = visibility.visible_conversations(staff_of(request)).select_related("lead__owner")
    found = rows.filter(pk=conversation_id).first()
    # A page that was open while its lead was merged goes on in the other lead's conversation.
    kept = Conversation.objects.filter(pk=conversation_id).values("lead__merged_into")
    return found or get_object_or_404(rows, lead__in=kept)


def _page(
    model_admin: Any, request: HttpRequest, conversation: Conversation, *, draft: str
) -> HttpResponse:
    before = request.GET.get("before", "")
    shown = thread.load(
        conversation=conversation,
        viewer=_viewer(model_admin, request),
        now=timezone.now(),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        proposal_url=merging.proposal_url(conversation.lead, staff_of(request)),
    )
    context = {
        **model_admin.admin_site.each_context(request),
        "title": shown.title,
        "opts": model_admin.opts,
        "thread": shown,
        "draft": draft,
        "can_change": model_admin.has_change_permission(request, conversation),
    }
    return TemplateResponse(request, "admin/conversations/thread/page.html", context)


def _viewer(model_admin: Any, request: HttpRequest) -> Viewer:
    return Viewer(
        can_change=model_admin.has_change_permission(request),
        can_see_runs=request.user.has_perm(RUNS),
    )


def _refused(
    model_admin: Any, request: HttpRequest, conversation: Conversation, reason: str
) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"ok": False, "error": reason}, status=409)
    messages.error(request, reason)
    # The page, not a redirect: what was typed must survive.
    return _page(model_admin, request, conversation, draft=request.POST.get("text", ""))


def _read(_request: HttpRequest, conversation: Conversation, _now: datetime) -> None:
    leads.mark_read(conversation_id=conversation.pk)


def _take_over(request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    handoff.take_over(conversation_id=conversation.pk, staff=staff_of(request), now=now)


def _give_back(_request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    handoff.release(conversation_id=conversation.pk, now=now)


def _reopen(request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    try:
        reopening.reopen(conversation_id=conversation.pk, staff=staff_of(request), now=now)
    except reopening.NotAskedError as error:
        raise ActionError(
            _("Not possible: they have not written since they asked us not to write.")
        ) from error


def _retry(request: HttpRequest, conversation: Conversation, _now: datetime) -> None:
    message_id = _message_id(request, conversation)
    try:
        outbound.retry_message(message_id=message_id, staff=staff_of(request))
    except outbound.MessageStateError as error:
        raise ActionError(_("This message cannot be sent again: its state changed.")) from error


def _discard(request: HttpRequest, conversation: Conversation, _now: datetime) -> None:
    message_id = _message_id(request, conversation)
    try:
        outbound.discard_message(message_id=message_id, staff=staff_of(request))
    except outbound.MessageStateError as error:
        raise ActionError(_("This message cannot be discarded: its state changed.")) from error


def _message_id(request: HttpRequest, conversation: Conversation) -> UUID:
    """The message of this conversation that the form names."""
    wanted = id_in(request.POST.get("message"))
    return get_object_or_404(Message, pk=wanted, conversation=conversation).pk


ACTIONS: Mapping[str, Callable[[HttpRequest, Conversation, datetime], None]] = {
    "read": _read,
    "send": composer.send,
    "ask-number": phone_asking.ask,
    "take-over": _take_over,
    "give-back": _give_back,
    "reopen": _reopen,
    "retry": _retry,
    "discard": _discard,
}
