"""The HTTP edge of the phone page."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import chaos, conditions, dispatcher, media, phones
from integrations.simulator.business import VERIFIED_NAME
from integrations.simulator.cloud import statuses
from integrations.simulator.phone import acts, ads, drafts, inbound, presenting

SCRIPTS = [f"simulator/{name}.js" for name in ("base", "bubbles", "thread", "sheet", "phone")]
LANGUAGES = {code for code, _name in settings.LANGUAGES}


@require_GET
@ensure_csrf_cookie
@never_cache
def page(request: HttpRequest, *, phone_id: int | None = None) -> HttpResponse:
    """Show one phone; `?lang=` chooses the language and is remembered."""
    language = request.GET.get("lang", "")
    if language in LANGUAGES:
        response = redirect(request.path)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax")
        return response
    phones.seed(now=timezone.now())
    chosen = SimulatedPhone.objects.order_by("pk")
    phone = get_object_or_404(chosen, pk=phone_id) if phone_id else chosen.first()
    context = {
        "phone": phone,
        "handle": presenting.handle(phone) if phone else "",
        "chats": presenting.chats(),
        "condition": conditions.of(phone) if phone else None,
        "scripts": SCRIPTS,
        "ads": ads.all_ads(),
        "business": VERIFIED_NAME,
        "languages": settings.LANGUAGES,
        "language": translation.get_language(),
    }
    return render(request, "simulator/phone.html", context)


@require_GET
@never_cache
def feed(request: HttpRequest, *, phone_id: int) -> HttpResponse:
    """Give what changed since the page last asked."""
    phone = get_object_or_404(SimulatedPhone, pk=phone_id)
    after = request.GET.get("after", "0")
    if not after.isdecimal() or len(after) > 18:
        return JsonResponse({"error": "after"}, status=400)
    found = presenting.feed(phone, after=int(after), now=timezone.now())
    if any(message["status"] == SimulatedMessage.Status.SENT for message in found["messages"]):
        # What a killed server process left behind is taken up again.
        dispatcher.wake()
    return JsonResponse(found)


@require_POST
def text(request: HttpRequest, *, phone_id: int) -> HttpResponse:
    """Write a message."""
    phone = get_object_or_404(SimulatedPhone, pk=phone_id)
    ad = ads.find(request.POST.get("ad", ""))
    return _answer(
        lambda: inbound.send_text(
            phone=phone,
            text=_lines(request.POST.get("text", "")),
            client_id=_client_id(request),
            now=timezone.now(),
            referral=ad.referral() if ad else None,
            reply_to=request.POST.get("reply_to", ""),
        )
    )


@require_POST
def tap(request: HttpRequest, *, phone_id: int) -> HttpResponse:
    """Tap a button or a list row."""
    phone = get_object_or_404(SimulatedPhone, pk=phone_id)
    return _answer(
        lambda: inbound.tap(
            phone=phone,
            wamid=request.POST.get("wamid", ""),
            option_id=request.POST.get("option", ""),
            client_id=_client_id(request),
            now=timezone.now(),
        )
    )


@require_POST
def send_file(request: HttpRequest, *, phone_id: int) -> HttpResponse:
    """Send a file."""
    phone = get_object_or_404(SimulatedPhone, pk=phone_id)
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        return JsonResponse({"error": "file"}, status=400)
    return _answer(
        lambda: inbound.send_file(
            phone=phone,
            upload=upload,
            caption=request.POST.get("caption", ""),
            client_id=_client_id(request),
            now=timezone.now(),
            sticker=request.POST.get("sticker") == "1",
        )
    )


@csrf_exempt
@require_POST
def do(request: HttpRequest, *, phone_id: int) -> HttpResponse:
    """Do anything else that a person can do; the content type keeps other web pages out."""
    phone = get_object_or_404(SimulatedPhone, pk=phone_id)
    if request.content_type != "application/json":
        return JsonResponse({"error": "send application/json"}, status=415)
    try:
        message = acts.perform(json.loads(request.body), phone=phone, now=timezone.now())
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    shown = presenting.message_of(message) if message else None
    return JsonResponse({"message": shown}, status=201)


@require_POST
def seen(_request: HttpRequest, *, phone_id: int) -> HttpResponse:
    """Say that somebody looks at the chat."""
    phone = get_object_or_404(SimulatedPhone, pk=phone_id)
    count = statuses.mark_seen(phone, draw=chaos.draw(sends=False), now=timezone.now())
    return JsonResponse({"read": count})


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Make another phone."""
    values = {name: request.POST.get(name, "") for name in ("name", "number", "username")}
    try:
        phone = phones.create(**values, now=timezone.now())
    except phones.PhoneError as error:
        return JsonResponse({"error": str(error)}, status=400)
    url = reverse("simulator:phone:page", kwargs={"phone_id": phone.pk})
    return JsonResponse({"id": phone.pk, "url": url}, status=201)


@require_GET
def file(_request: HttpRequest, *, media_id: str) -> HttpResponse:
    """Show a file to the page."""
    held = media.find(media_id)
    if held is None:
        raise Http404
    return media.serve(held)


def _answer(action: Callable[[], SimulatedMessage]) -> HttpResponse:
    try:
        message = action()
    except drafts.ActionError as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"message": presenting.message_of(message)}, status=201)


def _client_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("client_id", ""))
    except ValueError as error:
        raise drafts.ActionError("client_id") from error


def _lines(text: str) -> str:
    """Undo what form encoding does to line ends."""
    return text.replace("\r\n", "\n")
