"""Cursor pages: {results, next, previous}, no totals."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

LIMIT = 50
LONGEST = 200
CURSOR_LENGTH = 1500


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: beyond this row, onwards or, `back`, towards the first one."""

    key: Any
    id: UUID | int
    back: bool


def read_time(value: Any) -> datetime:
    """Accept only what a cursor of ours holds."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def read_number(value: Any) -> int:
    """Accept only what fits the column."""
    if not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError(value)
    return value


def read_text(value: Any) -> str:
    """Accept only what the database takes."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    value.encode()  # half a surrogate pair is refused here
    return value


class CursorPages(BasePagination):
    """Newest first by (sort key, id): stable while rows are added, equally fast on every page."""

    key = "created_at"
    ascending = False
    read: Callable[[Any], Any] = staticmethod(read_time)
    read_id: Callable[[Any], UUID | int] = staticmethod(UUID)

    def paginate_queryset(
        self,
        queryset: Any,
        request: Request,
        view: Any = None,  # noqa: ARG002
    ) -> list[Any]:
        self.url = request.build_absolute_uri()
        limit = _limit(request.query_params.get("limit", ""))
        self.cursor = self._cursor(request.query_params.get("cursor", ""))
        back = self.cursor is not None and self.cursor.back
        rows = list(self._beyond(queryset, back)[: limit + 1])
        self.more = len(rows) > limit
        self.rows = rows[:limit][::-1] if back else rows[:limit]
        return self.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._next(), "previous": self._previous()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": link | {"description": "The page after this one."},
                "previous": link | {"description": "The page before this one."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:  # noqa: ARG002
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Opaque; take it from `next` or `previous`.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "Rows per page; more than the maximum is cut down to it.",
                "schema": {"type": "integer", "default": LIMIT, "minimum": 1, "maximum": LONGEST},
            },
        ]

    def _beyond(self, queryset: QuerySet[Any], back: bool) -> QuerySet[Any]:
        upwards = back != self.ascending
        sign, compare = ("", "gt") if upwards else ("-", "lt")
        if self.cursor is not None:
            # Two plain comparisons instead of an OR: the index on the sort key stays in use.
            queryset = queryset.filter(**{f"{self.key}__{compare}e": self.cursor.key}).exclude(
                **{
                    self.key: self.cursor.key,
                    f"id__{'lte' if upwards else 'gte'}": self.cursor.id,
                }
            )
        return queryset.order_by(f"{sign}{self.key}", f"{sign}id")

    def _next(self) -> str | None:
        back = self.cursor is not None and self.cursor.back
        return self._link(self.rows[-1], back=False) if self.rows and (self.more or back) else None

    def _previous(self) -> str | None:
        if self.cursor is None or not self.rows or (self.cursor.back and not self.more):
            return None
        return self._link(self.rows[0], back=True)

    def _link(self, row: Any, *, back: bool) -> str:
        value = getattr(row, self.key)
        key = value.isoformat() if isinstance(value, datetime) else value
        text = json.dumps([key, str(row.pk), back], separators=(",", ":"))
        cursor = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        return replace_query_param(remove_query_param(self.url, "cursor"), "cursor", cursor)

    def _cursor(self, text: str) -> Cursor | None:
        if not text:
            return None
        try:
            padded = text[:CURSOR_LENGTH] + "=" * (-len(text) % 4)
            key, row_id, back = json.loads(base64.urlsafe_b64decode(padded))
            return Cursor(type(self).read(key), type(self).read_id(row_id), back is True)
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            raise ValidationError(
                {"cursor": [_("This is no cursor of this list.")]}, "bad_cursor"
            ) from error


class ByLastMessage(CursorPages):
    """What moved last comes first."""

    key = "last_message_at"


class ByNumber(CursorPages):
    """Messages in their order, newest first."""

    key = "number"
    read = staticmethod(read_number)


class ByStart(CursorPages):
    """Latest time first; wants the annotation `starts_at`."""

    key = "starts_at"


class ByJoining(CursorPages):
    """Newest colleague first."""

    key = "date_joined"


class ByName(CursorPages):
    """By the alphabet."""

    key = "name"
    ascending = True
    read = staticmethod(read_text)


class ByMerging(CursorPages):
    """What was done last first."""

    key = "done_at"


class ByProposal(CursorPages):
    """Newest first, of rows whose ids are numbers."""

    read_id = staticmethod(lambda text: read_number(int(str(text))))


def _limit(text: str) -> int:
    if not text:
        return LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise ValidationError({"limit": [_("A whole number from 1 to 200 is wanted.")]})
    return min(int(text), LONGEST)
