"""Templates that leave, a colleague's or planned ones: all that does while the window is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from conversations.models import Author, Lead, Message, MessageTemplate, User
from conversations.services import outbound, template_texts
from conversations.services.template_texts import ValueProblem
from integrations.messaging import MessageKind, TemplateUse

MARKETING = "marketing"
# WhatsApp's own code for a template that is paused.
NOT_APPROVED = 132015
PARTS = ("header", "body", "names", "header_names")


class TemplateNotReadyError(Exception):
    """WhatsApp does not let this template out now, or it needs something that we cannot give."""


class MarketingOptedOutError(Exception):
    """The lead switched marketing messages off, and the template is one."""


class TemplateValuesError(Exception):
    """Some values cannot be sent: `problems` says which, by the key of their variable."""

    def __init__(self, problems: Mapping[str, ValueProblem]) -> None:
        super().__init__(", ".join(f"{key}: {problem}" for key, problem in problems.items()))
        self.problems = problems


def is_ready(template: MessageTemplate) -> bool:
    """Whether it may be sent by us."""
    approved = template.status == MessageTemplate.Status.APPROVED
    return approved and not template_texts.shape_of(template).obstacle


def allowed_for(lead: Lead) -> QuerySet[MessageTemplate]:
    """Those that are approved and that this lead has not switched off."""
    rows = MessageTemplate.objects.filter(status=MessageTemplate.Status.APPROVED)
    return rows.exclude(category=MARKETING) if lead.marketing_opted_out_at else rows


@transaction.atomic
def queue_template(
    *,
    conversation_id: UUID,
    staff: User,
    template_id: UUID,
    values: Mapping[str, str],
    now: datetime,
) -> Message:
    """Queue a template with its variables filled; the agent steps back at once.

    Raises TemplateNotReadyError, TemplateValuesError, OptedOutError or MarketingOptedOutError.
    """
    conversation = outbound.admit_staff(
        conversation_id=conversation_id, staff=staff, now=now, needs_window=False
    )
    template = MessageTemplate.objects.filter(id=template_id).first()
    if template is None or not is_ready(template):
        raise TemplateNotReadyError
    if template.category == MARKETING and conversation.lead.marketing_opted_out_at:
        raise MarketingOptedOutError
    draft = _draft(template, values)
    return outbound.queue_one(
        conversation,
        author=Author.STAFF,
        staff=staff,
        text=draft.text,
        now=now,
        kind=draft.kind,
        content=draft.content,
    )


def prepare(
    *, name: str, language: str, lead: Lead, others: Mapping[int, Sequence[str]]
) -> outbound.Draft:
    """Fill a template that nobody looks at: the lead's name, and `others` by how many are wanted.

    Raises TemplateNotReadyError, TemplateValuesError or MarketingOptedOutError.
    """
    rows = MessageTemplate.objects.filter(name=name).order_by("language")
    spoken = (row for row in rows if row.language.partition("_")[0].lower() == language)
    template = next(filter(is_ready, spoken), None)
    if template is None:
        raise TemplateNotReadyError
    if template.category == MARKETING and lead.marketing_opted_out_at:
        raise MarketingOptedOutError
    places = [each.key for each in template_texts.variables_of(template) if not each.is_name]
    values = dict(zip(places, others.get(len(places), ()), strict=False))
    return _draft(template, values | template_texts.prefilled(template, lead=lead))


def _draft(template: MessageTemplate, values: Mapping[str, str]) -> outbound.Draft:
    if problems := template_texts.check(template, values):
        raise TemplateValuesError(problems)
    ready = template_texts.filled(template, values)
    shown = template_texts.preview(template, ready)
    content = {
        "template": asdict(template_texts.use_of(template, ready)),
        "options": [{"id": "", "title": title} for title in shown.buttons],
    }
    return outbound.Draft(shown.text, MessageKind.TEMPLATE, content)


def use_in(content: Mapping[str, Any]) -> TemplateUse | None:
    """What a stored message says of its template; raises ValueError or TypeError if damaged."""
    stored = content.get("template")
    if stored is None:
        return None
    try:
        return TemplateUse(
            name=stored["name"],
            language=stored["language"],
            buttons=tuple((int(index), str(value)) for index, value in stored["buttons"]),
            **{part: tuple(map(str, stored[part])) for part in PARTS},
        )
    except KeyError as error:
        raise ValueError(str(error)) from None


def is_withdrawn(message: Message) -> bool:
    """Whether WhatsApp stopped approving a template since it was queued. One query."""
    return not _template_of(message).filter(status=MessageTemplate.Status.APPROVED).exists()


def is_unwanted(message: Message, lead: Lead) -> bool:
    """Whether it is marketing to somebody who wants none: either may be so since it was queued."""
    if not lead.marketing_opted_out_at:
        return False
    return _template_of(message).filter(category=MARKETING).exists()


def _template_of(message: Message) -> QuerySet[MessageTemplate]:
    stored = message.content.get("template")
    known = stored if isinstance(stored, dict) else {}
    return MessageTemplate.objects.filter(
        name=str(known.get("name")), language=str(known.get("language"))
    )
