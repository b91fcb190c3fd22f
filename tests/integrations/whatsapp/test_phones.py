"""Two spellings of one number meet, and clocks are guessed with care."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.whatsapp.phones import canonical_phone, country_of, guess_time_zone


@pytest.mark.parametrize(
    ("one", "other", "canonical"),
    [
        ("5215550101234", "525550101234", "+525550101234"),
        ("541155501234", "5491155501234", "+5491155501234"),
        ("551187654321", "5511987654321", "+5511987654321"),
        ("+52 1 55 5010 1234", "52-55-5010-1234", "+525550101234"),
    ],
)
def test_spellings_that_meet(one, other, canonical):
    assert canonical_phone(one) == canonical_phone(other) == canonical


@pytest.mark.parametrize("phone", ["34600100200", "14155550142", "551132223333", "573001234567"])
def test_numbers_with_one_spelling(phone):
    assert canonical_phone(phone) == f"+{phone}"


@pytest.mark.parametrize("phone", ["", "abc", "123", "0034600100200", "\uff11" * 7, "1" * 19])
def test_what_is_no_number(phone):
    assert canonical_phone(phone) == ""
    assert country_of(phone) == ""
    assert guess_time_zone(phone) == ("", False)


@given(st.from_regex(r"\A[1-9][0-9]{9}\Z"))
def test_mexican_spellings_meet(national):
    assert canonical_phone("521" + national) == canonical_phone("52" + national)


@given(st.from_regex(r"\A[1-8][0-9]{9}\Z"))
def test_argentine_spellings_meet(national):
    assert canonical_phone("549" + national) == canonical_phone("54" + national)


@given(st.from_regex(r"\A[1-9][0-9]\Z"), st.from_regex(r"\A[6-9][0-9]{7}\Z"))
def test_brazilian_spellings_meet(area, subscriber):
    assert canonical_phone(f"55{area}9{subscriber}") == canonical_phone(f"55{area}{subscriber}")


@given(st.from_regex(r"\A[1-9][0-9]{4,16}\Z"))
def test_canonical_is_stable_and_different_numbers_stay_apart(phone):
    canonical = canonical_phone(phone)

    assert canonical_phone(canonical) == canonical
    assert canonical.startswith("+")
    assert len(canonical) <= 20
    zone, _ = guess_time_zone(phone)
    if zone:
        ZoneInfo(zone)


@given(st.from_regex(r"\A(52|54|55|34)[1-9][0-9]{7,10}\Z"), st.integers(0, 9))
def test_another_last_digit_is_another_number(phone, digit):
    other = phone[:-1] + str(digit)

    assert (canonical_phone(phone) == canonical_phone(other)) == (phone == other)


@pytest.mark.parametrize(
    ("phone", "country", "zone", "certain"),
    [
        ("5215550101234", "MX", "America/Mexico_City", False),
        ("5491155501234", "AR", "America/Argentina/Buenos_Aires", True),
        ("573001234567", "CO", "America/Bogota", True),
        ("51912345678", "PE", "America/Lima", True),
        ("5511987654321", "BR", "America/Sao_Paulo", False),
        ("5581987654321", "BR", "America/Recife", False),
        ("34600100200", "ES", "Europe/Madrid", False),
        ("14155550142", "US", "America/Los_Angeles", False),
        ("18095551234", "DO", "America/Santo_Domingo", True),
        ("18765550123", "JM", "America/Jamaica", True),
        ("17875550123", "PR", "America/Puerto_Rico", True),
        ("19075550123", "US", "America/Anchorage", False),
        ("18085550123", "US", "Pacific/Honolulu", False),
        ("16025550123", "US", "America/Phoenix", False),
        ("16045550123", "CA", "America/Vancouver", False),
        ("14165550123", "CA", "America/Toronto", False),
        ("5216641234567", "MX", "America/Tijuana", False),
        ("529981234567", "MX", "America/Cancun", False),
        ("526141234567", "MX", "America/Chihuahua", False),
        ("5592987654321", "BR", "America/Manaus", False),
        ("79161234567", "RU", "Europe/Moscow", False),
        ("74232123456", "RU", "Asia/Vladivostok", False),
        ("61412345678", "AU", "Australia/Sydney", False),
        ("97699112233", "MN", "Asia/Ulaanbaatar", False),
        ("56912345678", "CL", "America/Santiago", True),
        ("380501234567", "UA", "Europe/Kyiv", True),
        ("34922123456", "ES", "Europe/Madrid", False),
        ("50588887777", "NI", "America/Managua", True),
        ("593991234567", "EC", "America/Guayaquil", False),
    ],
)
def test_countries_and_clocks(phone, country, zone, certain):
    assert country_of(phone) == country
    assert guess_time_zone(phone) == (zone, certain)
