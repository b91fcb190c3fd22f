"""Who sees what: the one rule that the admin and the API share."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet, prefetch_related_objects

from conversations.models import Conversation, Lead, Meeting, Message, Salesperson, User
from conversations.services import follow_up_rules
from conversations.services.roles import MANAGERS, SALES


class Role(StrEnum):
    """How far a member of staff sees; the widest of their groups counts."""

    MANAGER = "manager"
    SALES = "sales"
    NONE = "none"


def role_of(user: User) -> Role:
    """Superusers and managers see all; who is in no group of ours sees nothing.

    One query for each `user` object, so one for each request.
    """
    if not (user.is_active and user.is_staff):
        return Role.NONE
    if user.is_superuser:
        return Role.MANAGER
    prefetch_related_objects([user], "groups")
    groups = {group.name for group in user.groups.all()}
    if MANAGERS in groups:
        return Role.MANAGER
    return Role.SALES if SALES in groups else Role.NONE


def visible_leads(user: User) -> QuerySet[Lead]:
    """All leads, or one's own and those that nobody has yet; one that was merged is gone."""
    return Lead.objects.filter(_within(user, "owner"), merged_into=None)


def visible_conversations(user: User) -> QuerySet[Conversation]:
    """The conversations of visible leads."""
    return Conversation.objects.filter(_within(user, "lead__owner"), lead__merged_into=None)


def with_merged(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Also the empty ones of leads that live on in these: what was done in them is still known."""
    leads = conversations.values("lead")
    return Conversation.objects.filter(Q(lead__in=leads) | Q(lead__merged_into__in=leads))


def visible_messages(user: User) -> QuerySet[Message]:
    """The messages of visible leads."""
    return Message.objects.filter(_within(user, "conversation__lead__owner"))


def visible_meetings(user: User) -> QuerySet[Meeting]:
    """The meetings of visible leads, whoever hosts them."""
    return Meeting.objects.filter(_within(user, "lead__owner"))


def visible_follow_ups(user: User) -> QuerySet[Any]:
    """What is planned for visible leads, judged."""
    return follow_up_rules.judged().filter(_within(user, "conversation__lead__owner"))


def visible_staff(user: User) -> QuerySet[User]:
    """Colleagues whom one may make owner of a lead: salespeople take leads, managers assign."""
    staff = User.objects.filter(is_active=True, is_staff=True)
    match role_of(user):
        case Role.MANAGER:
            return staff
        case Role.SALES:
            return staff.filter(pk=user.pk)
        case Role.NONE:
            return staff.none()


def visible_hosts(user: User) -> QuerySet[Salesperson]:
    """Salespeople whose calendars one may look through: one's own, managers all."""
    people = Salesperson.objects.select_related("user")
    match role_of(user):
        case Role.MANAGER:
            return people
        case Role.SALES:
            return people.filter(user=user)
        case Role.NONE:
            return people.none()


def _within(user: User, owner: str) -> Q:
    match role_of(user):
        case Role.MANAGER:
            return Q()
        case Role.SALES:
            return Q(**{owner: user.pk}) | Q(**{f"{owner}__isnull": True})
        case Role.NONE:
            return Q(pk__in=[])
