"""A turn decided again by another version: ask for it, watch it, then and now side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent.admin import replay_pages, replay_words
from agent.admin.replay_compare import Turn, compare
from agent.models import AgentRun, PlaybookVersion, Replay
from agent.replay import again, replays
from conversations.admin import labels, live
from conversations.admin.base import staff_of

RUN = "admin:agent_agentrun_change"
PAGE = "admin:agent_agentrun_decided"
RECENT = 10
States = PlaybookVersion.State


class VersionForm(forms.Form):
    """By which version; the draft stands first."""

    version = forms.TypedChoiceField(label=gettext_lazy("By"), coerce=int)

    def __init__(self, run: AgentRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rows = PlaybookVersion.objects.order_by("-number")
        recent = rows.values("pk")[:RECENT]
        found = rows.filter(Q(pk__in=recent) | Q(pk=run.playbook_version_id))
        choices = [(row.pk, _version_text(row)) for row in found.only("number", "state")]
        self.fields["version"].choices = choices  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Shown:
    """How far it is, and what came of it."""

    state: SafeString
    is_open: bool
    problem: str
    turn: Turn | None


def offered(request: HttpRequest, run: AgentRun) -> dict[str, Any]:
    """What the page of a run lets managers do with it."""
    if not replay_pages.may_begin(request):
        return {}
    case = reverse("admin:agent_replaycase_make", args=[run.conversation_id])
    return {
        "again_form": VersionForm(run) if run.context else None,
        "case_url": f"{case}?message={run.trigger_message_id}",
    }


def begin(model_admin: Any, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Have the worker decide it once more."""
    run = _run(model_admin, request, run_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    form = VersionForm(run, data=request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a version of the playbook."))
        return redirect(RUN, run.pk)
    try:
        replay = again.begin(
            run=run,
            version=PlaybookVersion.objects.get(pk=form.cleaned_data["version"]),
            by=staff_of(request),
            now=timezone.now(),
        )
    except replays.ReplayError as error:
        messages.error(request, str(error))
        return redirect(RUN, run.pk)
    return redirect(PAGE, run.pk, replay.pk)


def page(model_admin: Any, request: HttpRequest, run_id: UUID, again_id: UUID) -> HttpResponse:
    """Then and now; while the worker is on it, the page asks for more."""
    run = _run(model_admin, request, run_id)
    replay = _replay(run, again_id)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Decided again"),
        "opts": model_admin.opts,
        "run": run,
        "replay": replay,
        "version": _version_text(replay.version),
        "shown": _shown(replay),
        **offered(request, run),
    }
    return TemplateResponse(request, "admin/agent/agentrun/decided.html", context)


def fragment(
    model_admin: Any, request: HttpRequest, run_id: UUID, again_id: UUID
) -> HttpResponseBase:
    """Give the moving part of the page, or 304 while nothing moved."""
    shown = _shown(_replay(_run(model_admin, request, run_id), again_id))
    return live.part(request, "admin/agent/agentrun/outcome.html", shown=shown)


def _shown(replay: Replay) -> Shown:
    rows = list(replay.turns.order_by("position"))
    turns = compare(rows, labels.desk().labels())
    is_open = replay.state in replays.OPEN
    return Shown(
        state=replay_words.state_badge(replay),
        is_open=is_open,
        problem=_("What this turn saw is no longer stored.") if not (turns or is_open) else "",
        turn=turns[0] if turns and not is_open else None,
    )


def _version_text(version: Any) -> str:
    if version.state == States.DRAFT:
        return _("the draft (%(version)s)") % {"version": version}
    if version.state == States.PUBLISHED:
        return _("the one in force (%(version)s)") % {"version": version}
    return str(version)


def _run(model_admin: Any, request: HttpRequest, run_id: UUID) -> AgentRun:
    if not (model_admin.has_view_permission(request) and replay_pages.may_begin(request)):
        raise PermissionDenied
    run: AgentRun = get_object_or_404(model_admin.get_queryset(request), pk=run_id)
    return run


def _replay(run: AgentRun, again_id: UUID) -> Replay:
    replay = again.find(run_id=run.pk, again_id=again_id)
    if replay is None:
        raise Http404
    return replay
