"""Outlook keeps the calendar contract, against the simulated Graph over HTTP."""

from __future__ import annotations

import pytest

from tests.contracts.calendar import CalendarContract


@pytest.mark.urls("tests.integrations.outlook.urls")
class TestOutlookCalendar(CalendarContract):
    """See CalendarContract."""
