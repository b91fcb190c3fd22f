"""How a list of meetings is narrowed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy

from conversations.admin.base import SimpleListFilter, staff_of
from conversations.services import meeting_conflicts
from conversations.services.visibility import visible_hosts


class SalespersonFilter(SimpleListFilter):
    """One colleague's meetings."""

    title = gettext_lazy("salesperson")
    parameter_name = "salesperson"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Offer those whose calendars one may look through."""
        people = visible_hosts(staff_of(request)).order_by("id")
        return [(str(person.pk), str(person)) for person in people]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen person."""
        chosen = self.value() or ""
        return queryset.filter(salesperson_id=int(chosen)) if chosen.isdigit() else queryset


class TimeFilter(SimpleListFilter):
    """Ahead of us or behind us."""

    title = gettext_lazy("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Two halves."""
        return [("ahead", gettext_lazy("Upcoming")), ("past", gettext_lazy("Past"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with the clock of this request."""
        now = timezone.now()
        if self.value() == "ahead":
            return queryset.filter(during__endswith__gt=now)
        return queryset.filter(during__endswith__lte=now) if self.value() == "past" else queryset


class AttentionFilter(SimpleListFilter):
    """What a colleague should see to."""

    title = gettext_lazy("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Meetings with something in the way."""
        return [("conflict", gettext_lazy("Needs a look"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to them."""
        return queryset.filter(meeting_conflicts.OPEN) if self.value() == "conflict" else queryset
