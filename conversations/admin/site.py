"""The admin site."""

from __future__ import annotations

from django.contrib.admin import AdminSite


class LeadbotAdminSite(AdminSite):
    """The site that staff log in to."""
