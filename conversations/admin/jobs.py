"""The queue, for administrators: jobs are hints, so there is nothing to do about one but look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.admin import badges, dates
from conversations.admin.base import NOTHING, SimpleListFilter, TechnicalAdmin

STATES: Mapping[str, tuple[Promise, str]] = {
    "todo": (pgettext_lazy("job", "Waiting"), "blue"),
    "doing": (pgettext_lazy("job", "Running"), "amber"),
    "succeeded": (pgettext_lazy("job", "Done"), "green"),
    "failed": (pgettext_lazy("job", "Failed"), "red"),
    "cancelled": (pgettext_lazy("job", "Withdrawn"), "grey"),
    "aborting": (pgettext_lazy("job", "Stopping"), "grey"),
    "aborted": (pgettext_lazy("job", "Stopped"), "grey"),
}
EVENTS: Mapping[str, Promise] = {
    "deferred": pgettext_lazy("job", "Queued"),
    "deferred_for_retry": pgettext_lazy("job", "Queued again"),
    "scheduled": pgettext_lazy("job", "Planned"),
    "started": pgettext_lazy("job", "Started"),
    "succeeded": pgettext_lazy("job", "Done"),
    "failed": pgettext_lazy("job", "Failed"),
    "cancelled": pgettext_lazy("job", "Withdrawn"),
    "abort_requested": pgettext_lazy("job", "Asked to stop"),
    "aborted": pgettext_lazy("job", "Stopped"),
}


class JobStateFilter(SimpleListFilter):
    """How far a job came."""

    title = _("state")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Every state in words."""
        return [(state, words) for state, (words, _tone) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen state."""
        chosen = self.value()
        return queryset.filter(status=chosen) if chosen else queryset


class JobList(ChangeList):
    """The list under our own names."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.opts = self.model_admin.opts


# The library's own page is in English only, and its filters read the whole table.
admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(TechnicalAdmin[ProcrastinateJob]):
    """Jobs, newest first."""

    list_display = ("number", "task", "state_shown", "due", "tried")
    list_filter = (JobStateFilter,)
    ordering = ("-id",)
    actions = None
    fields = (
        "task",
        "state_shown",
        "due",
        "tried",
        "arguments_shown",
        "events_shown",
    )
    readonly_fields = fields

    def __init__(self, model: type[ProcrastinateJob], admin_site: AdminSite) -> None:
        super().__init__(model, admin_site)
        # A copy: the model's own names belong to the library's migrations.
        self.opts = copy(self.opts)
        self.opts.verbose_name, self.opts.verbose_name_plural = _("job"), _("jobs")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use our names."""
        return JobList

    @admin.display(description=_("number"))
    def number(self, job: ProcrastinateJob) -> str:
        """Its name."""
        return f"#{job.pk}"

    @admin.display(description=_("task"))
    def task(self, job: ProcrastinateJob) -> str:
        """What a worker runs."""
        return job.task_name

    @admin.display(description=_("due at"))
    def due(self, job: ProcrastinateJob) -> str:
        """Not before this; at once without it."""
        return dates.exactly(job.scheduled_at) if job.scheduled_at else NOTHING

    @admin.display(description=_("attempts"))
    def tried(self, job: ProcrastinateJob) -> int:
        """How often a worker began it."""
        return job.attempts

    @admin.display(description=_("state"))
    def state_shown(self, job: ProcrastinateJob) -> SafeString:
        """State as a badge."""
        words, tone = STATES.get(job.status, (job.status, "grey"))
        return badges.badge(words, tone)

    @admin.display(description=_("arguments"))
    def arguments_shown(self, job: ProcrastinateJob) -> SafeString:
        """Ids only, by law."""
        text = json.dumps(job.args, indent=2, ensure_ascii=False)
        return format_html('<pre class="raw" tabindex="0">{}</pre>', text)

    @admin.display(description=_("history"))
    def events_shown(self, job: ProcrastinateJob) -> SafeString | str:
        """What became of it, and when."""
        events = job.procrastinateevent_set.order_by("id").values_list("type", "at")
        lines = (
            (EVENTS.get(kind, kind), dates.exactly(at) if at else NOTHING) for kind, at in events
        )
        return format_html_join("", '<span class="cell-second">{}: {}</span>', lines) or NOTHING
