"""Errors."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ProblemItemSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with the request."""

    pointer = serializers.CharField(help_text="JSON pointer, or the parameter's name after “/”.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Why a request was not carried out (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable; docs/api.md lists them.")
    detail = serializers.CharField(help_text="For people, in their language.")
    errors = ProblemItemSerializer(many=True)  # type: ignore[assignment]  # shadows .errors
    request_id = serializers.CharField()
