"""What Meta's error codes mean: for the message, for whoever else writes, and for staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.messaging import SendError, SendScope, SendVerdict
from integrations.whatsapp.fields import error_number
from integrations.whatsapp.text import clean

WINDOW_CLOSED = 131047
AUTHENTICATION = (0, 190)
INVALID_PARAMETER = 100
# Meta's subcode of it for a path without an object: where we send to, our number's own id.
NO_SUCH_OBJECT = 33
MAX_RETRY_AFTER = 86_400.0


@dataclass(frozen=True)
class Meaning:
    """One row of the table in notes: verdict, scope, and what staff should do."""

    verdict: SendVerdict
    scope: SendScope
    explanation: Promise


def _retry(scope: SendScope, explanation: Promise) -> Meaning:
    return Meaning(SendVerdict.RETRY, scope, explanation)


def _failed(scope: SendScope, explanation: Promise) -> Meaning:
    return Meaning(SendVerdict.FAILED, scope, explanation)


TEMPORARY = _retry(
    SendScope.MESSAGE,
    _("WhatsApp had a temporary problem. It is tried again by itself; nothing to do."),
)
TOO_FAST = _retry(
    SendScope.NUMBER,
    _("This number sends too fast for WhatsApp. Sending slows down by itself; nothing to do."),
)
TOO_FAST_TO_PERSON = _retry(
    SendScope.CONVERSATION,
    _("Too many messages to this person in a short time. It is tried again by itself."),
)
SPAM = _retry(
    SendScope.ACCOUNT,
    _(
        "WhatsApp limits this number because people blocked or reported it. Automatic messages "
        "are paused: check the number's quality in WhatsApp Manager before sending again."
    ),
)
WINDOW = _failed(
    SendScope.MESSAGE,
    _(
        "More than 24 hours have passed since this person last wrote. WhatsApp accepts only an "
        "approved template now: send one, or call them."
    ),
)
UNDELIVERABLE = _failed(
    SendScope.MESSAGE,
    _(
        "WhatsApp cannot deliver to this number: it may not be on WhatsApp, or its app is too old. "
        "Check the number, or reach the person another way."
    ),
)
ENGAGEMENT = _failed(
    SendScope.MESSAGE,
    _(
        "WhatsApp held this message back to protect the person from too many messages. "
        "Wait at least 24 hours before you try again."
    ),
)
OPTED_OUT = _failed(
    SendScope.MESSAGE,
    _("This person switched off marketing messages from you. Do not send them any more."),
)
EXPERIMENT = _failed(
    SendScope.MESSAGE,
    _("WhatsApp did not deliver this because of one of its own experiments. Do not resend it."),
)
TOKEN = _retry(
    SendScope.ACCOUNT,
    _(
        "WhatsApp does not accept our access token. Sending is paused: create a new token in Meta "
        "Business settings, put it into WHATSAPP_ACCESS_TOKEN and restart."
    ),
)
ADDRESS = _retry(
    SendScope.ACCOUNT,
    _(
        "WhatsApp does not know the address that we send to. Sending is paused: check the version "
        "in WHATSAPP_API_URL, the id in WHATSAPP_PHONE_NUMBER_ID and that our access token may use "
        "that number, then restart."
    ),
)
PERMISSION = _failed(
    SendScope.ACCOUNT,
    _(
        "Our access token may not do this. Give it the whatsapp_business_messaging permission and "
        "access to this number in Meta Business settings."
    ),
)
RESTRICTED = _retry(
    SendScope.ACCOUNT,
    _(
        "Meta has restricted this WhatsApp account. Sending is paused: open Account quality in "
        "Meta Business settings and request a review."
    ),
)
RESTRICTED_COUNTRY = _failed(
    # Of this person's country only: pausing the number for it would silence everybody.
    SendScope.MESSAGE,
    _(
        "Meta does not let this account write to people in this country. Reach the person another "
        "way, and see Account quality in Meta Business settings."
    ),
)
PAYMENT = _retry(
    SendScope.ACCOUNT,
    _(
        "Meta cannot charge for messages. Sending is paused: add or correct the payment method in "
        "WhatsApp Manager."
    ),
)
NUMBER_SETUP = _failed(
    SendScope.ACCOUNT,
    _(
        "This WhatsApp number is not ready to send: its registration or display name is not "
        "finished. Complete it in WhatsApp Manager."
    ),
)
TEST_NUMBER = _failed(
    SendScope.MESSAGE,
    _(
        "This is a test number and may write only to listed recipients. Add the person under API "
        "setup in the Meta app, or use a real number."
    ),
)
BUG = _failed(
    SendScope.MESSAGE,
    _(
        "WhatsApp did not understand this message. It is not tried again: tell whoever maintains "
        "this system the error number."
    ),
)
MEDIA = _retry(
    SendScope.MESSAGE,
    _("WhatsApp could not transfer the file. It is tried again; else send it without the file."),
)
TEMPLATE = _failed(
    SendScope.MESSAGE,
    _(
        "The template is missing, paused or was sent with the wrong parameters. Check it in "
        "WhatsApp Manager, then choose it again."
    ),
)
NEEDS_PHONE = _failed(
    SendScope.MESSAGE,
    _(
        "This template cannot be sent to a person whose phone number we do not know. "
        'Ask them for it first: "Ask for it", beside the conversation.'
    ),
)
OTHER = _failed(
    SendScope.MESSAGE,
    _("WhatsApp refused this message. Look the error number up in Meta's documentation."),
)

MEANINGS: dict[int, Meaning] = {
    code: meaning
    for meaning, codes in (
        (TEMPORARY, (1, 2, 131000, 131016, 131057)),
        (TOO_FAST, (4, 80007, 130429)),
        (TOO_FAST_TO_PERSON, (131056,)),
        (SPAM, (131048, 131064)),
        (WINDOW, (WINDOW_CLOSED,)),
        (UNDELIVERABLE, (131026,)),
        (ENGAGEMENT, (131049,)),
        (OPTED_OUT, (131050,)),
        (EXPERIMENT, (130472,)),
        (TOKEN, AUTHENTICATION),
        (ADDRESS, (NO_SUCH_OBJECT, 2500)),
        (PERMISSION, (3, 10, *range(200, 300), 131005)),
        (RESTRICTED, (368, 131031)),
        (RESTRICTED_COUNTRY, (130497,)),
        (PAYMENT, (131042,)),
        (NUMBER_SETUP, (131037, 131045, *range(133000, 134000))),
        (TEST_NUMBER, (131030,)),
        (BUG, (INVALID_PARAMETER, 131008, 131009, 131021, 131051)),
        (MEDIA, (131052, 131053)),
        (TEMPLATE, (132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018)),
        (NEEDS_PHONE, (131062,)),
    )
    for code in codes
}


def explain(code: int | None) -> Promise:
    """Say in plain words what happened and what to do next."""
    return MEANINGS.get(code, OTHER).explanation if code is not None else OTHER.explanation


def is_final(code: int | None) -> bool:
    """Whether the same message would be refused again, however often it is sent."""
    return code is not None and MEANINGS.get(code) in (OPTED_OUT, EXPERIMENT, BUG)


def send_error(*, http_status: int, body: object, retry_after: float | None) -> SendError:
    """Read an answer that is not a success."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        return _by_meta(error, http_status, retry_after)
    return _by_status(http_status, retry_after)


def _by_meta(error: Mapping[str, Any], http_status: int, retry_after: float | None) -> SendError:
    code = error_number(error.get("code"))
    if code == INVALID_PARAMETER and error_number(error.get("error_subcode")) == NO_SUCH_OBJECT:
        code = NO_SUCH_OBJECT
    meaning = _meaning(code, http_status, transient=error.get("is_transient") is True)
    return SendError(
        f"WhatsApp error {code}: {_redacted(_details(error))}",
        verdict=meaning.verdict,
        scope=meaning.scope,
        code=code,
        retry_after=retry_after if meaning.verdict is SendVerdict.RETRY else None,
        closes_window=code == WINDOW_CLOSED,
    )


def _meaning(code: int | None, http_status: int, *, transient: bool) -> Meaning:
    if code is not None and code in MEANINGS:
        return MEANINGS[code]
    if http_status == 429:
        return TOO_FAST
    if transient or http_status >= 500:
        return TEMPORARY
    return TOKEN if http_status == 401 else OTHER


def _by_status(http_status: int, retry_after: float | None) -> SendError:
    """Somebody in between answered: 4xx is a definite no, all else may have gone through."""
    message = f"HTTP {http_status} without Meta's error body"
    if http_status == 429:
        return SendError(
            message,
            verdict=SendVerdict.RETRY,
            scope=SendScope.NUMBER,
            retry_after=retry_after,
        )
    definite = 400 <= http_status < 500 and http_status != 408
    return SendError(message, verdict=SendVerdict.RETRY if definite else SendVerdict.UNKNOWN)


def retry_after_seconds(header: str | None) -> float | None:
    """Read a Retry-After given in seconds; a date is not worth the clock it needs."""
    if header is None or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", header.strip()):
        return None
    return min(float(header), MAX_RETRY_AFTER)


def _details(error: Mapping[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, Mapping) else data
    text = details if isinstance(details, str) and details else error.get("message")
    return text if isinstance(text, str) else ""


def _redacted(text: str) -> str:
    """Meta quotes phone numbers and tokens back; this goes to logs."""
    text = re.sub(r"\S*@\S+|\+?\d[\d\s().-]{5,}\d|\S{20,}", "…", text)
    return clean(text, 300)
