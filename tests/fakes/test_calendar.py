"""The fake calendar keeps the promises of a real one."""

from __future__ import annotations

import pytest

from integrations.scheduling import Calendar
from tests.contracts.calendar import CalendarContract
from tests.fakes.calendar import FakeCalendar


class TestContract(CalendarContract):
    knows_mailboxes = False

    @pytest.fixture
    def calendar(self) -> Calendar:
        return FakeCalendar()
