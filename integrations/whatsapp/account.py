"""What Meta tells of the account and the number that every colleague has to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from integrations.messaging import AccountNotice, AccountTrouble, SendScope
from integrations.whatsapp import events
from integrations.whatsapp.errors import MEANINGS
from integrations.whatsapp.fields import error_number, objects, one_object
from integrations.whatsapp.text import clean

# Meta does not always say when trouble is over: what is not repeated stops being shown.
STANDS = timedelta(days=7)
STANDS_ERROR = timedelta(hours=12)
DETAIL = 250

Raw = Mapping[str, Any]
Notices = Iterator[AccountNotice]


def notices(field: str, value: Raw, *, at: datetime) -> Notices:
    """Read a field of the account. `at` is when it happened."""
    read = FIELDS.get(field)
    if read:
        yield from read(value, at)


def error_notices(errors: tuple[dict[str, Any], ...], *, at: datetime) -> Notices:
    """Errors that hold for the whole account, whatever message they came with."""
    for error in errors:
        code = error_number(error.get("code"))
        meaning = MEANINGS.get(code) if code is not None else None
        if meaning and meaning.scope is SendScope.ACCOUNT:
            title = _words(error.get("title") or error.get("message"))
            yield AccountNotice(AccountTrouble.ERROR, at + STANDS_ERROR, title, code)


def _update(value: Raw, at: datetime) -> Notices:
    event = value.get("event")
    read = EVENTS.get(event) if isinstance(event, str) else None
    if read:
        yield from read(value, at)


def _ban(value: Raw, at: datetime) -> Notices:
    info = one_object(value.get("ban_info"))
    state, date = info.get("waba_ban_state"), _words(info.get("waba_ban_date"))
    if state == "REINSTATE":
        yield AccountNotice(AccountTrouble.BANNED, None)
        yield AccountNotice(AccountTrouble.BAN_SOON, None)
    elif state == "SCHEDULE_FOR_DISABLE":
        yield AccountNotice(AccountTrouble.BAN_SOON, at + STANDS, date)
    else:
        yield AccountNotice(AccountTrouble.BANNED, at + STANDS, date)


def _restriction(value: Raw, at: datetime) -> Notices:
    restrictions = objects(value.get("restriction_info"))
    ends = [_ending(each.get("expiration"), at) for each in restrictions]
    kinds = ", ".join(_words(each.get("restriction_type")) for each in restrictions)
    yield AccountNotice(
        AccountTrouble.RESTRICTED, max(ends, default=at + STANDS), clean(kinds, DETAIL)
    )


def _ending(stamp: object, at: datetime) -> datetime:
    """When a restriction ends; one in the past, as in Meta's own example, is shown as usual."""
    end = events.moment(stamp, at + timedelta(days=365))
    return end if at < end < at + timedelta(days=365) else at + STANDS


def _violation(value: Raw, at: datetime) -> Notices:
    kind = _words(one_object(value.get("violation_info")).get("violation_type"))
    yield AccountNotice(AccountTrouble.VIOLATION, at + STANDS, kind)


def _gone(value: Raw, at: datetime) -> Notices:
    yield AccountNotice(AccountTrouble.GONE, at + STANDS, _words(value.get("event")))


def _back(_value: Raw, _at: datetime) -> Notices:
    yield AccountNotice(AccountTrouble.GONE, None)


def _alert(value: Raw, at: datetime) -> Notices:
    """Payment, limits and the like; `alert_info` is newer than the plain keys."""
    info = one_object(value.get("alert_info")) or value
    status = _words(info.get("alert_status")).upper()
    said = (_words(info.get(key)) for key in ("alert_type", "alert_description"))
    if status in {"RESOLVED", "INACTIVE", "NONE"}:
        yield AccountNotice(AccountTrouble.ALERT, None)
    elif _words(info.get("alert_severity")).upper() != "INFORMATIONAL":
        detail = clean(": ".join(filter(None, said)), DETAIL)
        yield AccountNotice(AccountTrouble.ALERT, at + STANDS, detail)


def _quality(value: Raw, at: datetime) -> Notices:
    if value.get("event") == "FLAGGED":
        limit = _words(value.get("current_limit"))
        yield AccountNotice(AccountTrouble.FLAGGED, at + STANDS, limit)
    elif value.get("event") == "UNFLAGGED":
        yield AccountNotice(AccountTrouble.FLAGGED, None)


def _words(value: object) -> str:
    return clean(value, DETAIL) if isinstance(value, str) else ""


FIELDS: Mapping[str, Callable[[Raw, datetime], Notices]] = {
    "account_update": _update,
    "account_alerts": _alert,
    "phone_number_quality_update": _quality,
}
EVENTS: Mapping[str, Callable[[Raw, datetime], Notices]] = {
    "DISABLED_UPDATE": _ban,
    "ACCOUNT_RESTRICTION": _restriction,
    "ACCOUNT_VIOLATION": _violation,
    "ACCOUNT_DELETED": _gone,
    "ACCOUNT_OFFBOARDED": _gone,
    "PARTNER_REMOVED": _gone,
    "PARTNER_APP_UNINSTALLED": _gone,
    "ACCOUNT_RECONNECTED": _back,
    "PARTNER_ADDED": _back,
    "PARTNER_APP_INSTALLED": _back,
}
