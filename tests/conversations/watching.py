"""What a request asks of the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

# Procrastinate writes through functions of its own.
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|procrastinate_defer)", re.IGNORECASE)
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True)
class Watched:
    """An answer and the statements it took."""

    response: Any
    statements: tuple[str, ...]

    @property
    def written(self) -> list[str]:
        """Statements that change or lock rows, names and values aside."""
        return [each for each in self.statements if WRITES.search(QUOTED.sub("", each))]


def watch(
    client: Client, url: str, data: dict[str, str] | None = None, *, method: str = "get"
) -> Watched:
    """Ask, read the whole answer, and note every statement."""
    with CaptureQueriesContext(connection) as captured:
        response = getattr(client, method)(url, data or {})
        if response.streaming:
            b"".join(response)
    return Watched(response, tuple(query["sql"] for query in captured))
