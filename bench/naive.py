"""The webhook as one writes it first: parsed by hand, get_or_create per object, save."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from procrastinate.contrib.django import app

from conversations.models import Conversation, Identity, Lead, Message
from conversations.queue import ANSWER
from integrations.models import WebhookDelivery
from integrations.whatsapp import webhook


@csrf_exempt
@transaction.atomic
def store(request: HttpRequest) -> HttpResponse:
    """Store one POST, one object after the other."""
    signature = request.headers.get("X-Hub-Signature-256", "")
    webhook.require_signature(request.body, signature, settings.WHATSAPP_APP_SECRETS)
    now = timezone.now()
    WebhookDelivery.objects.create(
        body=request.body, state="processed", counts={"messages": 1}, received_at=now
    )
    value = json.loads(request.body)["entry"][0]["changes"][0]["value"]
    conversation = _conversation(value["contacts"][0], now)
    raw = value["messages"][0]
    _message, created = Message.objects.get_or_create(
        provider_message_id=raw["id"],
        defaults={
            "conversation": conversation,
            "direction": "inbound",
            "author": "lead",
            "text": raw["text"]["body"],
            "state": "received",
            "occurred_at": datetime.fromtimestamp(int(raw["timestamp"]), UTC),
            "created_at": now,
        },
    )
    if created:
        _note(conversation, raw["text"]["body"], now)
        due = conversation.answer_due_at
        app.configure_task(ANSWER, schedule_at=due).defer(conversation_id=str(conversation.pk))
    return HttpResponse("ok")


def _conversation(contact: dict[str, str], now: datetime) -> Conversation:
    bsuid, phone = contact["user_id"], f"+{contact['wa_id']}"
    identity = Identity.objects.filter(kind="bsuid", value=bsuid).first()
    if identity is None:
        lead = Lead.objects.create(phone_number=phone, created_at=now)
        for kind, value in (("bsuid", bsuid), ("phone", phone)):
            Identity.objects.get_or_create(
                kind=kind,
                value=value,
                defaults={"lead": lead, "address": value, "created_at": now},
            )
    else:
        lead = identity.lead
    conversation, _created = Conversation.objects.get_or_create(
        lead=lead, defaults={"last_message_at": now, "created_at": now}
    )
    return conversation


def _note(conversation: Conversation, text: str, now: datetime) -> None:
    conversation.last_inbound_at = conversation.last_message_at = now
    conversation.window_expires_at = now + timedelta(hours=24)
    conversation.last_message_text = text
    conversation.unread_count += 1
    conversation.answer_pending_since = conversation.answer_pending_since or now
    conversation.answer_due_at = now + timedelta(seconds=3)
    conversation.save()


urlpatterns = [path("webhook", store)]
