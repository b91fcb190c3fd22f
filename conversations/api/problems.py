"""Errors as application/problem+json (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from integrations import logcontext


class DomainError(APIException):
    """A rule of the CRM said no. `code` is stable, the text is for people."""

    def __init__(self, detail: str, *, code: str, status_code: int = 409) -> None:
        super().__init__(detail, code)
        self.status_code = status_code


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answer with its body turned into a problem document."""
    response = drf_exception_handler(error, context)
    if response is None:
        return None
    api_error = error if isinstance(error, APIException) else None
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
    }
    response.content_type = "application/problem+json"
    return response


def _code(error: APIException | None) -> str:
    if isinstance(error, ValidationError):
        return "invalid"
    codes = error.get_codes() if error else "not_found"
    return codes if isinstance(codes, str) else "error"


def _detail(error: APIException | None, response: Response) -> str:
    if error and isinstance(error.detail, str):
        return str(error.detail)
    return response.status_text


def _pointers(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _pointers(value, f"{pointer}/{key}")
    elif isinstance(detail, list):
        for value in detail:
            yield from _pointers(value, pointer)
    elif isinstance(detail, ErrorDetail):
        yield {"pointer": pointer or "/", "code": str(detail.code), "detail": str(detail)}
