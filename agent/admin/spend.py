"""What the model costs: budgets, the leads that cost most, and models that are left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agent.model_calls import Refusal
from agent.models import Breaker, Purse
from agent.spending import limits, overview
from agent.spending.overview import Budget
from conversations.admin import alarms, badges
from conversations.admin.addresses import thread_url
from conversations.admin.alarms import Alarm
from conversations.admin.base import ReadOnlyAdmin, staff_of
from conversations.models import User
from conversations.services.visibility import visible_conversations

NAMES: Mapping[str, Promise] = {
    Purse.Kind.DAY: gettext_lazy("Today"),
    Purse.Kind.TOTAL: gettext_lazy("In all"),
}
EXHAUSTED: Mapping[Refusal, Promise] = {
    Refusal.DAY_BUDGET: gettext_lazy("The language model's budget of today is used up."),
    Refusal.TOTAL_BUDGET: gettext_lazy("The language model's whole budget is used up."),
}


@admin.register(Purse)
class PurseAdmin(ReadOnlyAdmin[Purse]):
    """Day by day, and what stands above the days."""

    list_display = ("key", "spent_shown", "reserved_shown")
    list_display_links = None
    ordering = ("-key",)
    fields = ("kind", "key", "spent_shown", "reserved_shown")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purse]:
        """The list is of days; the other purses stand above it."""
        return super().get_queryset(request).filter(kind=Purse.Kind.DAY)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add the budgets, the leads and the models."""
        now = timezone.now()
        shown = {
            "title": _("Model costs"),
            "budgets": [_budget(one) for one in overview.budgets(now=now)],
            "leads": list(_leads(overview.top_leads(), staff_of(request))),
            "lead_limit": _limit(limits.current().lead),
            "breakers": [_breaker(row, now) for row in overview.breakers()],
        }
        return super().changelist_view(request, shown | (extra_context or {}))

    @admin.display(description=gettext_lazy("spent"))
    def spent_shown(self, row: Purse) -> str:
        """In US dollars."""
        return dollars(row.spent)

    @admin.display(description=gettext_lazy("put aside"))
    def reserved_shown(self, row: Purse) -> str:
        """For calls under way."""
        return dollars(row.reserved)


def dollars(amount: Decimal) -> str:
    """Cents, and more digits only of less than a dollar that has them."""
    return (
        f"{amount:,.2f} USD" if amount >= 1 or amount == round(amount, 2) else f"{amount:.4f} USD"
    )


def troubles(now: datetime) -> list[Alarm]:
    """What every page says while the guided flow has to answer for the model."""
    if settings.AGENT_ENGINE != "llm":
        return []
    instead = _("The guided flow answers meanwhile. See Model costs.")
    return [
        *(Alarm(str(EXHAUSTED[each]), instead, "") for each in overview.exhausted(now=now)),
        *(
            Alarm(
                _("The language model %(name)s does not work.") % {"name": row.model},
                _("Another model or the guided flow answers; it is tried again by itself."),
                row.problem,
            )
            for row in overview.breakers()
            if row.open_until is not None
        ),
    ]


def _budget(one: Budget) -> dict[str, Any]:
    return {
        "name": NAMES[one.kind],
        "gone": dollars(one.gone),
        "limit": "" if one.limit is None else dollars(one.limit),
        "share": min(int(100 * one.gone / one.limit), 100) if one.limit else None,
    }


def _limit(limit: Decimal | None) -> str:
    return _("no limit") if limit is None else dollars(limit)


def _leads(rows: list[Purse], viewer: User) -> Iterator[dict[str, Any]]:
    """Named to whom may see them."""
    seen = visible_conversations(viewer).select_related("lead")
    found = {str(one.lead_id): one for one in seen.filter(lead__in=[UUID(row.key) for row in rows])}
    for row in rows:
        conversation = found.get(row.key)
        yield {
            "name": str(conversation.lead) if conversation else _("A lead you do not see"),
            "url": thread_url(conversation.pk) if conversation else "",
            "spent": dollars(row.spent),
        }


def _breaker(row: Breaker, now: datetime) -> dict[str, Any]:
    return {
        "model": row.model,
        "state": _state(row, now),
        "failed": badges.moment(row.failed_at, now=now),
        "problem": row.problem,
    }


def _state(row: Breaker, now: datetime) -> SafeString:
    if row.open_until is None:
        return badges.badge(_("works"), "green")
    if row.open_until > now:
        return badges.badge(_("left alone"), "red")
    return badges.badge(_("is tried again"), "amber")


alarms.provide(troubles)
