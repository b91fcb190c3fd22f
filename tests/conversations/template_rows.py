"""Templates that tests start from, and a source of them that answers from memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conversations.models import MessageTemplate
from integrations.messaging import TemplateInfo, TemplateSourceError, TemplateStatus
from tests.conversations.rows import NOW


@dataclass
class FakeTemplates:
    """Holds templates, or a reason why not."""

    held: list[TemplateInfo] = field(default_factory=list)
    problem: str = ""

    def templates(self) -> Sequence[TemplateInfo]:
        if self.problem:
            raise TemplateSourceError(self.problem)
        return tuple(self.held)


def info(name: str = "cita", **fields: Any) -> TemplateInfo:
    given = {"language": "es_MX", "status": TemplateStatus.APPROVED, "components": body("Hola")}
    return TemplateInfo(name, **(given | fields))


def body(text: str, *others: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"type": "BODY", "text": text}, *others]


def make_template(
    text: str = "Hola {{1}}, tu cita es el {{2}}.", *others: dict[str, Any], **fields: Any
) -> MessageTemplate:
    given: dict[str, Any] = {
        "name": "cita",
        "language": "es_MX",
        "category": "utility",
        "status": "approved",
        "synced_at": NOW,
    }
    return MessageTemplate.objects.create(components=body(text, *others), **(given | fields))


def make_templates(count: int, *, now: datetime = NOW) -> None:
    MessageTemplate.objects.bulk_create(
        MessageTemplate(name=f"t{n}", language="es_MX", status="approved", synced_at=now)
        for n in range(count)
    )
