"""Outlook for the campaign: leadbot's own Graph simulator in a second web process, with faults."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from django.http import HttpRequest, HttpResponse, JsonResponse

DATABASE = "CRASH_GRAPH_DATABASE"
SHARE = "CRASH_GRAPH_FAULTS"
RECORD = "CRASH_GRAPH_RECORD"
SEED = "CRASH_GRAPH_SEED"
ADDRESS = "/simulator/outlook/"
BEFORE = ("429 before", "503 before", "500 before", "cut before")
AFTER = ("500 after", "cut after")
SECRET = "campaign-entra"


class GraphFaults:
    """Middleware of the second web: a share of all calls fails before or after the work."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._share = float(os.environ[SHARE])
        self._random = random.Random(os.environ[SEED])
        self._record = Path(os.environ[RECORD])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_graph = request.path_info.startswith(ADDRESS)
        if not is_graph or self._random.random() >= self._share:
            return self._get_response(request)
        fault = self._random.choice(BEFORE + AFTER)
        if fault in AFTER:
            self._get_response(request)
        with self._record.open("a") as record:
            record.write(f"{fault}\n")
        return _failure(request, fault.partition(" ")[0])


def _failure(request: HttpRequest, kind: str) -> HttpResponse:
    if kind == "cut":
        request.META["gunicorn.socket"].shutdown(2)
        return HttpResponse(status=500)
    body = {"error": {"code": "ErrorInternalServerTransientError", "message": "Ordered."}}
    return JsonResponse(body, status=int(kind), headers={"Retry-After": "1"})


def customer(port: int) -> dict[str, str]:
    """The environment of the leadbot that books there."""
    base = f"http://127.0.0.1:{port}{ADDRESS}"
    return {
        "CALENDAR": "outlook",
        "OUTLOOK_TENANT_ID": "contoso",
        "OUTLOOK_CLIENT_ID": "11111111-2222-3333-4444-555555555555",
        "OUTLOOK_CLIENT_SECRET": SECRET,
        "OUTLOOK_GRAPH_URL": f"{base}v1.0",
        "OUTLOOK_AUTHORITY_URL": base.rstrip("/"),
    }


def provider(port: int, *, faults: float, seed: int, record: Path) -> dict[str, str]:
    """What the second web has otherwise: simulator mode, one process, its faults."""
    record.touch()
    return {
        "DJANGO_SETTINGS_MODULE": "bench.crash_graph_settings",
        "PORT": str(port),
        "WHATSAPP_MODE": "simulator",
        "CALENDAR": "local",
        "WEB_CONCURRENCY": "1",
        SHARE: str(faults),
        SEED: str(seed),
        RECORD: str(record),
    }


def faults_met(record: Path) -> Mapping[str, int]:
    """How often each fault happened."""
    return dict(Counter(record.read_text().splitlines()))
