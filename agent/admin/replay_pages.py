"""Pages of a replay: beginning it, watching it, and one conversation side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
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

from agent.admin import replay_words
from agent.admin.replay_compare import compare
from agent.admin.spend import dollars
from agent.models import PlaybookVersion, Replay, ReplayCase
from agent.playbook import store
from agent.replay import plan, replays
from agent.replay.replays import MOST
from conversations.admin import labels, live
from conversations.admin.addresses import thread_url
from conversations.admin.base import NOTHING, id_in, sees_all, staff_of
from conversations.admin.bubbles import last_words
from conversations.models import Conversation

PAGE = "admin:agent_replay_change"
OFFERED = 30
USUAL = 10


class BeginForm(forms.Form):
    """Which conversations: the last ones, or those that are ticked."""

    last = forms.IntegerField(
        label=gettext_lazy("The last conversations"),
        min_value=0,
        max_value=MOST,
        initial=USUAL,
        required=False,
    )
    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("And these"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, offered: Sequence[Conversation], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        choices = [(str(row.pk), f"{row.lead} · {last_words(row)[:80]}") for row in offered]
        self.fields["chosen"].choices = choices  # type: ignore[attr-defined]

    def conversations(self) -> list[UUID]:
        """The ticked ones first, each once."""
        ticked = [UUID(each) for each in self.cleaned_data["chosen"]]
        last = replays.recent(self.cleaned_data["last"] or 0)
        return list(dict.fromkeys([*ticked, *last]))[:MOST]


@dataclass(frozen=True)
class Played:
    """A conversation in the list of a replay."""

    name: str
    url: str
    turns: int
    broken: int
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A replay as its page shows it."""

    id: str
    state: SafeString
    is_open: bool
    done: int
    total: int
    cost: str
    problem: str
    broken: int
    played: tuple[Played, ...]


def may_begin(request: HttpRequest) -> bool:
    """Whether this person may replay drafts: a permission alone, without the group, is not it."""
    return sees_all(request) and bool(request.user.has_perm("agent.add_replay"))


def begin(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Choose what is played, and begin."""
    if not may_begin(request):
        raise PermissionDenied
    draft = store.draft()
    ids = request.GET.getlist("conversation")
    offered = _offered(ids)
    form = BeginForm(
        offered,
        data=request.POST if request.method == "POST" else None,
        initial={"chosen": ids, "last": 0 if ids else USUAL},
    )
    if draft is not None and form.is_valid() and (replay := _begun(request, draft, form)):
        return redirect(PAGE, replay.pk)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Replay past conversations"),
        "opts": model_admin.opts,
        "draft": draft,
        "form": form,
        "cases": ReplayCase.objects.filter(is_active=True).order_by("title", "id"),
    }
    return TemplateResponse(request, "admin/agent/replay/begin.html", context)


def _begun(request: HttpRequest, draft: PlaybookVersion, form: BeginForm) -> Replay | None:
    try:
        return replays.begin(
            version=draft,
            conversation_ids=form.conversations(),
            by=staff_of(request),
            now=timezone.now(),
        )
    except replays.ReplayError as error:
        messages.error(request, str(error))
        return None


def fragment(model_admin: Any, request: HttpRequest, replay_id: UUID) -> HttpResponseBase:
    """Give the moving part of the page, or 304 while nothing moved."""
    page = shown(_replay(model_admin, request, replay_id))
    return live.part(request, "admin/agent/replay/progress.html", shown=page)


def cancel(model_admin: Any, request: HttpRequest, replay_id: UUID) -> HttpResponse:
    """Stop it."""
    replay = _replay(model_admin, request, replay_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not may_begin(request):
        raise PermissionDenied
    if not replays.cancel(replay_id=replay.pk, now=timezone.now()):
        messages.warning(request, _("The replay was over already."))
    return redirect(PAGE, replay.pk)


def conversation(
    model_admin: Any, request: HttpRequest, replay_id: UUID, conversation_id: UUID
) -> HttpResponse:
    """Then and now, turn by turn."""
    replay = _replay(model_admin, request, replay_id)
    rows = list(replay.turns.filter(conversation_id=conversation_id).order_by("position"))
    if not rows:
        raise Http404
    row = Conversation.objects.select_related("lead").filter(pk=conversation_id).first()
    turns = compare(rows, labels.desk().labels())
    context = {
        **model_admin.admin_site.each_context(request),
        "title": str(row.lead) if row else NOTHING,
        "opts": model_admin.opts,
        "replay": replay,
        "thread_url": thread_url(conversation_id) if row else "",
        "turns": turns,
        "broken": [turn for turn in turns if turn.failures],
        "ends_with_person": bool(rows[-1].after.get("handed_off")),
    }
    return TemplateResponse(request, "admin/agent/replay/conversation.html", context)


def shown(replay: Replay) -> Shown:
    """What the page says of a replay now."""
    played = tuple(_played(replay))
    return Shown(
        id=str(replay.pk),
        state=replay_words.state_badge(replay),
        is_open=replay.state in replays.OPEN,
        done=replay.done,
        total=replay.total,
        cost=dollars(replay.cost) if replay.cost else "",
        problem=replay_words.problem_text(replay.problem),
        broken=sum(each.broken for each in played),
        played=played,
    )


def _played(replay: Replay) -> list[Played]:
    broken = Count("pk", filter=~Q(failures=[]))
    rows = replay.turns.values_list("conversation_id").annotate(played=Count("pk"), broken=broken)
    counts = {conversation: (turns, failed) for conversation, turns, failed in rows}
    planned = plan.load(replay.chosen)
    names = _names([each.conversation for each in planned])
    found = []
    for each in planned:
        turns, failed = counts.get(each.conversation, (0, 0))
        found.append(
            Played(
                name=names.get(each.conversation, NOTHING),
                url=_url(replay, each.conversation) if turns else "",
                turns=turns,
                broken=failed,
                cases=tuple(case.title for case in each.cases),
            )
        )
    return found


def _url(replay: Replay, conversation_id: UUID) -> str:
    return reverse("admin:agent_replay_conversation", args=[replay.pk, conversation_id])


def _names(ids: Sequence[UUID]) -> Mapping[UUID, str]:
    rows = Conversation.objects.filter(pk__in=ids).select_related("lead")
    return {row.pk: str(row.lead) for row in rows}


def _offered(ids: Sequence[str]) -> list[Conversation]:
    """The latest, and whichever the address names."""
    named = filter(None, map(id_in, ids))
    rows = Conversation.objects.filter(pk__in=[*named, *replays.recent(OFFERED)])
    return list(rows.select_related("lead").order_by("-last_message_at", "-id"))


def _replay(model_admin: Any, request: HttpRequest, replay_id: UUID) -> Replay:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    return get_object_or_404(Replay.objects.select_related("version"), pk=replay_id)
