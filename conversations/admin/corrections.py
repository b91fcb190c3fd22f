"""Correcting what we know of a lead: one question, one field, and a score that follows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import labels
from conversations.admin.base import staff_of
from conversations.models import Fact, Lead, User

PAGE = "admin:conversations_lead_change"


class CorrectionForm(forms.Form):
    """The answer to one question, and whether the agent may change it."""

    lock = forms.BooleanField(
        required=False, label=gettext_lazy("Lock it: the agent only proposes another answer")
    )

    def __init__(self, question: labels.QuestionField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        question.field.label = question.label
        self.fields["value"] = question.field


def correct(model_admin: Any, request: HttpRequest, lead_id: UUID, key: str) -> HttpResponse:
    """Ask for the right answer and store it."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    staff = staff_of(request)
    lead = get_object_or_404(model_admin.get_queryset(request), pk=lead_id)
    fact = Fact.objects.filter(lead=lead, key=key, superseded_at=None).first()
    question = labels.desk().question(key, current=fact.value if fact else None)
    if question is None:
        raise Http404
    form = CorrectionForm(
        question,
        data=request.POST if request.method == "POST" else None,
        initial={"lock": fact is not None and fact.locked_at is not None},
    )
    if form.is_valid() and _store(form, lead, key, staff):
        messages.success(request, _("%(question)s is now: %(answer)s.") % _told(lead, key))
        return redirect(PAGE, lead.pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.label,
        "opts": model_admin.opts,
        "lead": lead,
        "fact": fact,
        "form": form,
    }
    return TemplateResponse(request, "admin/conversations/lead/correct.html", context)


def _store(form: CorrectionForm, lead: Lead, key: str, staff: User) -> bool:
    given = form.cleaned_data
    try:
        labels.desk().correct(
            lead_id=lead.pk,
            key=key,
            value=given["value"],
            staff=staff,
            now=timezone.now(),
            lock=given["lock"],
        )
    except labels.MisfitError:
        form.add_error("value", _("This answer does not fit the question."))
        return False
    return True


def _told(lead: Lead, key: str) -> dict[str, str]:
    names = labels.desk().labels()
    fact = Fact.objects.get(lead=lead, key=key, superseded_at=None)
    return {
        "question": labels.fact_name(key, names),
        "answer": labels.fact_value(key, fact.value, names),
    }
