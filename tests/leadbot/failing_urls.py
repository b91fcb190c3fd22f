"""Our addresses, and some that fail."""

from __future__ import annotations

from typing import NoReturn

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest
from django.urls import path

from leadbot.urls import urlpatterns as ours


def bug(_request: HttpRequest) -> NoReturn:
    raise ValueError("secret detail")


def outage(_request: HttpRequest) -> NoReturn:
    raise OperationalError("secret detail")


def forbidden(_request: HttpRequest) -> NoReturn:
    raise PermissionDenied("secret detail")


def odd(_request: HttpRequest) -> NoReturn:
    raise SuspiciousOperation("secret detail")


urlpatterns = [
    path("bug", bug),
    path("outage", outage),
    path("forbidden", forbidden),
    path("odd", odd),
    *ours,
]
