"""Field types that every resource shares."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.db import models
from rest_framework import serializers


class UtcField(serializers.DateTimeField):
    """RFC 3339 with a Z, whatever the business's own zone is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class RowSerializer(serializers.ModelSerializer[Any]):
    """Shows rows: every field is always there, and none is written through it."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UtcField,
    }

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """Let the document say so, and that a choice may be empty where it may."""
        blank = {"allow_blank": True} if kwargs.get("allow_blank") else {}
        shown = {**extra_kwargs, "read_only": True}
        return {**super().include_extra_kwargs(kwargs, shown), **blank}
