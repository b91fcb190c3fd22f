"""Takes a valid message: stores it, shows it on the phone, schedules its statuses."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator import phones
from integrations.simulator.business import DISPLAY_PHONE_NUMBER, new_wamid
from integrations.simulator.chaos import Draw
from integrations.simulator.cloud import rules, statuses
from integrations.simulator.cloud.errors import GraphError
from integrations.simulator.cloud.validation import BSUID, SendRequest

TYPING = timedelta(seconds=25)


def accept(request: SendRequest, *, draw: Draw, now: datetime) -> dict[str, Any]:
    """Store the message and answer with its id."""
    rules.check_media(request)
    if BSUID.fullmatch(request.to):
        # Meta answers 200 here and nothing ever arrives.
        return _answer(_store(request, phone=None, now=now), {"input": request.to})
    with transaction.atomic():
        phone = _locked(_recipient(request, draw=draw, now=now))
        if not phone.adopted:
            rules.check(request, phone=phone, chaos=draw.chaos, now=now)
        message = _store(request, phone=phone, now=now)
        phone.typing_until = None
        phone.save(update_fields=["typing_until"])
        statuses.schedule(message, phone=phone, draw=draw, now=now)
    if request.to:
        return _answer(message, {"input": request.to, "wa_id": phone.wa_id})
    return _answer(message, {"input": request.recipient, "user_id": phone.user_id})


def mark_read(*, wamid: str, typing: bool, now: datetime) -> None:
    """Turn the ticks of this and all earlier messages of the phone blue."""
    message = SimulatedMessage.objects.filter(wamid=wamid, from_business=False).first()
    if message is None or message.phone_id is None:
        raise GraphError(131009, "message_id is not the id of a message to this number")
    with transaction.atomic():
        revision = phones.next_revision(message.phone_id)
        SimulatedMessage.objects.filter(
            phone_id=message.phone_id, from_business=False, pk__lte=message.pk
        ).exclude(status=SimulatedMessage.Status.READ).update(
            status=SimulatedMessage.Status.READ, revision=revision
        )
        if typing:
            SimulatedPhone.objects.filter(pk=message.phone_id).update(typing_until=now + TYPING)


def _recipient(request: SendRequest, *, draw: Draw, now: datetime) -> SimulatedPhone:
    wa_id = re.sub(r"[+\s()-]", "", request.to)
    if wa_id and not wa_id.isdecimal():
        raise GraphError(100, "The parameter to is not a phone number.")
    if wa_id == DISPLAY_PHONE_NUMBER:
        raise GraphError(131021, "Recipient cannot be sender")
    user_id = None if wa_id else request.recipient
    phone = phones.find(wa_id=wa_id, user_id=user_id)
    if phone is None and draw.chaos.adopt_unknown:
        phone = phones.adopt(wa_id=wa_id or None, user_id=user_id, now=now)
    if phone is None:
        raise GraphError(131026, "Message undeliverable: no such recipient in the simulator")
    return phone


def _locked(phone: SimulatedPhone) -> SimulatedPhone:
    return SimulatedPhone.objects.select_for_update().get(pk=phone.pk)


def _store(
    request: SendRequest, *, phone: SimulatedPhone | None, now: datetime
) -> SimulatedMessage:
    status = SimulatedMessage.Status
    revision = phones.next_revision(phone.pk) if phone else 0
    if request.type == "reaction":
        target = SimulatedMessage.objects.filter(phone=phone, wamid=request.content["message_id"])
        target.update(revision=revision)
    return SimulatedMessage.objects.create(
        wamid=new_wamid(),
        phone=phone,
        from_business=True,
        type=request.type,
        content=request.content,
        context_wamid=request.context_wamid,
        callback_data=request.callback_data,
        addressed_to=request.to or request.recipient,
        status=status.SENT if phone else status.DROPPED,
        revision=revision,
        occurred_at=now,
    )


def _answer(message: SimulatedMessage, contact: dict[str, Any]) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": message.wamid}],
    }
