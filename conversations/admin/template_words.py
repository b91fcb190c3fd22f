"""Templates in words for staff: states, languages, categories, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from conversations.admin import badges
from conversations.models import MessageTemplate
from conversations.services.template_texts import Preview, ValueProblem, Variable

TONES: Mapping[str, str] = {
    MessageTemplate.Status.APPROVED: "green",
    MessageTemplate.Status.PENDING: "blue",
    MessageTemplate.Status.PAUSED: "amber",
    MessageTemplate.Status.REJECTED: "red",
    MessageTemplate.Status.DISABLED: "red",
}
QUALITY: Mapping[str, tuple[Promise, str]] = {
    "green": (gettext_lazy("High"), "green"),
    "yellow": (gettext_lazy("Medium"), "amber"),
    "red": (gettext_lazy("Low"), "red"),
}
CATEGORIES: Mapping[str, Promise] = {
    "marketing": gettext_lazy("Marketing"),
    "utility": gettext_lazy("Utility"),
    "authentication": gettext_lazy("Authentication"),
}
PROBLEMS: Mapping[ValueProblem, Promise] = {
    ValueProblem.MISSING: gettext_lazy("Fill this in: WhatsApp takes no empty value."),
    ValueProblem.LAYOUT: gettext_lazy("No line breaks, tabs or several spaces in a row."),
    ValueProblem.TOO_LONG: gettext_lazy("Too long for WhatsApp: shorten it."),
}


def status_badge(template: MessageTemplate) -> SafeString:
    """Whether it may be sent, in one word."""
    return badges.badge(template.get_status_display(), TONES.get(template.status, "grey"))


def quality_badge(quality: str) -> SafeString | None:
    """What people think of it, as WhatsApp measures."""
    words = QUALITY.get(quality)
    return badges.badge(*words) if words else None


def category_text(category: str) -> str:
    """What WhatsApp counts it as."""
    return str(CATEGORIES.get(category, category))


def language_text(code: str) -> str:
    """A language with its region, in the viewer's language: Spanish (MX)."""
    plain, _line, region = code.replace("-", "_").partition("_")
    try:
        name = get_language_info(plain.lower())["name_translated"]
    except KeyError:
        return code
    name = str(name)[:1].upper() + str(name)[1:]
    return f"{name} ({region})" if region else name


def obstacle_text(obstacle: str) -> str:
    """Why an approved template cannot be sent from here."""
    if obstacle in {"image", "video", "document", "gif", "location"}:
        return _("It needs a file or a place in its header: send it from WhatsApp Manager.")
    if obstacle == "body":
        return _("Its text has not come from WhatsApp yet.")
    return _("It has a part that cannot be filled in here: send it from WhatsApp Manager.")


def label_of(variable: Variable) -> str:
    """What to write beside the field of a variable."""
    if variable.key.startswith("button:"):
        return _("End of the link of “%(button)s”") % {"button": variable.place}
    if variable.is_name:
        return _("Name") if variable.place.isdigit() else variable.place.replace("_", " ")
    if variable.place.isdigit():
        return _("Variable %(number)s") % {"number": variable.place}
    return variable.place.replace("_", " ")


def in_one_line(shown: Preview) -> str:
    """The words of a template for a row of a list."""
    return " · ".join(filter(None, (shown.header, shown.body)))[:200]
