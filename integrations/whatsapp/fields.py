"""Fields of Meta's: ids strict, everything else forgiving. What is wrong becomes empty."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    BeforeValidator,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from integrations.whatsapp.text import clean

MEDIA_HOSTS = frozenset({"lookaside.fbsbx.com"})
MEDIA_DOMAINS = (".fbcdn.net", ".whatsapp.net")
HOST = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,8}")
TEXT = 65_536

# Ids are matched and sent back: one that had to be cut or cleaned would be another's.
ID = re.compile(r"[!-~]{1,255}")
PERSON = re.compile(r"[!-~]{1,160}")
PHONE = re.compile(r"\+?([1-9][0-9]{4,17})")

T = TypeVar("T")


def stored(limit: int) -> BeforeValidator:
    """A string that may be stored; anything else is empty."""
    return BeforeValidator(lambda value: clean(value, limit) if isinstance(value, str) else "")


def matching(pattern: re.Pattern[str]) -> Callable[[object], str | None]:
    """A whole string of that form, else None."""

    def match(value: object) -> str | None:
        return value if isinstance(value, str) and pattern.fullmatch(value) else None

    return match


def phone_digits(value: object) -> str | None:
    """The provider's spelling without a plus; a bare number is taken as well."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    found = PHONE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def media_url(value: object) -> str:
    """An address that our token may be sent to, else ""."""
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]{1,2000}", value) or "\\" in value:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    # Nothing beside the host, and nothing in it that another reader might cut it at.
    host = parts.netloc.lower().removesuffix(":443")
    ours = host in MEDIA_HOSTS or host.endswith(MEDIA_DOMAINS)
    return value if parts.scheme == "https" and ours and HOST.fullmatch(host) else ""


def web_url(value: object) -> str:
    """An address that staff may be shown as a link, else ""."""
    if not isinstance(value, str) or not value.lower().startswith(("https://", "http://")):
        return ""
    return clean(value, 2000)


def error_number(value: object) -> int | None:
    """Meta's error code, which may come as a string."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    return None


def _soft(value: object, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def objects(value: object) -> list[dict[str, Any]]:
    """The objects of a list; a single one may come without its list."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def one_object(value: object) -> dict[str, Any]:
    """It, or an empty one."""
    return value if isinstance(value, dict) else {}


Text = Annotated[str, stored(TEXT)]
Short = Annotated[str, stored(500)]
Word = Annotated[str, stored(64)]
MessageId = Annotated[str, StringConstraints(strict=True, pattern=r"^[!-~]{1,255}\z")]
MessageRef = Annotated[str | None, BeforeValidator(matching(ID))]
PersonId = Annotated[str | None, BeforeValidator(matching(PERSON))]
Phone = Annotated[str | None, BeforeValidator(phone_digits)]
Code = Annotated[int | None, BeforeValidator(error_number)]
Raw = Annotated[dict[str, Any], BeforeValidator(one_object)]
Raws = Annotated[list[dict[str, Any]], BeforeValidator(objects)]
Soft = Annotated[T | None, WrapValidator(_soft)]
MediaId = Annotated[str | None, BeforeValidator(matching(re.compile(r"[0-9]{1,100}")))]
