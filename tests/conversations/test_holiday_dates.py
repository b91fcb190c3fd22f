"""Public holidays of a country and a region."""

from __future__ import annotations

import logging
from datetime import date

import pytest

from conversations.services.holiday_dates import countries, holidays_between

NEW_YEAR = date(2027, 1, 1)


def test_the_holidays_of_a_span() -> None:
    found = holidays_between("MX", "", date(2026, 12, 1), NEW_YEAR)
    assert list(found) == [date(2026, 12, 25), NEW_YEAR]
    assert holidays_between("MX", "", date(2026, 12, 2), date(2026, 12, 24)) == {}


def test_a_region_adds_its_own() -> None:
    catalan = date(2026, 9, 11)
    assert catalan in holidays_between("ES", "CT", catalan, catalan)
    assert catalan not in holidays_between("ES", "MD", catalan, catalan)


def test_nobody_s_country_has_none() -> None:
    assert holidays_between("", "", date(2026, 1, 1), NEW_YEAR) == {}


@pytest.mark.parametrize(("country", "region", "found"), [("ES", "XX", True), ("XX", "", False)])
def test_a_place_that_is_unknown_holds_up_nobody(
    country: str, region: str, found: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert bool(holidays_between(country, region, NEW_YEAR, NEW_YEAR)) is found
    assert f"{country} {region}" in caplog.text


def test_the_countries_with_their_regions() -> None:
    known = countries()
    assert "CT" in known["ES"]
    assert "MX" in known
