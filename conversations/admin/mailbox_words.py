"""A mailbox that cannot be read: what that means and what to do, in plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.admin import alarms, dates
from conversations.admin.alarms import Alarm
from conversations.models import Salesperson
from conversations.services import mailbox_health

# By words in the provider's answer, small letters; the first that is found says it.
ADVICE: Mapping[str, Promise] = {
    "accessdenied": _(
        "leadbot has no permission for this mailbox: add it to the group of step 2 in "
        "docs/outlook.md. Changes take up to two hours."
    ),
    "nofreebusyaccess": _(
        "leadbot has no permission for this mailbox: add it to the group of step 2 in "
        "docs/outlook.md. Changes take up to two hours."
    ),
    "invaliduser": _("There is no such mailbox: check the address on the salesperson's page."),
    "nonexistentmailbox": _(
        "There is no such mailbox: check the address on the salesperson's page."
    ),
    "mailboxnotfound": _("There is no such mailbox: check the address on the salesperson's page."),
    "recipientnotfound": _(
        "There is no such mailbox: check the address on the salesperson's page."
    ),
    "resourcenotfound": _("There is no such mailbox: check the address on the salesperson's page."),
    "notenabledforrestapi": _(
        "This mailbox is on a server of your own or has no licence: give it an Exchange Online "
        "licence."
    ),
    "credentials": _("The app's secret or certificate is refused: run `manage.py doctor outlook`."),
    "tenant": _("The tenant's id is refused: run `manage.py doctor outlook`."),
}
USUALLY = _("It is asked again by itself. If this lasts, check the address and the permissions.")


def troubles(_now: datetime) -> list[Alarm]:
    """Whose times are offered to nobody, since when, and what to do: one alarm for each remedy."""
    by_advice: dict[str, list[Salesperson]] = defaultdict(list)
    for person in mailbox_health.failing():
        by_advice[advice_on(person.mailbox_problem)].append(person)
    return [_alarm(people, advice) for advice, people in by_advice.items()]


def _alarm(people: Sequence[Salesperson], advice: str) -> Alarm:
    since = min(each.mailbox_failing_since or each.user.date_joined for each in people)
    what = ngettext(
        "No times of %(names)s are offered: since %(since)s their calendar cannot be read.",
        "No times of %(names)s are offered: since %(since)s their calendars cannot be read.",
        len(people),
    )
    words = {"names": ", ".join(map(str, people)), "since": dates.exactly(since)}
    return Alarm(what % words, advice, people[0].mailbox_problem)


def advice_on(problem: str) -> str:
    """What to do about it."""
    said = problem.casefold()
    return str(next((words for part, words in ADVICE.items() if part in said), USUALLY))


alarms.provide(troubles)
