"""The editor of the draft, and two versions side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import ValidationError

from agent import fact_desk
from agent.admin.playbook_changes import compare as compare_contents
from agent.admin.playbook_fields import Desk, Notes
from agent.admin.playbook_forms import Editor
from agent.admin.playbook_words import Reader
from agent.models import PlaybookVersion
from agent.playbook import store
from agent.playbook.anatomy import BY_SLUG, SECTIONS
from agent.playbook.problems import Problem
from agent.playbook.schema import dump_playbook, parse_playbook

LIST = "admin:agent_playbookversion_changelist"
PAGE = "admin:agent_playbookversion_change"
EDIT = "admin:agent_playbookversion_edit"
FOLDER = "admin/agent/playbookversion"


def may_edit(request: HttpRequest) -> bool:
    """Whether this person may change the playbook."""
    return bool(request.user.has_perm("agent.change_playbookversion"))


def edit(model_admin: Any, request: HttpRequest, section: str) -> HttpResponse:
    """One page of the draft."""
    if not may_edit(request):
        raise PermissionDenied
    if section not in BY_SLUG:
        raise Http404
    draft = store.draft()
    if draft is None:
        messages.warning(request, _("There is no draft. Begin one first."))
        return redirect(LIST)
    sent = request.POST if request.method == "POST" else None
    playbook = parse_playbook(draft.content)
    found, content = store.mend(playbook), dump_playbook(playbook)
    # What was sent back wrong shows its own errors; those of what is stored would mislead.
    desk = _desk(content, _by_field(found, section) if sent is None else {})
    editor = Editor(BY_SLUG[section], content, desk, sent)
    if sent is not None and not editor.is_valid():
        messages.error(request, _("Nothing was saved yet: see below."))
    elif sent is not None and _save(request, editor):
        return redirect(PAGE, draft.pk) if "done" in sent else redirect(EDIT, section)
    return _page(model_admin, request, draft, editor, found)


def compare(model_admin: Any, request: HttpRequest, before_id: int, after_id: int) -> HttpResponse:
    """What changed from one version to another."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    before, after = (get_object_or_404(PlaybookVersion, pk=pk) for pk in (before_id, after_id))
    old, new = fact_desk.readable(before.content), fact_desk.readable(after.content)
    if old is None or new is None:
        raise Http404
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("From version %(before)s to version %(after)s")
        % {"before": before.number, "after": after.number},
        "opts": model_admin.opts,
        "before": before,
        "after": after,
        "sections": compare_contents(dump_playbook(old), dump_playbook(new)),
    }
    return TemplateResponse(request, f"{FOLDER}/compare.html", context)


def seen(request: HttpRequest) -> datetime | None:
    """When the draft was last edited as far as this page knows."""
    return parse_datetime(request.POST.get("seen", ""))


def _page(
    model_admin: Any,
    request: HttpRequest,
    draft: PlaybookVersion,
    editor: Editor,
    found: Sequence[Problem],
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": editor.section.title,
        "opts": model_admin.opts,
        "draft": draft,
        "seen": request.POST.get("seen") or (draft.edited_at and draft.edited_at.isoformat()),
        "section": editor.section,
        "sections": _menu(editor.section.slug, found),
        "editor": editor,
        "answers": _answers(editor.desk.reader),
    }
    return TemplateResponse(request, f"{FOLDER}/edit.html", context)


def _menu(current: str, found: Sequence[Problem]) -> list[dict[str, Any]]:
    return [
        {
            "slug": section.slug,
            "title": section.title,
            "current": section.slug == current,
            "problems": sum(one.section == section.slug and not one.warning for one in found),
        }
        for section in SECTIONS
    ]


def _by_field(found: Sequence[Problem], section: str) -> Notes:
    notes: dict[str, list[Problem]] = defaultdict(list)
    for one in found:
        if one.section == section:
            notes[one.field].append(one)
    return notes


def _answers(reader: Reader) -> list[tuple[str, list[str]]]:
    """What rules may name as the value of each question."""
    return [
        (key, [name for _value, name in reader.answers(key)]) for key, _label in reader.questions()
    ]


def _save(request: HttpRequest, editor: Editor) -> bool:
    try:
        version = store.save_draft(content=editor.content(), seen=seen(request), now=timezone.now())
    except store.StoreError as error:
        messages.error(request, str(error))
        return False
    except ValidationError as error:
        for one in error.errors():
            messages.error(request, one["msg"])
        return False
    slug = editor.section.slug
    found = [one for one in store.mend(parse_playbook(version.content)) if one.section == slug]
    messages.success(request, _("Saved in the draft."))
    if found:
        told = ngettext(
            "%(n)s thing on this page is to be mended before it is published.",
            "%(n)s things on this page are to be mended before it is published.",
            len(found),
        )
        messages.warning(request, told % {"n": len(found)})
    return True


def _desk(content: dict[str, Any], notes: Notes) -> Desk:
    return Desk(Reader(content), content["languages"], tuple(store.approved_templates()), notes)
