"""How the web processes run: `gunicorn -c python:leadbot.gunicorn leadbot.wsgi`."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import get_default_password_validators
from django.urls import get_resolver
from django.utils.translation import gettext, override

# The demo is for this machine only; elsewhere a proxy with TLS stands in front.
_host = "127.0.0.1" if os.environ.get("LEADBOT_DEMO") == "1" else "0.0.0.0"  # noqa: S104

bind = f"{_host}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# One import for all processes: less memory, and a refused configuration ends the start at once.
preload_app = True
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 10_000
max_requests_jitter = 1_000
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
loglevel = "warning"


def when_ready(_server: object) -> None:
    """Load before the fork what every web process needs, and keep the collector off it.

    Otherwise each loads views, urls, the list of common passwords and the translations for
    itself, or copies their pages at its first collection (docs/performance.md).
    """
    _ = get_resolver().reverse_dict
    get_default_password_validators()
    for language, _name in settings.LANGUAGES:
        with override(language):
            gettext("")
    gc.collect()
    gc.freeze()
    # Forms and pages die in cycles; collected thrice as often, they leave less room unused.
    gc.set_threshold(700, 5, 2)
