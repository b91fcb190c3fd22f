"""Gives Meta a file of ours, which a message then names by its id.

No message has left yet, so whatever goes wrong here is a definite "not sent".
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import IO

import requests

from integrations.conf import WhatsAppConf
from integrations.http import Session, never_left
from integrations.messaging import OutboundFile, SendError, SendVerdict
from integrations.whatsapp.errors import retry_after_seconds, send_error

# Once all is sent Meta looks into the file. With a stalled part before it and the sending of the
# message after it, this has to stay within the lease of whoever sends (settings.LEASE_SECONDS),
# who renews it with every part that is read and when the file is closed.
ANSWER_SECONDS = 15.0
TOTAL_SECONDS = 150.0
PART = 64 * 1024
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
    form = _Form(file, opened)
    try:
        return session.upload(
            f"{conf.api_url}/{conf.phone_number_id}/media",
            headers={
                "Authorization": f"Bearer {conf.access_token}",
                "Content-Type": f"multipart/form-data; boundary={form.boundary}",
            },
            body=form,
            answer=ANSWER_SECONDS,
            total=TOTAL_SECONDS,
        )
    except requests.RequestException as error:
        verdict = SendVerdict.NOT_SENT if never_left(error) else SendVerdict.RETRY
        reason = str(error)
    raise SendError(reason, verdict=verdict)


class _Form:
    """A form with one file, read from it part by part."""

    def __init__(self, file: OutboundFile, opened: IO[bytes]) -> None:
        self.boundary = secrets.token_hex(16)
        self._file, self._opened = file, opened
        fields = {"messaging_product": "whatsapp", "type": file.mime_type}
        head = "".join(
            f'--{self.boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        # Its real name goes with the message: here nothing of it can break out of a header.
        head += (
            f"--{self.boundary}\r\n"
            'Content-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {file.mime_type}\r\n\r\n"
        )
        self._head, self._end = head.encode(), f"\r\n--{self.boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self._file.size + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._file.size
        while left:
            part = self._opened.read(min(PART, left))
            if not part:
                raise OSError("the file is shorter than it was")
            left -= len(part)
            yield part
        yield self._end


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
