"""List filters whose choices cost a fixed number of cheap queries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib.admin import ChoicesFieldListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conversations.admin import badges
from conversations.admin.base import SimpleListFilter, staff_of
from conversations.models import BY_CHOICE, Conversation
from conversations.services import fact_proposals
from conversations.services.visibility import visible_staff

CLOSING = timedelta(hours=2)


class OwnerFilter(SimpleListFilter):
    """Mine, nobody's, or one colleague's."""

    title = _("owner")
    parameter_name = "owner"
    path = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Offer colleagues whom one may make owner; oneself is there already."""
        viewer = staff_of(request)
        staff = visible_staff(viewer).exclude(pk=viewer.pk).order_by("first_name", "username")
        names = [(str(user.pk), badges.name_of(user)) for user in staff]
        return [("me", _("Mine")), ("none", _("Nobody")), *names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen owner."""
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen == "none":
            return queryset.filter(**{f"{self.path}__isnull": True})
        if chosen not in {value for value, _label in self.lookup_choices}:
            return queryset.none()
        return queryset.filter(**{self.path: request.user.pk if chosen == "me" else chosen})


class LeadOwnerFilter(OwnerFilter):
    """The same, seen from a conversation."""

    path = "lead__owner"


class AdFilter(SimpleListFilter):
    """One ad or post that leads came from first: chosen by a link, shown while it is chosen."""

    title = _("ad or post")
    parameter_name = "ad"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """The chosen one: a list of all would read every lead."""
        chosen = self.value()
        return [(chosen, chosen)] if chosen else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to it."""
        return queryset.filter(source_id=self.value()) if self.value() else queryset


class AnsweredByFilter(ChoicesFieldListFilter):
    """Agent or staff; the name of the column does not read after "By"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = gettext("who answers")


class AttentionFilter(SimpleListFilter):
    """What waits for staff."""

    title = _("attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Handed over and not answered yet, unread, or with an answer that staff decide about."""
        return [
            ("waiting", _("Waiting for a person")),
            ("unread", _("Unread")),
            ("to_decide", _("Answers to decide")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen kind."""
        if self.value() == "unread":
            return queryset.filter(unread_count__gt=0)
        if self.value() == "to_decide":
            return queryset.filter(fact_proposals.waiting_about("lead"))
        return waiting_for_staff(queryset) if self.value() == "waiting" else queryset


class WindowFilter(SimpleListFilter):
    """Whether WhatsApp still lets us write."""

    title = _("24-hour window")
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Open, about to close, closed."""
        return [
            ("open", _("Open")),
            ("closing", _("Closes within 2 hours")),
            ("closed", _("Closed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compare with the clock of this request."""
        now = timezone.now()
        if self.value() == "open":
            return queryset.filter(window_expires_at__gt=now)
        if self.value() == "closing":
            return queryset.filter(window_expires_at__gt=now, window_expires_at__lte=now + CLOSING)
        if self.value() == "closed":
            return queryset.filter(
                Q(window_expires_at__lte=now) | Q(window_expires_at__isnull=True)
            )
        return queryset


def waiting_for_staff(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Handed over by the agent, or asked to listen to something while the agent goes on.

    A colleague's reply or takeover changes the reason, and reading ends the second kind.
    """
    return rows.filter(
        ~Q(handoff_reason__in=["", *BY_CHOICE]),
        handoff_at__isnull=False,
    )
