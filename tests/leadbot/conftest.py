"""What tests of the wiring share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.leadbot import doctor_stand_in


@pytest.fixture
def stand_in(settings: Settings) -> Iterator[doctor_stand_in.StandIn]:
    """Everything outside, and our own web, for the doctor to ask."""
    with doctor_stand_in.running() as started:
        settings.PORT = started.port
        settings.WHATSAPP_API_URL = f"{started.url}/v26.0"
        settings.WHATSAPP_PHONE_NUMBER_ID = doctor_stand_in.NUMBER
        settings.WHATSAPP_BUSINESS_ACCOUNT_ID = doctor_stand_in.ACCOUNT
        settings.OPENAI_BASE_URL = f"{started.url}/v1"
        yield started
