"""What staff do with answers beyond correcting one: lock, decide about a proposal, look back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from conversations.admin import badges, dates, labels
from conversations.admin.addresses import anchor_of, case_url, lead_url, thread_url
from conversations.admin.base import staff_of, wants_json
from conversations.models import Fact, FactProposal, Lead
from conversations.services import facts

STATES = {
    FactProposal.State.OPEN: "amber",
    FactProposal.State.ACCEPTED: "green",
    FactProposal.State.DISMISSED: "grey",
    FactProposal.State.OUTDATED: "grey",
}
DECISIONS = {"accept": facts.accept, "dismiss": facts.dismiss}
LOCKS = {"lock": True, "unlock": False}


@dataclass(frozen=True)
class PastAnswer:
    """A value that held, holds, or was proposed. `note` says until when, or what became of it."""

    value: str
    quote: str
    anchor: str
    learned: str
    by: str
    note: str
    badge: str = ""
    case_url: str = ""


@dataclass(frozen=True)
class Question:
    """Everything that was ever known about one question, newest first."""

    label: str
    answers: tuple[PastAnswer, ...]


def lock(
    model_admin: Any, request: HttpRequest, lead_id: UUID, key: str, action: str
) -> HttpResponse:
    """Keep the agent from changing an answer, or let it again."""
    lead = _lead(model_admin, request, lead_id, changing=True)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if action not in LOCKS:
        raise Http404
    try:
        facts.set_lock(lead_id=lead.pk, key=key, locked=LOCKS[action], now=timezone.now())
    except Fact.DoesNotExist as error:
        raise Http404 from error
    return redirect(lead_url(lead.pk))


def decide(
    model_admin: Any, request: HttpRequest, lead_id: UUID, proposal_id: UUID, action: str
) -> HttpResponse:
    """Take what the agent heard, or keep the locked answer."""
    lead = _lead(model_admin, request, lead_id, changing=True)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if action not in DECISIONS:
        raise Http404
    proposal = get_object_or_404(FactProposal, pk=proposal_id, lead=lead)
    problem = ""
    try:
        DECISIONS[action](proposal_id=proposal.pk, staff=staff_of(request), now=timezone.now())
    except facts.ProposalDecidedError:
        problem = _("This is settled already: somebody decided, or the lead said something else.")
    return answer_button(request, lead, problem)


def answer_button(request: HttpRequest, lead: Lead, problem: str) -> HttpResponse:
    """Back to where the button was: a thread that lives asks by script."""
    if wants_json(request):
        status = 409 if problem else 200
        return JsonResponse({"ok": not problem, "error": problem}, status=status)
    if problem:
        messages.error(request, problem)
    conversation = getattr(lead, "conversation", None)
    if conversation and request.POST.get("back") == "thread":
        return redirect(thread_url(conversation.pk))
    return redirect(lead_url(lead.pk))


def history(model_admin: Any, request: HttpRequest, lead_id: UUID) -> HttpResponse:
    """Every earlier answer: who or which words it came from, when, and what became of it."""
    lead = _lead(model_admin, request, lead_id, changing=False)
    conversation = getattr(lead, "conversation", None)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("History of answers"),
        "opts": model_admin.opts,
        "lead": lead,
        "thread_url": thread_url(conversation.pk) if conversation else "",
        "questions": _questions(lead),
    }
    return TemplateResponse(request, "admin/conversations/lead/answers.html", context)


def _lead(model_admin: Any, request: HttpRequest, lead_id: UUID, *, changing: bool) -> Lead:
    allowed = (
        model_admin.has_change_permission(request)
        if changing
        else model_admin.has_view_permission(request)
    )
    if not allowed:
        raise PermissionDenied
    lead: Lead = get_object_or_404(model_admin.get_queryset(request), pk=lead_id)
    return lead


def _questions(lead: Lead) -> list[Question]:
    names = labels.desk().labels()
    known = Fact.objects.filter(lead=lead).select_related("staff")
    heard = FactProposal.objects.filter(lead=lead).exclude(state=FactProposal.State.ACCEPTED)
    dated = [(fact.created_at, fact.key, _of_fact(fact, names)) for fact in known]
    dated += [
        (each.created_at, each.key, _of_proposal(each, names))
        for each in heard.select_related("decided_by")
    ]
    by_key: dict[str, list[PastAnswer]] = {}
    for _at, key, answer in sorted(dated, key=lambda each: each[0], reverse=True):
        by_key.setdefault(key, []).append(answer)
    return [
        Question(labels.fact_name(key, names), tuple(answers))
        for key, answers in sorted(by_key.items(), key=lambda item: _rank(item[0], names))
    ]


def _rank(key: str, names: Mapping[str, labels.FactLabel]) -> tuple[int, str]:
    known = list(names)
    return (known.index(key) if key in names else len(known), key)


def _of_fact(fact: Fact, names: Mapping[str, labels.FactLabel]) -> PastAnswer:
    ended = fact.superseded_at
    note = _("until %(when)s") % {"when": dates.exactly(ended)} if ended else ""
    badge = "" if ended else badges.badge(_("Holds now"), "green")
    if not ended and fact.locked_at:
        badge = badges.badge(_("Holds now, locked"), "green")
    return PastAnswer(
        value=labels.fact_value(fact.key, fact.value, names),
        quote=fact.quote,
        anchor=anchor_of(fact.message_id),
        learned=dates.exactly(fact.created_at),
        by=badges.name_of(fact.staff) or "",
        note=note,
        badge=badge,
        case_url=case_url(fact),
    )


def _of_proposal(proposal: FactProposal, names: Mapping[str, labels.FactLabel]) -> PastAnswer:
    state = FactProposal.State(proposal.state)
    decided = dates.exactly(proposal.decided_at) if proposal.decided_at else ""
    return PastAnswer(
        value=labels.fact_value(proposal.key, proposal.value, names),
        quote=proposal.quote,
        anchor=anchor_of(proposal.message_id),
        learned=dates.exactly(proposal.created_at),
        by=badges.name_of(proposal.decided_by) or "",
        note=decided,
        badge=badges.badge(_("Proposed: %(state)s") % {"state": state.label}, STATES[state]),
    )
