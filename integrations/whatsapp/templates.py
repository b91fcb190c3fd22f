"""The templates of the WhatsApp Business Account: listed, read, and what webhooks say of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlsplit

import requests
from pydantic import Field

from integrations.conf import WhatsAppConf
from integrations.messaging import (
    TemplateChange,
    TemplateInfo,
    TemplateSourceError,
    TemplateStatus,
)
from integrations.whatsapp import payloads
from integrations.whatsapp.fields import Raw, Short, Soft, Word, error_number, stored
from integrations.whatsapp.payloads import Payload
from integrations.whatsapp.text import clean, clean_json

FIELDS = (
    "id,name,language,status,category,components,parameter_format,quality_score,rejected_reason"
)
PAGE = 100
# Meta allows an account 6,000 templates.
MOST_PAGES = 100

STATUSES: Mapping[str, TemplateStatus] = {
    "APPROVED": TemplateStatus.APPROVED,
    # Told that people block it, but it may still be sent.
    "FLAGGED": TemplateStatus.APPROVED,
    "REINSTATED": TemplateStatus.APPROVED,
    "UNLOCKED": TemplateStatus.APPROVED,
    "UNARCHIVED": TemplateStatus.APPROVED,
    "PENDING": TemplateStatus.PENDING,
    "IN_APPEAL": TemplateStatus.PENDING,
    "REJECTED": TemplateStatus.REJECTED,
    "PAUSED": TemplateStatus.PAUSED,
    "DISABLED": TemplateStatus.DISABLED,
    "DELETED": TemplateStatus.DELETED,
    "PENDING_DELETION": TemplateStatus.DELETED,
}
TemplateId = Annotated[str, stored(64)]
Name = Annotated[str, stored(512)]
Language = Annotated[str, stored(15)]
Category = Annotated[str, stored(40)]


class Quality(Payload):
    """quality_score"""

    score: Annotated[str, stored(20)] = ""


class Template(Payload):
    """One element of the list."""

    id: TemplateId = ""
    name: Name = ""
    language: Language = ""
    status: Word = ""
    category: Category = ""
    components: Any = None
    parameter_format: Word = ""
    quality_score: Soft[Quality] = None
    rejected_reason: Short = ""


class Page(Payload):
    """One page of the list."""

    data: list[Template]
    paging: Raw = {}


class Update(Payload):
    """What the three kinds of webhook about a template hold."""

    message_template_id: Any = None
    name: Name = Field(default="", alias="message_template_name")
    language: Language = Field(default="", alias="message_template_language")
    category: Category = Field(default="", alias="message_template_category")
    event: Word = ""
    reason: Short = ""
    other_info: Raw = {}
    rejection_info: Raw = {}
    new_category: Category = ""
    new_quality_score: Annotated[str, stored(20)] = ""


class WhatsAppTemplates:
    """The TemplateSource of one WhatsApp Business Account."""

    def __init__(self, conf: WhatsAppConf, session: requests.Session) -> None:
        self._conf = conf
        self._session = session

    def templates(self) -> Sequence[TemplateInfo]:
        """Give all templates of the account, page by page."""
        if not self._conf.business_account_id:
            raise TemplateSourceError("WHATSAPP_BUSINESS_ACCOUNT_ID is not set.")
        found: dict[tuple[str, str], TemplateInfo] = {}
        for template in self._all():
            if template.name and template.language:
                found.setdefault((template.name, template.language), _info(template))
        return tuple(found.values())

    def _all(self) -> Iterator[Template]:
        url = f"{self._conf.api_url}/{self._conf.business_account_id}/message_templates"
        params: dict[str, str] | None = {"fields": FIELDS, "limit": str(PAGE)}
        for _page in range(MOST_PAGES):
            page = self._page(url, params)
            yield from page.data
            following = page.paging.get("next")
            if not following:
                return
            url, params = self._ours(following), None
        raise TemplateSourceError("WhatsApp's list of templates does not end.")

    def _ours(self, url: object) -> str:
        """The next page carries our token: only to where the first one went."""
        api = urlsplit(self._conf.api_url)
        if isinstance(url, str) and re.fullmatch(r"[!-~]{1,4000}", url) and "\\" not in url:
            try:
                parts = urlsplit(url)
            except ValueError:
                parts = urlsplit("")
            if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
                return url
        raise TemplateSourceError("WhatsApp's list of templates goes on at another address.")

    def _page(self, url: str, params: Mapping[str, str] | None) -> Page:
        headers = {"Authorization": f"Bearer {self._conf.access_token}"}
        try:
            answer = self._session.get(url, params=params, headers=headers)
        except requests.RequestException as error:
            raise TemplateSourceError(f"WhatsApp could not be reached ({error}).") from None
        try:
            body = answer.json()
        except (ValueError, RecursionError):
            body = None
        if answer.status_code != 200:
            raise TemplateSourceError(_refusal(answer.status_code, body))
        page = payloads.soft(Page, body)
        if page is None:
            raise TemplateSourceError("WhatsApp's list of templates cannot be read.")
        return page


def _refusal(status: int, body: object) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    code = error_number(error.get("code")) if isinstance(error, dict) else None
    if code in {0, 190}:
        return "WhatsApp does not accept our access token (WHATSAPP_ACCESS_TOKEN)."
    if code in {10, 100, 200, 803}:
        return (
            "WhatsApp does not show us this account: check WHATSAPP_BUSINESS_ACCOUNT_ID, and that "
            "the token has the whatsapp_business_management permission."
        )
    return f"WhatsApp refused to list the templates (HTTP {status}, code {code})."


def _info(template: Template) -> TemplateInfo:
    components = template.components if isinstance(template.components, list) else []
    quality = template.quality_score.score if template.quality_score else ""
    return TemplateInfo(
        name=template.name,
        language=template.language,
        status=STATUSES.get(template.status.upper(), TemplateStatus.OTHER),
        provider_template_id=template.id,
        category=template.category.lower(),
        quality=_said(quality).lower(),
        reason=_said(template.rejected_reason),
        components=clean_json(components),
        named_parameters=template.parameter_format.upper() == "NAMED",
    )


def changes(field: str, value: Mapping[str, Any]) -> Iterator[TemplateChange]:
    """Read one of the webhooks about templates; nothing of any other, or one that names none."""
    read = CHANGES.get(field)
    update = payloads.soft(Update, value) if read else None
    if read and update and update.name and update.language:
        yield read(update)


def _status(update: Update) -> TemplateChange:
    details = (
        update.rejection_info.get("reason"),
        update.other_info.get("description"),
        update.reason,
    )
    said = (_said(detail) for detail in details if isinstance(detail, str))
    return _change(
        update,
        status=STATUSES.get(update.event.upper(), TemplateStatus.OTHER),
        category=update.category.lower(),
        reason=clean(next(filter(None, said), ""), 500),
    )


def _category(update: Update) -> TemplateChange:
    return _change(update, category=update.new_category.lower())


def _quality(update: Update) -> TemplateChange:
    return _change(update, quality=_said(update.new_quality_score).lower())


def _change(update: Update, **said: Any) -> TemplateChange:
    known = update.message_template_id
    id_ = str(known) if isinstance(known, str | int) and not isinstance(known, bool) else ""
    return TemplateChange(update.name, update.language, clean(id_, 64), **said)


def _said(word: str) -> str:
    """Meta's words for nothing are nothing."""
    return "" if word.upper() in {"NONE", "UNKNOWN"} else word


CHANGES: Mapping[str, Callable[[Update], TemplateChange]] = {
    "message_template_status_update": _status,
    "template_category_update": _category,
    "message_template_quality_update": _quality,
}
