"""Sending a template from the thread: choose one, fill it in, look at it, send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.admin import costs, template_words, thread_views
from conversations.admin.base import id_in, staff_of
from conversations.admin.composer import REFUSALS
from conversations.models import Conversation, Lead, MessageTemplate
from conversations.services import outbound, template_messages, template_texts
from conversations.services.template_messages import (
    MarketingOptedOutError,
    TemplateNotReadyError,
    TemplateValuesError,
)
from conversations.services.template_texts import Preview

PAGE = "admin:conversations_conversation_template"
FIELD = "value:"
# Nobody looks through more; a search narrows it.
SHOWN = 200


@dataclass(frozen=True)
class Field:
    """One variable of the chosen template."""

    name: str
    label: str
    value: str
    sample: str
    problem: str


@dataclass(frozen=True)
class Choice:
    """One template to choose."""

    id: str
    name: str
    language: str
    category: str
    words: str


@dataclass(frozen=True)
class Form:
    """The chosen template with its fields."""

    template: MessageTemplate
    fields: tuple[Field, ...]
    shown: Preview
    language: str
    category: str


def pick(model_admin: Any, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Show the choice or the form; POST with `step=send` sends, any other looks again."""
    conversation = thread_views.conversation_of(model_admin, request, conversation_id)
    if not model_admin.has_change_permission(request, conversation):
        raise PermissionDenied
    if conversation.pk != conversation_id:
        return redirect(PAGE, conversation.pk)
    chosen = _chosen(request)
    if chosen and request.POST.get("step") == "send" and _send(request, conversation, chosen):
        return redirect(thread_views.PAGE, conversation.pk)
    lead = conversation.lead
    words = request.GET.get("q", "").strip()[:100]
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Send a template"),
        "opts": model_admin.opts,
        "conversation": conversation,
        "opted_out": lead.opted_out_at is not None,
        "no_marketing": lead.marketing_opted_out_at is not None,
        "words": words,
        "form": _form(request, chosen, lead) if chosen else None,
        "choices": () if chosen else _choices(lead, conversation.language, words),
    }
    return TemplateResponse(request, "admin/conversations/thread/template.html", context)


def _chosen(request: HttpRequest) -> MessageTemplate | None:
    given = request.POST.get("template") or request.GET.get("template") or ""
    wanted = id_in(given)
    return get_object_or_404(MessageTemplate, pk=wanted) if wanted else None


def _send(request: HttpRequest, conversation: Conversation, template: MessageTemplate) -> bool:
    try:
        template_messages.queue_template(
            conversation_id=conversation.pk,
            staff=staff_of(request),
            template_id=template.pk,
            values=_given(request, template),
            now=timezone.now(),
        )
    except TemplateValuesError:
        messages.error(request, _("Not sent: correct what is marked below."))
    except TemplateNotReadyError:
        messages.error(request, _("Not sent: WhatsApp does not let this template out now."))
    except MarketingOptedOutError:
        messages.error(request, _("Not sent: this person switched marketing messages off."))
    except outbound.OptedOutError as error:
        messages.error(request, REFUSALS[type(error)](error))
    else:
        return True
    return False


def _form(request: HttpRequest, template: MessageTemplate, lead: Lead) -> Form:
    """As it was posted, or with what we know of the lead."""
    posted = request.method == "POST"
    prefilled = template_texts.prefilled(template, lead=lead)
    values = _given(request, template) if posted else prefilled
    problems = template_texts.check(template, values) if posted else {}
    fields = [
        Field(
            name=f"{FIELD}{each.key}",
            label=template_words.label_of(each),
            value=values.get(each.key, ""),
            sample=each.sample,
            problem=str(problems[each.key].label) if each.key in problems else "",
        )
        for each in template_texts.variables_of(template)
    ]
    return Form(
        template=template,
        fields=tuple(fields),
        shown=template_texts.preview(template, template_texts.filled(template, values)),
        language=template_words.language_text(template.language),
        category=costs.category_label(template.category),
    )


def _given(request: HttpRequest, template: MessageTemplate) -> Mapping[str, str]:
    variables = template_texts.variables_of(template)
    return {each.key: request.POST.get(f"{FIELD}{each.key}", "") for each in variables}


def _choices(lead: Lead, language: str, words: str) -> tuple[Choice, ...]:
    """What may be sent to this lead, their language first. One query."""
    rows = template_messages.allowed_for(lead)
    ready = [row for row in rows.order_by("name", "language") if template_messages.is_ready(row)]
    theirs = lead.language or language
    ready.sort(key=lambda row: not row.language.startswith(theirs or row.language))
    choices = (
        Choice(
            id=str(row.pk),
            name=row.name,
            language=template_words.language_text(row.language),
            category=costs.category_label(row.category),
            words=template_words.in_one_line(template_texts.preview(row, {})),
        )
        for row in ready
    )
    wanted = words.casefold()
    found = (each for each in choices if wanted in f"{each.name} {each.words}".casefold())
    return tuple(each for each, _place in zip(found, range(SHOWN), strict=False))
