"""The environment of a demo on this machine: what was given counts, the rest is made up."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from django.conf import settings

from leadbot import local_secrets

SIMULATOR_SECRETS = ("WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN", "WHATSAPP_ACCESS_TOKEN")


def complete(*, data_dir: Path, port: int, simulator: bool) -> dict[str, str]:
    """Complete our own environment for the processes of the demo."""
    environment = dict(os.environ)
    environment.setdefault("DJANGO_SETTINGS_MODULE", "leadbot.settings")
    environment["LEADBOT_DEMO"] = "1"
    environment["LEADBOT_DATA_DIR"] = str(data_dir)
    environment["PORT"] = str(port)
    # As in the image: the web's threads take their memory from one place (docs/performance.md).
    environment["MALLOC_ARENA_MAX"] = "1"
    given = bool(environment.get("DJANGO_SUPERUSER_PASSWORD"))
    environment["LEADBOT_LOGIN_MADE_UP"] = "0" if given else "1"
    environment["DJANGO_SUPERUSER_USERNAME"] = (
        environment.get("DJANGO_SUPERUSER_USERNAME") or "admin"
    )
    names = ["SECRET_KEY", "DJANGO_SUPERUSER_PASSWORD"]
    if simulator:
        names += [*SIMULATOR_SECRETS, *_simulate_outlook(environment, port)]
    missing = [name for name in names if not environment.get(name)]
    environment.update(local_secrets.load_or_make(data_dir, missing))
    return environment


def _simulate_outlook(environment: dict[str, str], port: int) -> list[str]:
    """Let meetings go to the simulator's Outlook unless a calendar is named; returns its secret."""
    if environment.get("CALENDAR"):
        return []
    stand_in = f"http://127.0.0.1:{port}/simulator/outlook"
    environment |= {
        "CALENDAR": "outlook",
        "OUTLOOK_TENANT_ID": "simulator",
        "OUTLOOK_CLIENT_ID": "simulator",
        "OUTLOOK_GRAPH_URL": f"{stand_in}/v1.0",
        "OUTLOOK_AUTHORITY_URL": stand_in,
    }
    return [] if environment.get("OUTLOOK_CLIENT_CERTIFICATE") else ["OUTLOOK_CLIENT_SECRET"]


def join_the_demo() -> None:
    """Go on with the demo's own secrets, when a demo is what is here."""
    is_demo = settings.EMBEDDED_DATABASE and settings.SIMULATOR
    if settings.DEMO or not is_demo or not local_secrets.path(settings.DATA_DIR).exists():
        return
    environment = complete(data_dir=settings.DATA_DIR, port=settings.PORT, simulator=True)
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)  # noqa: S606  # ourselves
