"""Which ads and posts brought a lead: every click is kept, the first one stands on the lead."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from conversations.models import Touch
from conversations.services.contacts import source_of
from conversations.services.threads import Arrival
from integrations.messaging import Referral


def store(new: Sequence[Arrival]) -> None:
    """Keep the clicks of messages that were stored just now. Two queries, or none."""
    touches = [_row(each, each.message.referral) for each in new if each.message.referral]
    if not touches:
        return
    Touch.objects.bulk_create(touches)
    with connection.cursor() as cursor:
        cursor.execute(FIRST, {"leads": sorted({touch.lead_id for touch in touches})})


def web_address(text: str) -> str:
    """What may become a link, else nothing: who writes to us chooses the words of a referral."""
    return text if text.lower().startswith(("https://", "http://")) else ""


def _row(arrival: Arrival, referral: Referral) -> Touch:
    return Touch(
        lead_id=arrival.contact.lead_id,
        message_id=arrival.id,
        source=source_of(referral),
        source_id=referral.source_id,
        source_url=referral.source_url,
        headline=referral.headline,
        body=referral.body,
        ctwa_clid=referral.ctwa_clid,
        occurred_at=arrival.message.occurred_at,
    )


# The first by when they clicked, not by what reached us first. A lead from before there were
# touches has a first one that is not among them: it stays.
FIRST = """
    UPDATE conversations_lead l
       SET source = t.source, source_id = t.source_id, source_url = t.source_url,
           source_headline = t.headline, ctwa_clid = t.ctwa_clid
      FROM (SELECT DISTINCT ON (t.lead_id) t.*
              FROM conversations_touch t JOIN conversations_message m ON m.id = t.message_id
             WHERE t.lead_id = ANY(%(leads)s::uuid[])
             ORDER BY t.lead_id, t.occurred_at, m.provider_message_id) AS t
     WHERE l.id = t.lead_id
       AND (l.source, l.source_id, l.source_url, l.source_headline, l.ctwa_clid)
           IS DISTINCT FROM (t.source, t.source_id, t.source_url, t.headline, t.ctwa_clid)
       AND EXISTS (SELECT FROM conversations_touch known
                    WHERE known.lead_id = l.id
                      AND (known.source, known.source_id, known.source_url, known.headline,
                           known.ctwa_clid)
                        = (l.source, l.source_id, l.source_url, l.source_headline, l.ctwa_clid))
"""
