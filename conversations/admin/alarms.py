"""What every page must say at the top: trouble that stops messages or threatens the account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.services import account_notices, channel_state
from integrations.messaging import AccountTrouble
from integrations.models import ChannelState
from integrations.whatsapp.errors import explain

TROUBLES: Mapping[AccountTrouble, tuple[Promise, Promise]] = {
    AccountTrouble.BANNED: (
        gettext_lazy("Meta has disabled this WhatsApp account."),
        gettext_lazy("Open Account quality in Meta Business settings and request a review."),
    ),
    AccountTrouble.BAN_SOON: (
        gettext_lazy("Meta is going to disable this WhatsApp account."),
        gettext_lazy("Open Account quality in Meta Business settings and request a review now."),
    ),
    AccountTrouble.RESTRICTED: (
        gettext_lazy("Meta has restricted this WhatsApp account."),
        gettext_lazy("Some messages may not leave. See Account quality in Meta Business settings."),
    ),
    AccountTrouble.VIOLATION: (
        gettext_lazy("Meta says that this WhatsApp account broke its rules."),
        gettext_lazy("See Account quality in Meta Business settings before it is restricted."),
    ),
    AccountTrouble.GONE: (
        gettext_lazy("This WhatsApp account is no longer connected to us."),
        gettext_lazy("Connect it again in Meta Business settings."),
    ),
    AccountTrouble.ALERT: (
        gettext_lazy("WhatsApp has an alert for this account."),
        gettext_lazy("It may be the payment method or a limit: open WhatsApp Manager."),
    ),
    AccountTrouble.FLAGGED: (
        gettext_lazy("WhatsApp rates the quality of our number as low."),
        gettext_lazy("People blocked or reported it. Send fewer messages that nobody asked for."),
    ),
}


@dataclass(frozen=True)
class Alarm:
    """What happened, what to do, and the provider's own words."""

    what: str
    fix: str
    detail: str


# Those above us in the stack tell of their own trouble; cheap, or not at all.
_sources: list[Callable[[datetime], list[Alarm]]] = []


def provide(source: Callable[[datetime], list[Alarm]]) -> None:
    """Ask this source too from now on."""
    _sources.append(source)


def current(*, now: datetime) -> list[Alarm]:
    """Account trouble, the worst first; slow-downs of WhatsApp pass by themselves. One query.

    Then what others told us to ask for.
    """
    stopped = Q(channel=channel_state.WHATSAPP, paused_until__isnull=False) & ~Q(reason="")
    told = Q(channel__in=account_notices.CHANNELS, paused_until__gt=now)
    rows = ChannelState.objects.filter(stopped | told).order_by("channel")
    others = (alarm for source in _sources for alarm in source(now))
    return [*map(_alarm, rows), *others]


def _alarm(row: ChannelState) -> Alarm:
    trouble = account_notices.CHANNELS.get(row.channel)
    if trouble is not None and trouble in TROUBLES:
        what, advice = TROUBLES[trouble]
        return Alarm(str(what), str(advice), row.reason)
    fix = str(explain(row.error_code))
    if trouble:
        return Alarm(_("WhatsApp reports an error of the account."), fix, row.reason)
    ends = _(
        "One message tries again every minute or two; once it gets through, the others follow by "
        "themselves. None is lost before its 24-hour window closes."
    )
    return Alarm(_("No message goes out on WhatsApp now."), f"{fix} {ends}", row.reason)
