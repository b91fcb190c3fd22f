"""Templates in words for staff: states, reasons, languages, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges, regions
from conversations.admin.base import NOTHING
from conversations.models import MessageTemplate
from conversations.services.template_texts import Preview, Variable

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
# Meta's reasons for turning a template down; the way out of each is in WhatsApp Manager.
REASONS: Mapping[str, Promise] = {
    "ABUSIVE_CONTENT": gettext_lazy("WhatsApp takes its text for offensive. Write it anew."),
    "INCORRECT_CATEGORY": gettext_lazy("Its text does not fit its category. Change one of them."),
    "INVALID_FORMAT": gettext_lazy(
        "Its form is wrong, mostly a variable: at the very beginning or end, beside another one, "
        "or without a sample. Correct it and submit it again."
    ),
    "PROMOTIONAL": gettext_lazy("It advertises. Submit it again as marketing."),
    "SCAM": gettext_lazy("WhatsApp takes it for a fraud. Write it anew, without asking for data."),
    "TAG_CONTENT_MISMATCH": gettext_lazy(
        "Its text does not fit the language or the category that was chosen. Correct it and submit "
        "it again."
    ),
}
STATES: Mapping[str, Promise] = {
    MessageTemplate.Status.PENDING: gettext_lazy(
        "WhatsApp is looking at it; that takes up to a day."
    ),
    MessageTemplate.Status.PAUSED: gettext_lazy(
        "Many people blocked or reported it. It comes back by itself after some hours; the third "
        "time WhatsApp disables it."
    ),
    MessageTemplate.Status.DISABLED: gettext_lazy(
        "Too many people blocked or reported it, or it breaks WhatsApp's rules. Write another one."
    ),
    MessageTemplate.Status.REJECTED: gettext_lazy("WhatsApp Manager shows why."),
    MessageTemplate.Status.DELETED: gettext_lazy("It is no longer in WhatsApp Manager."),
}
# How the sentences begin that the reader of templates writes; the rest is for support.
SYNC_PROBLEMS: Mapping[str, Promise] = {
    "WhatsApp could not be reached": gettext_lazy(
        "WhatsApp could not be reached. It is tried again by itself."
    ),
    "WhatsApp does not accept our access token": gettext_lazy(
        "WhatsApp does not accept our access token."
    ),
    "WhatsApp does not show us this account": gettext_lazy(
        "WhatsApp does not show us this account."
    ),
    "WhatsApp refused to list the templates": gettext_lazy(
        "WhatsApp refused to list the templates."
    ),
    "WhatsApp's list of templates": gettext_lazy("WhatsApp's list of templates cannot be read."),
    "WHATSAPP_BUSINESS_ACCOUNT_ID is not set": gettext_lazy(
        "It is not set which WhatsApp account is ours."
    ),
}


def status_badge(template: MessageTemplate) -> SafeString:
    """Whether it may be sent, in one word."""
    return badges.badge(template.get_status_display(), TONES.get(template.status, "grey"))


def reason_text(template: MessageTemplate) -> str:
    """Why it is not to be sent and what helps; nothing for one that is."""
    words = REASONS.get(template.reason.upper()) or STATES.get(template.status)
    return str(words or "")


def sync_problem_text(problem: str) -> str:
    """Why templates could not be read; what nobody knows stays as it is."""
    known = (words for start, words in SYNC_PROBLEMS.items() if problem.startswith(start))
    return str(next(known, problem))


def quality_badge(quality: str) -> SafeString | str:
    """What people think of it, as WhatsApp measures."""
    words = QUALITY.get(quality)
    return badges.badge(*words) if words else NOTHING


def language_text(code: str) -> str:
    """A language with its region, in the viewer's language: Spanish (MX)."""
    plain, _line, region = code.replace("-", "_").partition("_")
    name = regions.language_text(plain.lower())
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
