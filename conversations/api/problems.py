"""Errors as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotFound,
    ParseError,
    ValidationError,
)
from rest_framework.exceptions import PermissionDenied as ApiPermissionDenied
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from conversations.services.facts import ProposalDecidedError
from conversations.services.idempotency import KeyReusedError
from conversations.services.lead_edits import StaleLeadError
from conversations.services.merging import (
    AlreadyMergedError,
    BothHaveMeetingsError,
    NotTheNewestError,
)
from conversations.services.outbound import (
    EmptyMessageError,
    MessageStateError,
    OptedOutError,
    WindowClosedError,
)
from conversations.services.outbound_files import CaptionOnSoundError
from conversations.services.sendable import FileNameError, FileTooLargeError, FileTypeError
from conversations.services.template_messages import MarketingOptedOutError, TemplateNotReadyError
from integrations import logcontext

CONTENT_TYPE = "application/problem+json"


class DomainError(APIException):
    """A rule of the CRM said no. `code` is stable, the text is for people."""

    def __init__(
        self,
        detail: str | Promise,
        *,
        code: str,
        status_code: int = 409,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(str(detail), code)
        self.status_code = status_code
        self.extra = extra or {}


# What the services raise: status, code, text.
SERVICE_ERRORS: Mapping[type[Exception], tuple[int, str, Promise]] = {
    WindowClosedError: (
        409,
        "window_closed",
        _("The 24-hour window is closed: send a template, or wait until the lead writes."),
    ),
    OptedOutError: (409, "opted_out", _("This person asked us not to write.")),
    ProposalDecidedError: (
        409,
        "already_decided",
        _("This is settled already: somebody decided, or the lead said something else."),
    ),
    EmptyMessageError: (400, "empty", _("There is nothing to send.")),
    CaptionOnSoundError: (
        400,
        "caption_on_sound",
        _("WhatsApp shows no text with a sound. Send the text as a message of its own."),
    ),
    FileTypeError: (
        415,
        "file_type",
        _(
            "WhatsApp does not take this file. It takes JPEG and PNG, MP4 and 3GP, MP3, AAC, M4A,"
            " AMR and OGG (Opus), PDF, Word, Excel, PowerPoint and plain text."
        ),
    ),
    FileNameError: (
        415,
        "file_name",
        _("The name of the file says another type than what is in it."),
    ),
    FileTooLargeError: (
        413,
        "file_too_large",
        _(
            "WhatsApp takes pictures up to 5 MB, sound and video up to 16 MB and documents up to"
            " 100 MB."
        ),
    ),
    RequestDataTooBig: (413, "file_too_large", _("The request is larger than any file may be.")),
    TemplateNotReadyError: (
        409,
        "template_not_ready",
        _("WhatsApp does not let this template out now, or it needs a file or a form."),
    ),
    MarketingOptedOutError: (
        409,
        "marketing_opted_out",
        _("This person switched marketing messages off."),
    ),
    AlreadyMergedError: (409, "already_merged", _("One of the two was merged already.")),
    BothHaveMeetingsError: (
        409,
        "both_have_meetings",
        _("Both have a meeting ahead: cancel one of them first."),
    ),
    NotTheNewestError: (409, "not_the_newest", _("Undo the later merge first.")),
    MessageStateError: (
        409,
        "message_state",
        _("The state of the message does not allow this any more."),
    ),
    StaleLeadError: (
        412,
        "stale",
        _("The lead changed since it was read. Read it again, then change it."),
    ),
    KeyReusedError: (
        409,
        "idempotency_key_reused",
        _("This Idempotency-Key was used for another request."),
    ),
}


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answer with its body turned into a problem document."""
    api_error = _as_api_error(error)
    response = drf_exception_handler(api_error, context) if api_error else None
    if response is None or api_error is None:
        return None
    response.data = {
        "type": "about:blank",
        "title": response.status_text,
        "status": response.status_code,
        "code": _code(api_error),
        "detail": _detail(api_error, response),
        "errors": list(_pointers(api_error.detail))
        if isinstance(api_error, ValidationError)
        else [],
        "request_id": logcontext.current().get("request_id", ""),
        **(api_error.extra if isinstance(api_error, DomainError) else {}),
    }
    response.content_type = CONTENT_TYPE
    return response


def _as_api_error(error: Exception) -> APIException | None:
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return ApiPermissionDenied()
    if type(error) in SERVICE_ERRORS:
        status, code, text = SERVICE_ERRORS[type(error)]
        extra = {"limit": error.limit} if isinstance(error, FileTooLargeError) else {}
        return DomainError(text, code=code, status_code=status, extra=extra)
    if isinstance(error, SuspiciousOperation):
        return ParseError()
    return error if isinstance(error, APIException) else None


def _code(error: APIException) -> str:
    if isinstance(error, ValidationError):
        return "invalid"
    codes = error.get_codes()
    return codes if isinstance(codes, str) else "error"


def _detail(error: APIException, response: Response) -> str:
    if isinstance(error.detail, str):
        return str(error.detail)
    return next((each["detail"] for each in _pointers(error.detail)), response.status_text)


def _pointers(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _pointers(value, f"{pointer}/{key}")
    elif isinstance(detail, list):
        for value in detail:
            yield from _pointers(value, pointer)
    elif isinstance(detail, ErrorDetail):
        yield {"pointer": pointer or "/", "code": str(detail.code), "detail": str(detail)}
