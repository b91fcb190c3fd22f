"""How Microsoft Graph speaks: errors, headers, preferences, times."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from integrations.outlook.payloads import zone

JSON_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;"
    "IEEE754Compatible=false;charset=utf-8"
)
PREFERRED_ZONE = re.compile(r'outlook\.timezone\s*=\s*"?([^",;]+)"?', re.IGNORECASE)
PREFERRED_SIZE = re.compile(r"odata\.maxpagesize\s*=\s*(\d{1,5})", re.IGNORECASE)
PAGE_SIZE = 10
LARGEST_PAGE = 1000


class WireError(Exception):
    """An answer with Graph's error shape."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}

    def response(self, request: HttpRequest, now: datetime) -> HttpResponse:
        """Write it down."""
        request_id = str(uuid4())
        inner = {
            "date": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": request.headers.get("client-request-id", request_id),
        }
        error = {"code": self.code, "message": str(self), "innerError": inner}
        response = answer({"error": error}, status=self.status)
        response["request-id"] = request_id
        for name, value in self.headers.items():
            response[name] = value
        return response


def answer(body: Mapping[str, Any] | None, *, status: int = 200) -> HttpResponse:
    """A JSON answer, or an empty one."""
    if body is None:
        return HttpResponse(status=status)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = HttpResponse(text, status=status, content_type=JSON_TYPE)
    response["OData-Version"] = "4.0"
    response["request-id"] = str(uuid4())
    return response


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The request's JSON object."""
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise WireError(400, "BadRequest", "Unable to read JSON request payload.")
    return body


def applied(request: HttpRequest, body: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A JSON answer that says which zone its times are in."""
    response = answer(body, status=status)
    if "outlook.timezone" in request.headers.get("Prefer", "").lower():
        response["Preference-Applied"] = f'outlook.timezone="{preferred_zone(request)}"'
    return response


def context(request: HttpRequest, fragment: str) -> str:
    """Where Graph describes what it answers."""
    root = request.build_absolute_uri(request.path).partition("/v1.0/")[0]
    return f"{root}/v1.0/$metadata{fragment}"


def page_size(request: HttpRequest) -> int:
    """Read $top, or the size that is preferred."""
    match = PREFERRED_SIZE.search(request.headers.get("Prefer", ""))
    wished = read_number(request, "$top", int(match[1]) if match else PAGE_SIZE)
    return min(wished, LARGEST_PAGE) or PAGE_SIZE


def preferred_zone(request: HttpRequest) -> str:
    """The zone that the client wants to read times in."""
    match = PREFERRED_ZONE.search(request.headers.get("Prefer", ""))
    name = match[1].strip() if match else "UTC"
    known_zone(name)
    return name


def known_zone(name: object) -> tzinfo:
    """A zone by its IANA or Windows name."""
    try:
        return zone(str(name))
    except ValueError:
        raise WireError(
            400, "TimeZoneNotSupportedException", "A valid TimeZone value must be specified."
        ) from None


def read_time(value: object) -> tuple[datetime, str]:
    """Read a dateTimeTimeZone: the instant, and the zone it was said in."""
    fields = value if isinstance(value, dict) else {}
    named = str(fields.get("timeZone") or "UTC")
    try:
        wall = datetime.fromisoformat(str(fields.get("dateTime")))
    except ValueError:
        raise WireError(
            400, "ErrorInvalidArgument", "The DateTime value is not a valid date."
        ) from None
    local = wall if wall.tzinfo else wall.replace(tzinfo=known_zone(named))
    return local.astimezone(UTC), named


def read_query_time(request: HttpRequest, name: str) -> datetime:
    """Read startDateTime or endDateTime."""
    try:
        instant = datetime.fromisoformat(request.GET[name])
    except (KeyError, ValueError):
        raise WireError(
            400, "ErrorInvalidParameter", f"This request requires a valid {name}."
        ) from None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def write_time(instant: datetime, zone_name: str) -> dict[str, str]:
    """Write a dateTimeTimeZone with Graph's seven digits."""
    return write_wall(instant.astimezone(known_zone(zone_name)), zone_name)


def write_wall(wall: datetime, zone_name: str) -> dict[str, str]:
    """Write a wall time as it stands."""
    return {"dateTime": f"{wall:%Y-%m-%dT%H:%M:%S}.{wall:%f}0", "timeZone": zone_name}


def write_instant(instant: datetime) -> str:
    """Write a DateTimeOffset."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def read_number(request: HttpRequest, name: str, default: int) -> int:
    """Read $top or $skip."""
    text = request.GET.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise WireError(400, "BadRequest", f"Invalid value '{text}' for {name} query option.")
    return int(text)
