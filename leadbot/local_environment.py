"""The environment of a demo on this machine: what was given counts, the rest is made up."""

from __future__ import annotations

import os
from pathlib import Path

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
    names = ["SECRET_KEY", "DJANGO_SUPERUSER_PASSWORD", *(SIMULATOR_SECRETS if simulator else ())]
    missing = [name for name in names if not environment.get(name)]
    environment.update(local_secrets.load_or_make(data_dir, missing))
    return environment
