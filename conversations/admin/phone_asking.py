"""The button that asks a lead for the phone number that WhatsApp does not show us."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from conversations.admin.base import staff_of
from conversations.admin.composer import REFUSALS, ActionError
from conversations.models import Conversation
from conversations.services import outbound, phone_requests


def ask(request: HttpRequest, conversation: Conversation, now: datetime) -> None:
    """Queue the request, or say why not."""
    try:
        phone_requests.ask(conversation_id=conversation.pk, staff=staff_of(request), now=now)
    except phone_requests.PhoneKnownError as error:
        raise ActionError(_("Not sent: we know this person's number already.")) from error
    except phone_requests.AlreadyAskedError as error:
        raise ActionError(_("Not sent: they were asked for it within the last day.")) from error
    except (outbound.WindowClosedError, outbound.OptedOutError) as error:
        raise ActionError(REFUSALS[type(error)](error)) from error
