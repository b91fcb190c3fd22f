"""Groups of staff: their rights to our own pages, in the viewer's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.forms import ModelMultipleChoiceField
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy

from conversations.services import roles

if TYPE_CHECKING:
    PermissionField = ModelMultipleChoiceField[Permission]
else:
    PermissionField = ModelMultipleChoiceField

OURS = ("conversations", "agent")
VERBS: dict[str, Promise] = {
    "view": pgettext_lazy("right", "see"),
    "add": pgettext_lazy("right", "add"),
    "change": pgettext_lazy("right", "change"),
    "delete": pgettext_lazy("right", "delete"),
}


class RightsField(PermissionField):
    """Rights by the names that the pages have."""

    def label_from_instance(self, obj: Permission) -> str:
        """Leads: see."""
        model = obj.content_type.model_class()
        verb = VERBS.get(obj.codename.partition("_")[0])
        if model is None or verb is None:
            return gettext(obj.name)
        return f"{capfirst(str(model._meta.verbose_name_plural))}: {verb}"


admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(GroupAdmin):
    """Django's, with the rights to our own pages only."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """What the queue, sessions or the simulator hold is nothing for a group of staff."""
        if db_field.name == "permissions":
            kwargs |= {"form_class": RightsField, "queryset": offered()}
        return super().formfield_for_manytomany(db_field, request=request, **kwargs)


def offered() -> QuerySet[Permission]:
    """Rights to models that have pages, and whatever our own groups hold."""
    wanted = Q()
    for model in admin.site._registry:
        if model._meta.app_label in OURS:
            app_label, name = model._meta.app_label, model._meta.model_name
            wanted |= Q(content_type__app_label=app_label, content_type__model=name)
    for right in {right for rights in roles.GROUPS.values() for right in rights}:
        app_label, _dot, codename = right.partition(".")
        wanted |= Q(content_type__app_label=app_label, codename=codename)
    return Permission.objects.filter(wanted)
