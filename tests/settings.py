"""The product's settings, with an environment of the tests' own set before they are read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

DATA_DIR = Path(__file__).resolve().parent.parent / ".data-test"
GIVEN_DATABASE = bool(os.environ.get("DATABASE_URL"))

# Without compiled files each of a hundred processes would compile leadbot anew, tests included.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Exact values, not defaults: what the developer's shell holds must not reach a test,
# except those that talk to a real provider on purpose.
for name in list(os.environ):
    if not os.environ.get("LEADBOT_LIVE") and name.startswith(
        (
            *("WHATSAPP_", "OUTLOOK_", "OPENAI_", "AGENT_", "SIMULATOR_", "CALENDAR", "MEDIA_"),
            *("S3_", "EMAIL_", "DEFAULT_FROM_", "HANDOFF_", "PUBLIC_URL"),
        )
    ):
        del os.environ[name]
os.environ.update(
    LEADBOT_DEMO="1",
    LEADBOT_DATA_DIR=str(DATA_DIR),
    DEBUG="0",
    SECRET_KEY="test-only-key-that-protects-nothing-0123456789abcdef",
    ALLOWED_HOSTS="127.0.0.1,localhost,testserver",
    PORT="8000",
    LANGUAGE_CODE="es",
    TIME_ZONE="America/Mexico_City",
    WHATSAPP_MODE="simulator",
    WHATSAPP_APP_SECRET="test-app-secret",
    WHATSAPP_VERIFY_TOKEN="test-verify-token",
    WHATSAPP_ACCESS_TOKEN="test-access-token",
    AGENT_ENGINE="guided",
    AGENT_DEBOUNCE_SECONDS="3",
    CALENDAR="local",
)

from leadbot.settings import *  # noqa: E402, F403
from leadbot.settings import DATABASES  # noqa: E402

# Several runs share the embedded server, each in a database of its own.
DATABASES["default"]["TEST"] = {"NAME": f"test_leadbot_{os.getpid()}"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test client would read the whole static tree again; live servers have their own handler.
WHITENOISE_USE_FINDERS = False
