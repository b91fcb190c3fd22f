"""The admin site: our navigation, the viewer's time zone, the order of the index."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from conversations.admin import alarms
from conversations.models import Salesperson

Area = tuple[Promise | str, str, str]

DAILY: tuple[Area, ...] = (
    (_("Inbox"), "conversations", "conversation"),
    (_("Leads"), "conversations", "lead"),
    (_("Meetings"), "conversations", "meeting"),
    (_("Follow-ups"), "conversations", "followup"),
    (_("Templates"), "conversations", "messagetemplate"),
)
# Behind «More»: eleven in a row fit no screen.
MORE: tuple[Area, ...] = (
    (_("Playbook"), "agent", "playbookversion"),
    (_("Replays"), "agent", "replay"),
    (_("Agent runs"), "agent", "agentrun"),
    (_("Model costs"), "agent", "purse"),
    (_("Notices"), "conversations", "notice"),
    (_("Deliveries"), "integrations", "webhookdelivery"),
)
QUEUE = "procrastinate"
APP_ORDER = ("conversations", "agent", "integrations")
INBOX = "admin:conversations_conversation_changelist"


class LeadbotAdminSite(AdminSite):
    """The site that staff log in to."""

    site_title = "leadbot"
    site_header = "leadbot"
    index_title = _("Overview")
    site_url = None
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the language switch, which people need before they log in too."""
        return [path("language/", set_language, name="language"), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the navigation bar and the alarms."""
        context = super().each_context(request)
        allowed = context["has_permission"]
        context["daily_areas"] = self._areas(request, DAILY) if allowed else []
        context["more_areas"] = self._areas(request, MORE) if allowed else []
        context["alarms"] = alarms.current(now=timezone.now()) if allowed else []
        return context

    def admin_view(  # type: ignore[override]  # the stubs use a private name for this
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        """Show every page in the time zone of who looks at it."""

        @wraps(view)
        def in_zone(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with timezone.override(_zone_of(request)):
                response = view(request, *args, **kwargs)
                # A template is rendered after the view returns, when the zone would be gone.
                return (
                    response.render() if isinstance(response, SimpleTemplateResponse) else response
                )

        return super().admin_view(in_zone, cacheable)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Land salespeople on the inbox; the overview is for administrators."""
        user = request.user
        if not user.is_superuser and user.has_perm("conversations.view_conversation"):
            landing: HttpResponse = redirect(INBOX)
            return landing  # type: ignore[return-value]  # the base class promises a template
        return super().index(request, extra_context)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Put what people use before what machines leave behind."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == QUEUE:
                app["name"], app["models"][0]["name"] = _("Queue"), _("Jobs")
        return sorted(apps, key=lambda app: _rank(app["app_label"]))

    def _areas(self, request: HttpRequest, areas: tuple[Area, ...]) -> list[dict[str, Any]]:
        links = []
        for label, app, model in areas:
            url = reverse(f"admin:{app}_{model}_changelist")
            if self._may_see(request, app, model):
                links.append({"label": label, "url": url, "current": request.path.startswith(url)})
        return links

    def _may_see(self, request: HttpRequest, app: str, model: str) -> bool:
        for registered, model_admin in self._registry.items():
            meta = registered._meta
            if (meta.app_label, meta.model_name) == (app, model):
                return model_admin.has_view_permission(request)
        return False


def _rank(app_label: str) -> int:
    return APP_ORDER.index(app_label) if app_label in APP_ORDER else len(APP_ORDER)


def _zone_of(request: HttpRequest) -> ZoneInfo:
    name = None
    if request.user.is_authenticated:
        rows = Salesperson.objects.filter(user_id=request.user.pk)
        name = rows.values_list("time_zone", flat=True).first()
    return ZoneInfo(name or settings.TIME_ZONE)
