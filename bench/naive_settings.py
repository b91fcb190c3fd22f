"""leadbot's settings, with the naive webhook behind the middleware that every page has."""

from __future__ import annotations

from leadbot import settings
from leadbot.settings import *  # noqa: F403

ROOT_URLCONF = "bench.naive"
# It would lead past ROOT_URLCONF to the real webhook.
MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("ProviderDoorMiddleware")]
