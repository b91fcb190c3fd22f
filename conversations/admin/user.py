"""Staff accounts and API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from conversations.admin.base import CrmAdmin
from conversations.models import ApiToken, User

if TYPE_CHECKING:
    AnyUserAdmin = UserAdmin[User]
else:
    AnyUserAdmin = UserAdmin


@admin.register(User)
class StaffAdmin(AnyUserAdmin):
    """Members of staff."""

    # Groups say what somebody may do; single permissions would open no lead (services.visibility).
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("username",)
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_superuser")


@admin.register(ApiToken)
class ApiTokenAdmin(CrmAdmin[ApiToken]):
    """Keys for integrations: seen and revoked here, made by `manage.py create_token`."""

    list_display = ("prefix", "name", "user", "created_at", "expires_at", "last_used_at")
    list_select_related = ("user",)
    ordering = ("-created_at", "-id")

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A key is revoked, never edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting is how a key is revoked."""
        return bool(request.user.has_perm("conversations.delete_apitoken"))
