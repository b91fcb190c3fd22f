"""Whether WhatsApp lets us write, for how long, and until when it is free of charge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from conversations.admin import badges, dates
from conversations.admin.filters import CLOSING
from conversations.admin.touches import TouchLine
from conversations.models import Conversation, Direction, Message, State
from conversations.services import free_entry

OUT = frozenset({State.SENDING, State.SENT, State.DELIVERED, State.READ})


@dataclass(frozen=True)
class Window:
    """`text` while it is open, with `free` on what that costs; else `why_not` and `what_to_do`."""

    text: str = ""
    closing: bool = False
    why_not: str = ""
    what_to_do: str = ""
    free: str = ""


def window_of(conversation: Conversation, *, now: datetime, free: str, wrote_again: bool) -> Window:
    """Put it into words that change once a minute at most."""
    if conversation.lead.opted_out_at:
        return Window(
            why_not=_("This person asked us not to write."),
            what_to_do=(
                _(
                    "They have written again since. If they want an answer, press "
                    "“They want to hear from us again”."
                )
                if wrote_again
                else _("It ends when they write ALTA, START or VOLTAR to us.")
            ),
        )
    closes_at = conversation.window_expires_at
    if closes_at is None or closes_at <= now:
        return Window(
            why_not=_("The 24-hour window is closed: WhatsApp does not deliver free text now."),
            what_to_do=_("It opens again when the lead writes. If it is urgent, call them."),
        )
    left = closes_at - now
    return Window(
        text=_("The window closes in %(left)s") % {"left": badges.countdown_text(left)},
        closing=left <= CLOSING,
        free=free,
    )


def free_text(
    conversation: Conversation,
    *,
    touches: Sequence[TouchLine],
    messages: Iterable[Message],
    now: datetime,
) -> str:
    """What Meta said of a free entry point, or how to get one from the click of today."""
    until = conversation.free_entry_until
    if until and until > now:
        return _("free of charge until %(when)s") % {"when": dates.exactly(until)}
    clicked_at = next((each.occurred_at for each in touches if each.is_ad), None)
    if clicked_at is None or clicked_at + free_entry.ANSWER_WITHIN <= now:
        return ""
    answers = (m for m in messages if m.direction == Direction.OUTBOUND and m.state in OUT)
    if any(answer.occurred_at >= clicked_at for answer in answers):
        return ""
    left = badges.countdown_text(clicked_at + free_entry.ANSWER_WITHIN - now)
    return _("came from an ad: answered within %(left)s, 72 hours can be free of charge") % {
        "left": left
    }
