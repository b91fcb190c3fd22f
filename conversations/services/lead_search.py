"""Finding leads by what staff type: one table, so that no join is ORed."""

from __future__ import annotations

import re
from functools import reduce
from operator import and_, or_
from uuid import UUID

from django.db.models import Q, QuerySet

from conversations.models import Lead

SEARCHED = ("name", "profile_name", "username", "phone_number", "email", "company")
MOST_MATCHES = 500
NOT_A_DIGIT = re.compile(r"[^\d]")
LOOKS_LIKE_A_NUMBER = re.compile(r"[\d+()./ -]{4,}")


def leads_matching(rows: QuerySet[Lead], text: str) -> QuerySet[Lead]:
    """Leads that hold every word; a number is one word however it is spaced."""
    words = [NOT_A_DIGIT.sub("", text)] if LOOKS_LIKE_A_NUMBER.fullmatch(text) else text.split()
    if not any(words):
        return rows
    return rows.filter(reduce(and_, (_anywhere(word) for word in words)))


def newest_ids_matching(rows: QuerySet[Lead], text: str) -> list[UUID]:
    """The newest matches among `rows`: resolved first, a list elsewhere keeps its own index."""
    found = leads_matching(rows, text).order_by("-created_at", "-id")
    return list(found.values_list("id", flat=True)[:MOST_MATCHES])


def _anywhere(word: str) -> Q:
    return reduce(or_, (Q(**{f"{field}__icontains": word}) for field in SEARCHED))
