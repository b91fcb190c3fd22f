"""List filters. What cannot be understood is a 400, never ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters  # type: ignore[import-untyped]
from rest_framework.exceptions import ValidationError

from conversations.models import (
    Conversation,
    Lead,
    Meeting,
    MeetingState,
    MessageTemplate,
    Mode,
    Source,
    Stage,
    Temperature,
    User,
)
from conversations.services.lead_search import leads_matching, newest_ids_matching
from conversations.services.visibility import visible_leads

OWNER_HELP = "A user's id, `me`, or `none`."
SEARCH_HELP = "Words in name, username, phone number, e-mail or company; all must match."


class LeadFilter(filters.FilterSet):  # type: ignore[misc]  # no stubs
    """Narrows a list of leads."""

    stage = filters.MultipleChoiceFilter(choices=Stage.choices)
    temperature = filters.MultipleChoiceFilter(choices=Temperature.choices)
    source = filters.MultipleChoiceFilter(choices=Source.choices)
    source_id = filters.CharFilter(
        max_length=200, help_text="The ad or post that the lead came from first."
    )
    owner = filters.CharFilter(method="by_owner", help_text=OWNER_HELP)
    q = filters.CharFilter(method="by_words", max_length=200, help_text=SEARCH_HELP)

    class Meta:
        model = Lead
        fields: list[str] = []

    def by_owner(self, rows: QuerySet[Lead], _name: str, value: str) -> QuerySet[Lead]:
        return rows.filter(_owned("owner", value, self.request))

    def by_words(self, rows: QuerySet[Lead], _name: str, value: str) -> QuerySet[Lead]:
        return leads_matching(rows, value)


class ConversationFilter(filters.FilterSet):  # type: ignore[misc]  # no stubs
    """Narrows a list of conversations."""

    mode = filters.ChoiceFilter(choices=Mode.choices)
    unread = filters.BooleanFilter(method="by_unread")
    window = filters.ChoiceFilter(
        choices=[("open", "open"), ("closed", "closed")],
        method="by_window",
        help_text="WhatsApp's 24 hours.",
    )
    owner = filters.CharFilter(method="by_owner", help_text=OWNER_HELP)
    q = filters.CharFilter(method="by_words", max_length=200, help_text=SEARCH_HELP)

    class Meta:
        model = Conversation
        fields: list[str] = []

    def by_unread(
        self, rows: QuerySet[Conversation], _name: str, value: bool
    ) -> QuerySet[Conversation]:
        return rows.filter(unread_count__gt=0) if value else rows.filter(unread_count__lte=0)

    def by_window(
        self, rows: QuerySet[Conversation], _name: str, value: str
    ) -> QuerySet[Conversation]:
        is_open = Q(window_expires_at__gt=timezone.now())
        closed = Q(window_expires_at__isnull=True) | Q(window_expires_at__lte=timezone.now())
        return rows.filter(is_open if value == "open" else closed)

    def by_owner(
        self, rows: QuerySet[Conversation], _name: str, value: str
    ) -> QuerySet[Conversation]:
        return rows.filter(_owned("lead__owner", value, self.request))

    def by_words(
        self, rows: QuerySet[Conversation], _name: str, value: str
    ) -> QuerySet[Conversation]:
        found = newest_ids_matching(visible_leads(_user(self.request)), value)
        return rows.filter(lead_id__in=found)


class MeetingFilter(filters.FilterSet):  # type: ignore[misc]  # no stubs
    """Narrows a list of meetings."""

    state = filters.MultipleChoiceFilter(choices=MeetingState.choices)
    since = filters.IsoDateTimeFilter(method="by_since", help_text="Meetings that end after this.")
    to = filters.IsoDateTimeFilter(method="by_to", help_text="Meetings that start before this.")
    salesperson = filters.UUIDFilter(
        field_name="salesperson__user_id", help_text="The host's user id."
    )

    class Meta:
        model = Meeting
        fields: list[str] = []

    def by_since(self, rows: QuerySet[Meeting], _name: str, value: datetime) -> QuerySet[Meeting]:
        return rows.filter(during__endswith__gt=value)

    def by_to(self, rows: QuerySet[Meeting], _name: str, value: datetime) -> QuerySet[Meeting]:
        return rows.filter(during__startswith__lt=value)


class TemplateFilter(filters.FilterSet):  # type: ignore[misc]  # no stubs
    """Narrows a list of templates."""

    status = filters.MultipleChoiceFilter(choices=MessageTemplate.Status.choices)
    category = filters.CharFilter(
        max_length=40, help_text="Meta's word: marketing, utility or authentication."
    )
    language = filters.CharFilter(
        lookup_expr="istartswith", max_length=15, help_text="`es` finds `es_MX` too."
    )
    q = filters.CharFilter(
        field_name="name", lookup_expr="icontains", max_length=200, help_text="Part of the name."
    )

    class Meta:
        model = MessageTemplate
        fields: list[str] = []


# `from` is a word of Python's.
MeetingFilter.base_filters["from"] = MeetingFilter.base_filters.pop("since")


def _user(request: Any) -> User:
    user = request.user
    if not isinstance(user, User):
        raise TypeError("Permissions come before filters.")
    return user


def _owned(field: str, value: str, request: Any) -> Q:
    if value == "none":
        return Q(**{f"{field}__isnull": True})
    try:
        owner = _user(request).pk if value == "me" else UUID(value)
    except ValueError as error:
        raise ValidationError({"owner": [_("A user's id, “me” or “none” is wanted.")]}) from error
    return Q(**{field: owner})
