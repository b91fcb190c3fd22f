"""What a notice says: who waits and why, or what became of a meeting, and a link. No number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from conversations.addresses import public_address
from conversations.models import Conversation, HandoffReason, Lead, Notice, User
from conversations.services import meeting_mails
from integrations.notifying import NotifyError

EVENT = "conversation.handed_over"


@dataclass(frozen=True)
class Mail:
    """One e-mail to a colleague. `key` stays the same when it is sent again."""

    key: str
    to: str
    subject: str
    body: str


def mail(notice: Notice, conversation: Conversation, *, to: User, now: datetime) -> Mail:
    """Say it in the language of the installation: colleagues have none of their own."""
    with translation.override(settings.LANGUAGE_CODE):
        name = _name(conversation.lead) or _("A lead")
        if notice.meeting is not None:
            subject, lines = meeting_mails.subject_and_lines(notice, notice.meeting, name=name)
            lines.append(link_to(conversation))
            return Mail(str(notice.pk), to.email, subject, "\n\n".join(filter(None, lines)))
        reason = HandoffReason(conversation.handoff_reason).label
        minutes = int((now - notice.happened_at).total_seconds() // 60)
        lines = [
            _("%(name)s waits for a person.") % {"name": name},
            _("Reason: %(reason)s") % {"reason": reason},
            *([_("Waiting for %(count)d min") % {"count": minutes}] if minutes else []),
            link_to(conversation) or _("Open the inbox to answer."),
        ]
        subject = _("%(name)s waits for a person: %(reason)s") % {"name": name, "reason": reason}
    return Mail(str(notice.pk), to.email, subject, "\n\n".join(lines))


def event(notice: Notice, conversation: Conversation) -> dict[str, Any]:
    """The same for a machine."""
    owner = conversation.lead.owner
    return {
        "type": EVENT,
        "timestamp": notice.happened_at.isoformat(),
        "data": {
            "conversation": str(conversation.pk),
            "lead": {"id": str(conversation.lead_id), "name": _name(conversation.lead)},
            "owner": str(owner.pk) if owner else None,
            "reason": conversation.handoff_reason,
            "handed_over_at": notice.happened_at.isoformat(),
            "url": link_to(conversation) or None,
        },
    }


def link_to(conversation: Conversation) -> str:
    """Where it is answered; empty if nobody told us our own address."""
    base = public_address()
    page = reverse("admin:conversations_conversation_thread", args=[conversation.pk])
    return f"{base}{page}" if base else ""


def send_mail(mail: Mail) -> None:
    """Hand it to the mail server; raises NotifyError."""
    message = EmailMessage(
        mail.subject,
        mail.body,
        to=[mail.to],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": f"<{mail.key}@leadbot>"},
    )
    try:
        message.send()
    except (SMTPException, OSError, ValueError) as error:
        # Its words may quote addresses.
        raise NotifyError(f"{settings.EMAIL_HOST}: {type(error).__name__}") from None


def _name(lead: Lead) -> str:
    """In one line; never the number, which stands in for a name elsewhere."""
    return " ".join((lead.name or lead.profile_name or lead.username).split())[:80]
