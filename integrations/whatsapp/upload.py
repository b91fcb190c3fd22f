"""Gives Meta a file of ours, which a message then names by its id.

No message has left yet, so whatever goes wrong here is a definite "not sent".
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import IO

import requests

from integrations.conf import WhatsAppConf
from integrations.forms import FileForm
from integrations.http import Session, never_left
from integrations.messaging import OutboundFile, SendError, SendVerdict
from integrations.whatsapp.errors import retry_after_seconds, send_error

# Once all is sent Meta looks into the file. With a stalled part before it and the sending of the
# message after it, this has to stay within the lease of whoever sends (settings.LEASE_SECONDS),
# who renews it with every part that is read and when the file is closed.
ANSWER_SECONDS = 15.0
TOTAL_SECONDS = 150.0
MEDIA_ID = re.compile(r"[0-9]{1,64}")


def upload(file: OutboundFile, *, conf: WhatsAppConf, session: Session) -> str:
    """Return the id that Meta gave the file; raises SendError, never with verdict UNKNOWN."""
    try:
        opened = file.open()
    except FileNotFoundError:
        opened = None
    except OSError as error:
        raise _not_sent(f"the file cannot be read: {type(error).__name__}") from error
    if opened is None:
        raise SendError("the file is no longer there", verdict=SendVerdict.FAILED)
    with closing(opened):
        response = _post(file, opened, conf, session)
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if response.status_code // 100 != 2:
        raise _definite(response, answer)
    found = answer.get("id") if isinstance(answer, dict) else None
    if not isinstance(found, str) or not MEDIA_ID.fullmatch(found):
        raise _not_sent("the answer holds no id of the file")
    return found


def _post(
    file: OutboundFile, opened: IO[bytes], conf: WhatsAppConf, session: Session
) -> requests.Response:
    form = FileForm(
        opened,
        size=file.size,
        # Its real name goes with the message: here nothing of it can break out of a header.
        filename="file",
        mime_type=file.mime_type,
        fields={"messaging_product": "whatsapp", "type": file.mime_type},
    )
    try:
        return session.upload(
            f"{conf.api_url}/{conf.phone_number_id}/media",
            headers={
                "Authorization": f"Bearer {conf.access_token}",
                "Content-Type": form.content_type,
            },
            body=form,
            answer=ANSWER_SECONDS,
            total=TOTAL_SECONDS,
        )
    except requests.RequestException as error:
        verdict = SendVerdict.NOT_SENT if never_left(error) else SendVerdict.RETRY
        reason = str(error)
    raise SendError(reason, verdict=verdict)


def _definite(response: requests.Response, answer: object) -> SendError:
    error = send_error(
        http_status=response.status_code,
        body=answer,
        retry_after=retry_after_seconds(response.headers.get("Retry-After")),
    )
    if error.verdict is SendVerdict.UNKNOWN:
        error.verdict = SendVerdict.RETRY
    return error


def _not_sent(reason: str) -> SendError:
    return SendError(reason, verdict=SendVerdict.RETRY)
