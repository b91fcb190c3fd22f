"""Message templates: what WhatsApp approved, read only, and asking for them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conversations.admin import badges, costs, template_words
from conversations.admin.base import NOTHING, Page, ReadOnlyAdmin, SimpleListFilter, sees_all
from conversations.models import MessageTemplate
from conversations.services import template_texts, templates
from integrations import registry
from integrations.messaging import TemplateSourceError

LIST = "admin:conversations_messagetemplate_changelist"


class ColumnFilter(SimpleListFilter):
    """One value of a column, in words."""

    column: str
    words: Callable[[str], str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Offer what there is."""
        rows = MessageTemplate.objects.order_by(self.column)
        found = rows.values_list(self.column, flat=True).distinct()
        return [(value, type(self).words(value)) for value in found if value]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow to the chosen value."""
        chosen = self.value()
        return queryset.filter(**{self.column: chosen}) if chosen else queryset


class CategoryFilter(ColumnFilter):
    """Marketing or not."""

    title = gettext_lazy("category")
    parameter_name = column = "category"
    words = staticmethod(costs.category_label)


class LanguageFilter(ColumnFilter):
    """One of the translations."""

    title = gettext_lazy("language")
    parameter_name = column = "language"
    words = staticmethod(template_words.language_text)


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ReadOnlyAdmin[MessageTemplate]):
    """All templates with their state; each with what it says."""

    list_display = ("name_and_words", "state", "category_shown", "language_shown", "quality_shown")
    list_filter = ("status", CategoryFilter, LanguageFilter)
    search_fields = ("name",)
    ordering = ("name", "language", "id")
    fields = (
        "state",
        "reason_shown",
        "category_shown",
        "language_shown",
        "quality_shown",
        "synced_at",
    )
    readonly_fields = fields

    def pages(self) -> list[Page]:
        """The button."""
        return [("sync/", self.sync_view, "sync")]

    def has_view_permission(self, request: HttpRequest, obj: MessageTemplate | None = None) -> bool:
        """Whoever may write to leads chooses among them."""
        return bool(request.user.has_perm("conversations.view_conversation"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say when they were last read, and what went wrong then."""
        last = templates.last_sync()
        context = {
            "title": _("Templates"),
            "last_sync": badges.moment(last.at, now=timezone.now()) if last else None,
            "sync_problem": template_words.sync_problem_text(last.problem) if last else "",
            "sync_detail": last.problem if last else "",
            "may_sync": sees_all(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def page_context(self, request: HttpRequest, row: MessageTemplate) -> dict[str, Any]:
        """What the lead would see, with the samples that WhatsApp's reviewers saw."""
        shape = template_texts.shape_of(row)
        return {
            "title": row.name,
            "shown": template_texts.preview(row, shape.samples),
            "obstacle": template_words.obstacle_text(shape.obstacle) if shape.obstacle else "",
        }

    def sync_view(self, request: HttpRequest) -> HttpResponse:
        """Read all templates now."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not sees_all(request):
            raise PermissionDenied
        try:
            count = templates.sync(source=registry.templates(), now=timezone.now())
        except TemplateSourceError as error:
            reason = template_words.sync_problem_text(str(error))
            messages.error(request, _("Not updated: %(reason)s") % {"reason": reason})
        else:
            words = ngettext("%(count)d template read.", "%(count)d templates read.", count)
            messages.success(request, words % {"count": count})
        return redirect(LIST)

    @admin.display(description=gettext_lazy("template"))
    def name_and_words(self, row: MessageTemplate) -> SafeString:
        """Its name and what it says."""
        words = template_words.in_one_line(template_texts.preview(row, {}))
        return badges.two_lines(row.name, words or NOTHING)

    @admin.display(description=gettext_lazy("status"))
    def state(self, row: MessageTemplate) -> SafeString:
        """Whether it may be sent."""
        return template_words.status_badge(row)

    @admin.display(description=gettext_lazy("reason"))
    def reason_shown(self, row: MessageTemplate) -> SafeString | str:
        """Why not, and Meta's own word for it."""
        words = template_words.reason_text(row)
        return badges.two_lines(words, row.reason) if words or row.reason else NOTHING

    @admin.display(description=gettext_lazy("category"))
    def category_shown(self, row: MessageTemplate) -> str:
        """What WhatsApp counts it as."""
        return costs.category_label(row.category)

    @admin.display(description=gettext_lazy("language"))
    def language_shown(self, row: MessageTemplate) -> str:
        """Which of the translations this is."""
        return template_words.language_text(row.language)

    @admin.display(description=gettext_lazy("quality"))
    def quality_shown(self, row: MessageTemplate) -> SafeString | str:
        """What people think of it."""
        return template_words.quality_badge(row.quality)
