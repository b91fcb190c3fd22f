"""Stop and resume words, and the consent ledger. No model is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from conversations.models import ConsentEntry, Lead, Message, State
from integrations.messaging import MarketingPreference

STOP = frozenset(
    """
    baja|darme de baja|dame de baja|dar de baja|quiero darme de baja|dame de baja por favor
    alto|stop|parar|para ya|detener|cancelar suscripcion|cancelar mensajes|no mas mensajes
    no me escriban|no me escriban mas|no me escribas|no me escribas mas|no me manden mensajes
    no me manden mas mensajes|no me envien mensajes|no me envien mas mensajes|dejen de escribirme
    deja de escribirme|dejen de molestar|no quiero recibir mensajes|no quiero mas mensajes
    no quiero recibir mas mensajes|eliminar mis datos|unsubscribe|stop all|opt out|optout
    stop messaging me|stop texting me|stop sending me messages|remove me|take me off your list
    no more messages|do not contact me|dont contact me|dont text me|leave me alone
    sair|pare|parar mensagens|descadastrar|cancelar inscricao|nao quero receber mensagens
    nao quero mais mensagens|nao me mande mensagens|nao me mandem mais mensagens
    """.strip()
    .replace("\n", "|")
    .replace("    ", "")
    .split("|")
)
RESUME = frozenset(["alta", "start", "unstop", "reanudar", "suscribirme", "resume", "voltar"])


@dataclass(frozen=True)
class ConsentChange:
    """What a lead decided, by which words."""

    lead_id: UUID
    conversation_id: UUID
    given: bool
    words: str
    provider_message_id: str
    occurred_at: datetime


def consent_in(text: str) -> bool | None:
    """False for a stop phrase, True for a resume word, None for anything else.

    Only a message that says nothing else counts: "para el lunes" is no stop.
    """
    plain = _fold(text)
    if plain in STOP:
        return False
    return True if plain in RESUME else None


def record(changes: Sequence[ConsentChange], *, now: datetime) -> None:
    """Write the ledger, and cancel whatever still waits to leave. A few queries, however many."""
    if not changes:
        return
    message_ids = dict(
        Message.objects.filter(
            provider_message_id__in=[change.provider_message_id for change in changes]
        ).values_list("provider_message_id", "id")
    )
    ConsentEntry.objects.bulk_create(
        ConsentEntry(
            lead_id=change.lead_id,
            scope=ConsentEntry.Scope.ALL,
            given=change.given,
            message_id=message_ids.get(change.provider_message_id),
            words=change.words[:200],
            occurred_at=change.occurred_at,
        )
        for change in changes
    )
    last = {change.lead_id: change for change in changes}
    stopped = [change for change in last.values() if not change.given]
    Lead.objects.filter(id__in=[change.lead_id for change in stopped]).update(opted_out_at=now)
    Lead.objects.filter(id__in=[change.lead_id for change in last.values() if change.given]).update(
        opted_out_at=None
    )
    Message.objects.filter(
        conversation_id__in=[change.conversation_id for change in stopped], state=State.QUEUED
    ).update(state=State.CANCELLED, error_text="The lead opted out.")


def record_marketing(wishes: Mapping[UUID, MarketingPreference], *, now: datetime) -> None:
    """Heed the switch in WhatsApp's own settings, by lead. At most five queries."""
    for stopped in (True, False):
        wanted = {lead: wish for lead, wish in wishes.items() if wish.stopped is stopped}
        if not wanted:
            continue
        leads = Lead.objects.filter(id__in=wanted, marketing_opted_out_at__isnull=stopped)
        ids = list(leads.values_list("id", flat=True))
        leads.update(marketing_opted_out_at=now if stopped else None)
        ConsentEntry.objects.bulk_create(
            ConsentEntry(
                lead_id=lead_id,
                scope=ConsentEntry.Scope.MARKETING,
                given=not stopped,
                words="WhatsApp: marketing messages " + ("off" if stopped else "on"),
                occurred_at=wanted[lead_id].occurred_at,
            )
            for lead_id in ids
        )


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))  # noqa: RUF001
    return " ".join(
        re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))
    )
