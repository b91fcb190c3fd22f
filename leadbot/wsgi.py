"""The WSGI door; it does not open on a half-configured instance."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadbot.settings")
application = get_wsgi_application()

from leadbot import checks  # noqa: E402  # needs the settings

checks.refuse_half_configured(serves_http=True)
