"""`Idempotency-Key`: a client may send the same request again without doing it twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.models import Conversation, User
from conversations.models.ids import uuid7
from conversations.services import idempotency
from conversations.services.outbound_files import digest_of

LONGEST = 200
PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description=(
        "Chosen by the client, one per intention. The same request again gets the first answer"
        " with `Idempotent-Replayed: true`; another request under the same key is a 409."
    ),
)

# Gets an id that is the same whenever the same request is repeated.
Act = Callable[[UUID], Response]


def answer_once(request: Request, *, user: User, conversation: Conversation, act: Act) -> Response:
    """For work that is one transaction: the work and the key are stored together or not at all."""
    with transaction.atomic():
        return continue_once(request, user=user, conversation=conversation, act=act)


def continue_once(
    request: Request, *, user: User, conversation: Conversation, act: Act
) -> Response:
    """For work that spans calls to others: a repeated request continues it under the same id."""
    key = _key(request)
    if not key:
        return act(uuid7())
    reserved = idempotency.reserve(
        user=user,
        conversation=conversation,
        key=key,
        digest=_digest(request),
        now=timezone.now(),
    )
    if reserved.status is not None:
        return Response(
            reserved.body, status=reserved.status, headers={"Idempotent-Replayed": "true"}
        )
    response = act(reserved.pk)
    body = json.loads(JSONRenderer().render(response.data))
    idempotency.store(reserved=reserved, status=response.status_code, body=body)
    return response


def _key(request: Request) -> str:
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST or not key.isascii() or not (key.isprintable() or not key):
        raise ValidationError(
            {"Idempotency-Key": [_("At most 200 printable ASCII characters are wanted.")]}
        )
    return key


def _digest(request: Request) -> str:
    asked = [request.method, request.path, request.data]
    told = json.dumps(asked, sort_keys=True, default=_told)
    return hashlib.sha256(told.encode()).hexdigest()


def _told(value: object) -> list[str]:
    """What makes an upload the same as another one."""
    if not isinstance(value, UploadedFile):
        raise TypeError(type(value))
    return [value.name or "", digest_of(value)]
