"""Making a case and saying what must hold in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from agent.admin.replay_case_forms import CaseForm, Rows, row_of
from agent.models import ReplayCase
from agent.playbook import store
from agent.playbook.schema import Playbook, parse_playbook
from agent.replay import cases
from agent.replay.expectations import Expectation, Kind, parse
from conversations.admin import labels
from conversations.admin.addresses import lead_url, thread_url
from conversations.admin.base import id_in, sees_all, staff_of
from conversations.models import Conversation, Fact, HandoffReason, Message

LIST = "admin:agent_replaycase_changelist"
PAGE = "admin:agent_replaycase_change"


def may_change(request: HttpRequest) -> bool:
    """Whether this person may say what must hold."""
    return sees_all(request) and bool(request.user.has_perm("agent.change_replaycase"))


def make(model_admin: Any, request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """A conversation becomes a case; `?message=` says how far it is played."""
    if not may_change(request):
        raise PermissionDenied
    row = get_object_or_404(Conversation.objects.select_related("lead"), pk=conversation_id)
    form = _Sheet(request, title=str(row.lead), wanted=_usual(row))
    if form.is_valid():
        try:
            cases.make(
                conversation_id=row.pk,
                title=form.title,
                wanted=form.wanted(),
                by=staff_of(request),
                now=timezone.now(),
                until=_until(request, row),
            )
        except cases.NothingSaidError:
            messages.error(request, _("The lead has written nothing that could be played."))
        else:
            messages.success(request, _("It is a case now: every draft has to get it right."))
            return redirect(LIST)
    return _page(model_admin, request, form, _("Make it a case"), row)


def change(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """Edit a case."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    case = model_admin.get_object(request, object_id)
    if case is None:
        return redirect(LIST)
    form = _Sheet(
        request, title=case.title, wanted=parse(case.expectations), is_active=case.is_active
    )
    if request.method == "POST" and not may_change(request):
        raise PermissionDenied
    if form.is_valid():
        cases.change(
            case_id=case.pk, title=form.title, wanted=form.wanted(), is_active=form.is_active
        )
        messages.success(
            request, _("Saved. Drafts that were replayed before have to be replayed again.")
        )
        return redirect(LIST)
    row = Conversation.objects.select_related("lead").filter(pk=case.conversation_id).first()
    return _page(model_admin, request, form, case.title, row)


def make_of_correction(_model_admin: Any, request: HttpRequest, fact_id: UUID) -> HttpResponse:
    """One click: the agent has to understand by itself what a colleague put right."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not may_change(request):
        raise PermissionDenied
    fact = get_object_or_404(Fact.objects.select_related("lead"), pk=fact_id, staff__isnull=False)
    question = labels.fact_name(fact.key, labels.desk().labels())
    try:
        case = cases.make_of_correction(
            fact=fact,
            title=f"{question} · {fact.lead}",
            by=staff_of(request),
            now=timezone.now(),
        )
    except cases.NothingSaidError:
        messages.error(request, _("The lead had written nothing before that correction."))
    else:
        messages.success(
            request,
            format_html(
                '{} <a href="{}">{}</a>',
                _("It is a case now: every draft has to get it right."),
                _case_url(case),
                case.title,
            ),
        )
    return redirect(lead_url(fact.lead_id))


class _Sheet:
    """Both forms of the page as one."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        title: str,
        wanted: Sequence[Expectation],
        is_active: bool = True,
    ) -> None:
        sent = request.POST if request.method == "POST" else None
        self.head = CaseForm(sent, initial={"title": title, "is_active": is_active})
        self.rows = Rows(
            sent,
            initial=[row_of(each) for each in wanted],
            form_kwargs={"playbook": _playbook()},
            prefix="row",
        )

    def is_valid(self) -> bool:
        return self.head.is_valid() and self.rows.is_valid()

    @property
    def title(self) -> str:
        return str(self.head.cleaned_data["title"])

    @property
    def is_active(self) -> bool:
        return bool(self.head.cleaned_data["is_active"])

    def wanted(self) -> list[Expectation]:
        rows = (form.expectation() for form in self.rows)
        return [each for each in rows if each is not None]


def _page(
    model_admin: Any, request: HttpRequest, form: _Sheet, title: str, row: Conversation | None
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": title,
        "opts": model_admin.opts,
        "form": form,
        "lead": row.lead if row else None,
        "thread_url": thread_url(row.pk) if row else "",
        "may_change": may_change(request),
    }
    return TemplateResponse(request, "admin/agent/replaycase/form.html", context)


def _playbook() -> Playbook:
    """The draft's questions, or those in force."""
    version = store.draft() or store.published(now=timezone.now())
    return parse_playbook(version.content)


def _usual(row: Conversation) -> list[Expectation]:
    """Who asked for a person has to be handed over in the case as well."""
    asked = row.handoff_reason == HandoffReason.ASKED
    return [Expectation(Kind.MUST_HAND_OVER)] if asked else []


def _until(request: HttpRequest, row: Conversation) -> datetime | None:
    wanted = id_in(request.GET.get("message"))
    if wanted is None:
        return None
    found = Message.objects.filter(pk=wanted, conversation=row)
    return found.values_list("created_at", flat=True).first()


def _case_url(case: ReplayCase) -> str:
    return reverse(PAGE, args=[case.pk])
