"""Cursor pages: {results, next, previous}, no totals."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class CursorPages(CursorPagination):
    """50 a page, at most 200; a view with another sort key sets `ordering`."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = ("-created_at", "-id")
