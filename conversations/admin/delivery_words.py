"""What a webhook delivery held and what was wrong with it, in words for staff."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

# What the reader of payloads writes, for staff; anything else shows as it is stored.
REASONS: Mapping[str, Promise] = {
    "The signature does not match.": gettext_lazy("The signature does not match."),
    "The body is not JSON that can be read.": gettext_lazy(
        "The body is not JSON that can be read."
    ),
    "not a WhatsApp account's event": gettext_lazy("Not an event of a WhatsApp account"),
    "for another phone number of this account": gettext_lazy(
        "For another phone number of this account"
    ),
    "a status we do not know": gettext_lazy("A status that we do not know"),
    "not about marketing": gettext_lazy("Not about marketing"),
    "the body is not an object": gettext_lazy("The body is not an object"),
    "no field, or a value that is not an object": gettext_lazy(
        "No field, or a value that is not an object"
    ),
    "names no sender": gettext_lazy("Names no sender"),
    "names no recipient": gettext_lazy("Names no recipient"),
    "names nobody": gettext_lazy("Names nobody"),
    "is not an object": gettext_lazy("Is not an object"),
    "is not an array": gettext_lazy("Is not a list"),
    "how a call of ours is going": gettext_lazy("How a call of ours is going"),
    "a test by manage.py doctor, which changes nothing": gettext_lazy(
        "A test by manage.py doctor, which changes nothing"
    ),
    "older messages of the app on the phone, which are not taken over": gettext_lazy(
        "Older messages of the app on the phone, which are not taken over"
    ),
    "contacts of the app on the phone, which are not taken over": gettext_lazy(
        "Contacts of the app on the phone, which are not taken over"
    ),
    "WhatsApp's own agent took or gave back a talk: what comes on standby is not answered": (
        gettext_lazy(
            "WhatsApp's own agent took or gave back a talk: what comes on standby is not answered"
        )
    ),
}
PROVIDERS_ERROR = re.compile(r"the provider reports error (\S+)")
COUNTS: Mapping[str, Any] = {
    "messages": ngettext_lazy("%d message", "%d messages"),
    "receipts": ngettext_lazy("%d status", "%d statuses"),
    "echoes": ngettext_lazy("%d message from the phone", "%d messages from the phone"),
    "preferences": ngettext_lazy("%d preference", "%d preferences"),
    "unsupported": ngettext_lazy("%d event left alone", "%d events left alone"),
}


def counts_text(counts: Any) -> Iterator[str]:
    """What was in it, kind by kind."""
    known = counts if isinstance(counts, dict) else {}
    for name, number in sorted(known.items()):
        if isinstance(number, int) and number:
            words = COUNTS.get(name)
            yield str(words % number) if words else f"{name}: {number}"


def problems_text(problems: Any, *, most: int) -> Iterator[str]:
    """What could not be understood, and where in the body; then how much more there is."""
    listed = problems if isinstance(problems, list) else [problems]
    yield from map(_problem_text, listed[:most])
    if (left := len(listed) - most) > 0:
        yield ngettext("and %(count)d more", "and %(count)d more", left) % {"count": left}


def _problem_text(problem: Any) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    where, why = str(problem.get("pointer") or ""), str(problem.get("reason") or "")
    return " · ".join(filter(None, (where, reason_text(why)))) or "–"


def reason_text(reason: str) -> str:
    """A stored reason in the viewer's language."""
    if match := PROVIDERS_ERROR.fullmatch(reason):
        return _("WhatsApp reports error %(code)s") % {"code": match[1]}
    return str(REASONS.get(reason, reason))
