"""Filters of the list of runs: what happened in them, by which version, for how much."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from agent import run_words
from agent.model_calls import Refusal
from agent.models import AgentStep, PlaybookVersion
from conversations.admin.base import SimpleListFilter

RECENT_VERSIONS = 15


class EngineFilter(SimpleListFilter):
    """Which engine decided."""

    title = _("engine")
    parameter_name = "engine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The two there are."""
        return list(run_words.ENGINES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to it."""
        return queryset.filter(engine=self.value()) if self.value() else queryset


class EventFilter(SimpleListFilter):
    """What did not go as planned."""

    title = _("what happened")
    parameter_name = "happened"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Taken over by the guided flow, held back, not allowed to ask, begun anew."""
        return [
            ("fell_back", _("The guided flow took over")),
            ("vetoed", _("Held back by our checks")),
            ("refused", _("Model not asked: budget or pause")),
            ("again", _("More than one attempt")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen kind."""
        wanted = HAPPENED.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(wanted)


class VersionFilter(SimpleListFilter):
    """Which version of the playbook it followed."""

    title = _("playbook")
    parameter_name = "version"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The latest that ever were in force."""
        rows = PlaybookVersion.objects.exclude(published_at=None).order_by("-number")
        return [(str(row.pk), str(row)) for row in rows.only("number")[:RECENT_VERSIONS]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to it."""
        chosen = self.value() or ""
        if not chosen:
            return queryset
        return queryset.filter(playbook_version=chosen) if chosen.isdigit() else queryset.none()


class CostFilter(SimpleListFilter):
    """Whether a model was paid for it."""

    title = _("cost")
    parameter_name = "cost"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Something or nothing."""
        return [("paid", _("Cost money")), ("free", _("Cost nothing"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen ones."""
        if self.value() == "paid":
            return queryset.filter(cost__gt=0)
        return queryset.filter(cost=0) if self.value() == "free" else queryset


def _with_step(**fields: Any) -> Q:
    return Q(Exists(AgentStep.objects.filter(run=OuterRef("pk"), **fields)))


def _ends_with_refusal() -> Q:
    found = Q()
    for refusal in Refusal:
        found |= Q(problem__endswith=f" {refusal.value}")
    return found


HAPPENED = {
    "fell_back": _with_step(kind=AgentStep.Kind.FALLBACK),
    "vetoed": _with_step(kind=AgentStep.Kind.GATE, result__passed=False)
    | Q(problem__startswith="VetoError")
    | Q(decision__remarks__contains=[{"kind": "gate"}]),
    "refused": _ends_with_refusal(),
    "again": Q(attempts__gt=1),
}
LIST_FILTERS: tuple[Any, ...] = ("state", EngineFilter, EventFilter, VersionFilter, CostFilter)
