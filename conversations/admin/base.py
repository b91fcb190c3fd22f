"""What our admin pages share: cheap pages over large tables, and rows that only services change."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Field, Model, QuerySet
from django.forms import Field as FormField
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.text import capfirst

from conversations.models import User
from conversations.services.visibility import Role, role_of

COUNTED_ROWS = 1000
Row = TypeVar("Row", bound=Model)
# Where it is, what shows it, and its name after the model's.
Page = tuple[str, Callable[..., HttpResponseBase], str]

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, SimpleListFilter

    AnyPaginator = Paginator[Any]
else:
    from django.contrib.admin import SimpleListFilter

    AnyPaginator = Paginator

    class ModelAdmin(admin.ModelAdmin):
        """Django's, that takes a type argument at run time as it does in the stubs."""

        def __class_getitem__(cls, _model: Any) -> type:
            return cls


# What stands where there is nothing to show.
NOTHING = "–"

__all__ = [
    "COUNTED_ROWS",
    "NOTHING",
    "BoundedPaginator",
    "CrmAdmin",
    "Page",
    "ReadOnlyAdmin",
    "SimpleListFilter",
    "TechnicalAdmin",
    "id_in",
    "sees_all",
    "staff_of",
    "wants_json",
]


def staff_of(request: HttpRequest) -> User:
    """Who asks; nobody else gets past the door of the admin."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def id_in(text: object) -> UUID | None:
    """An id that a browser sent; None for what is none."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def sees_all(request: HttpRequest) -> bool:
    """Whether who asks sees all leads. The login page asks too."""
    return isinstance(request.user, User) and role_of(request.user) is Role.MANAGER


def wants_json(request: HttpRequest) -> bool:
    """Whether a script pressed the button: a page that lives."""
    return "application/json" in request.headers.get("Accept", "")


class BoundedPaginator(AnyPaginator):
    """Counts a thousand rows at most: nobody pages further, and a full count reads the table."""

    @cached_property
    def count(self) -> int:
        """How many rows, or one more than COUNTED_ROWS."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[: COUNTED_ROWS + 1].count()
        return len(rows)


class CrmAdmin(ModelAdmin[Row]):
    """A fast list of rows that nobody adds or deletes by hand."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    sortable_by = ()
    empty_value_display = NOTHING

    def pages(self) -> Iterable[Page]:
        """What it has besides Django's own pages."""
        return ()

    def own_urls(self) -> list[URLPattern]:
        """Their addresses."""
        wrap, model = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(route, wrap(view), name=f"{model}_{name}") for route, view, name in self.pages()
        ]

    def get_urls(self) -> list[URLPattern]:
        """Ours first: the last one of Django's takes every address there is."""
        return [*self.own_urls(), *super().get_urls()]

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> FormField | None:
        """Choose only: other rows are not made, changed or deleted from inside a field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Call the page what it lists."""
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        return super().changelist_view(request, context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Rows leave by erasure and retention."""
        return False

    def page_context(self, request: HttpRequest, row: Row) -> dict[str, Any]:
        """What the page of a row shows beside its fields."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Row | None = None,
    ) -> HttpResponse:
        """Add what the page shows; who may not see the row was sent away before."""
        shown = self.page_context(request, obj) if obj is not None else {}
        return super().render_change_form(request, context | shown, add, change, form_url, obj)


class ReadOnlyAdmin(CrmAdmin[Row]):
    """Written by the machine, read by people who may view it."""

    actions: Any = None

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Read only."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Follow the rows."""
        return self.has_view_permission(request)


class TechnicalAdmin(ReadOnlyAdmin[Row]):
    """Seen by administrators only, changed by nobody."""

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Technical rows may hold anything a provider sent."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))
