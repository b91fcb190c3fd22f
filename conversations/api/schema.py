"""How the OpenAPI document is derived."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from conversations.api.problems import CONTENT_TYPE
from conversations.api.serializers.problems import ProblemSerializer


class ApiSchema(AutoSchema):
    """Says of every operation what an error looks like."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Add the problem document to what spectacular derives."""
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None and self.path.startswith("/api/v1/"):
            problem = self.resolve_serializer(ProblemSerializer, "response").ref
            operation["responses"]["default"] = {
                "description": "A problem (RFC 9457).",
                "content": {CONTENT_TYPE: {"schema": problem}},
            }
        return operation
