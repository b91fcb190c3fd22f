"""The page of switches: every trouble with its name for people, in groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.simulator import chaos
from integrations.simulator.cloud.errors import TITLES

GROUPS: dict[Promise, dict[str, Promise]] = {
    gettext_lazy("Sends"): {
        "reject_next": gettext_lazy("Refuse the next sends (how many)"),
        "reject_rate": gettext_lazy("Refuse sends"),
        "reject_code": gettext_lazy("with the error"),
        "retry_after_seconds": gettext_lazy("Retry-After of a 429, in seconds"),
        "pair_rate_limit": gettext_lazy("Limit the pace for one person (45, then 1 in 6 s)"),
    },
    gettext_lazy("Connection"): {
        "answer_delay_seconds": gettext_lazy("Answer late, by seconds"),
        "cut_before_rate": gettext_lazy("Cut the connection before accepting"),
        "cut_rate": gettext_lazy("Cut the connection after accepting"),
        "break_rate": gettext_lazy("502 without Meta's body, not accepted"),
        "break_after_rate": gettext_lazy("502 without Meta's body, accepted"),
    },
    gettext_lazy("Statuses"): {
        "status_failed_rate": gettext_lazy("Fail after the 200"),
        "status_failed_code": gettext_lazy("with the error"),
        "status_drop_rate": gettext_lazy("Lose statuses"),
        "status_duplicate_rate": gettext_lazy("Send statuses twice"),
        "status_delay_seconds": gettext_lazy("Statuses late, by seconds"),
    },
    gettext_lazy("Webhooks"): {
        "webhook_duplicate_rate": gettext_lazy("Post webhooks twice"),
        "webhook_reorder_rate": gettext_lazy("Let later webhooks overtake"),
    },
    gettext_lazy("Files"): {
        "media_expired": gettext_lazy("Addresses of files have expired"),
        "media_gone": gettext_lazy("Ids of files are gone"),
    },
    gettext_lazy("Outlook"): {
        "graph_429_rate": gettext_lazy("Throttle calls (429)"),
        "graph_503_rate": gettext_lazy("Be unavailable (503)"),
        "graph_504_rate": gettext_lazy("Time out (504)"),
        "graph_retry_after_seconds": gettext_lazy("Retry-After of a 429 and a 503, in seconds"),
        "graph_cut_before_rate": gettext_lazy("Cut the connection before the work"),
        "graph_cut_rate": gettext_lazy("Cut the connection after the work"),
        "graph_delay_seconds": gettext_lazy("Answer late, by seconds"),
        "graph_schedule_error_rate": gettext_lazy("Mailboxes whose free times cannot be read"),
        "graph_join_url_reads": gettext_lazy("Meeting links come late, by readings"),
        "notification_drop_rate": gettext_lazy("Lose notifications"),
        "notification_delay_seconds": gettext_lazy("Notifications late, by seconds"),
    },
    gettext_lazy("For benches"): {
        "adopt_unknown": gettext_lazy("Accept recipients that are no phone here"),
        "seed": gettext_lazy("Seed of the dice"),
    },
}
# What whoever subscribed to a calendar can be told at once.
LIFECYCLE: dict[str, Promise] = {
    "missed": gettext_lazy("Some notifications were lost"),
    "reauthorizationRequired": gettext_lazy("The subscription must be renewed"),
    "subscriptionRemoved": gettext_lazy("The subscription was removed"),
}


@dataclass(frozen=True)
class Switch:
    """One switch as the page shows it; `value` of a rate is in percent."""

    name: str
    label: str
    kind: str
    value: object


def groups() -> list[tuple[str, list[Switch]]]:
    """Give all switches as they stand."""
    values = asdict(chaos.current())
    return [
        (str(title), [_switch(name, str(label), values[name]) for name, label in names.items()])
        for title, names in GROUPS.items()
    ]


def codes() -> list[tuple[int, str]]:
    """Give the errors that can be ordered."""
    return sorted(TITLES.items())


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """Turn a posted form into wishes; `chaos.configure` checks them."""
    return {name: _value(name, kind, form.get(name, "")) for name, kind in chaos.kinds().items()}


def _switch(name: str, label: str, value: object) -> Switch:
    if isinstance(value, bool):
        return Switch(name, label, "bool", value)
    if name.endswith("_rate") and isinstance(value, float | int):
        return Switch(name, label, "rate", f"{value * 100:g}")
    if name.endswith("_code"):
        return Switch(name, label, "code", value)
    return Switch(name, label, "number", f"{value:g}")


def _value(name: str, kind: type, text: str) -> object:
    if kind is bool:
        return text == "on"
    try:
        number = kind(text or 0)
    except ValueError as error:
        raise chaos.ChaosError(_("%s must be a number") % name) from error
    return number / 100 if name.endswith("_rate") else number
