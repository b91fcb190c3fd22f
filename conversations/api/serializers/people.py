"""Colleagues."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from conversations.api.serializers.fields import RowSerializer
from conversations.models import User
from conversations.models.user import SpokenLanguage
from conversations.services.visibility import Role, role_of


class PersonSerializer(RowSerializer):
    """A colleague, as other resources name them."""

    name = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name")

    def get_name(self, user: User) -> str:
        """Full name, or what they log in with."""
        return user.shown_name


class UserSerializer(PersonSerializer):
    """A colleague."""

    takes_meetings = serializers.SerializerMethodField()
    languages = serializers.SerializerMethodField()
    calendar_works = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "name", "username", "takes_meetings", "languages", "calendar_works")

    def get_takes_meetings(self, user: User) -> bool:
        """Whether leads are offered their times."""
        host = getattr(user, "salesperson", None)
        return host is not None and host.takes_meetings

    @extend_schema_field(
        serializers.ListField(child=serializers.ChoiceField(choices=SpokenLanguage.choices))
    )
    def get_languages(self, user: User) -> list[str]:
        """Of the leads they are offered to; none means any."""
        host = getattr(user, "salesperson", None)
        return list(host.languages) if host else []

    def get_calendar_works(self, user: User) -> bool:
        """Whether their calendar can be read: otherwise leads are offered none of their times."""
        host = getattr(user, "salesperson", None)
        return host is not None and not host.mailbox_problem


class MeSerializer(UserSerializer):
    """Who is asking, and how far they see."""

    role = serializers.SerializerMethodField()
    time_zone = serializers.SerializerMethodField()
    currency = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (
            "id",
            "name",
            "username",
            "email",
            "role",
            "time_zone",
            "currency",
            "takes_meetings",
            "languages",
            "calendar_works",
        )

    @extend_schema_field(
        serializers.ChoiceField(choices=[(role.value, role.value) for role in Role])
    )
    def get_role(self, user: User) -> str:
        """Managers see all leads, sales their own and unowned ones."""
        return role_of(user).value

    def get_time_zone(self, user: User) -> str:
        """Their own, or the business's."""
        host = getattr(user, "salesperson", None)
        return host.time_zone if host else str(settings.TIME_ZONE)

    def get_currency(self, _user: User) -> str:
        """Of the `cost` of messages."""
        return str(settings.WHATSAPP_CURRENCY)
