"""What went wrong with a message, in plain words, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from conversations.models import Message, State
from conversations.services.meeting_claims import NO_ANSWER
from integrations.messaging import MessageKind
from integrations.whatsapp.errors import explain


@dataclass(frozen=True)
class Problem:
    """Two sentences for staff."""

    what: str
    next_step: str


def problem_of(message: Message) -> Problem | None:
    """Explain a message that did not simply arrive; None when there is nothing to explain."""
    if message.state == State.UNKNOWN:
        return Problem(
            _("WhatsApp did not confirm this message: it may have arrived or not."),
            _("Wait for the ticks, or ask the lead. Retrying may deliver it twice."),
        )
    if message.state == State.CANCELLED and message.unknown_at:
        return Problem(
            _("Withdrawn after WhatsApp did not confirm it: it may have arrived before."),
            _("It is not sent again. Ask the lead if it matters."),
        )
    if message.state == State.CANCELLED:
        return Problem(_("Not sent: withdrawn before it left."), "")
    if message.state == State.FAILED:
        return _failure(message)
    if message.kind == MessageKind.FLOW_REPLY and message.content.get("problem"):
        return Problem(
            _("The answers of this form came damaged and cannot be read."),
            _("Ask the lead for them."),
        )
    return None


def meeting_problem(problem: str) -> str:
    """What went wrong with a meeting's calendar; it names status and code, never a person."""
    if problem in ("", NO_ANSWER):
        return _("The calendar did not answer in time.") if problem else ""
    return _("The calendar refused: %(detail)s") % {"detail": problem}


def _failure(message: Message) -> Problem:
    if message.error_code is None:
        return Problem(
            _("Could not be sent. %(detail)s") % {"detail": message.error_text},
            _("Retry it, or discard it and reach the lead another way."),
        )
    what = _("Could not be sent (error %(code)s).") % {"code": message.error_code}
    return Problem(what, str(explain(message.error_code)))
