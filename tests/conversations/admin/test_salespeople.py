"""Salespeople as administrators and managers set them up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin import site
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from conversations.admin import holiday_choices
from conversations.admin.hours import parse_windows
from conversations.admin.salesperson import SalespersonAdmin
from conversations.admin.zone_choices import zone_choices
from conversations.models import DayOff, Salesperson, User
from tests.conversations.admin import rows

AUTUMN = datetime(2026, 11, 23, 16, tzinfo=UTC)


def url_of(host: Salesperson) -> str:
    return reverse("admin:conversations_salesperson_change", args=[host.pk])


def typed(page: Any) -> dict[str, Any]:
    """What a browser would send back of this page."""
    form = page.context["adminform"].form
    data = {field.html_name: field.value() for field in form}
    for formset in (each.formset for each in page.context["inline_admin_formsets"]):
        for part in (formset.management_form, *formset.forms):
            data |= {field.html_name: field.value() for field in part}
    return {name: value for name, value in data.items() if value is not None and value is not False}


@pytest.fixture
def host(salesperson: User) -> Salesperson:
    return rows.make_salesperson(salesperson)


def save(client: Client, host: Salesperson, **changes: object) -> Any:
    page = client.get(url_of(host))
    return client.post(url_of(host), typed(page) | changes)


def errors_of(page: Any) -> Mapping[str, Any]:
    return dict(page.context["adminform"].form.errors)


def test_working_hours_are_typed_as_text(admin_page: Client, host: Salesperson) -> None:
    form = admin_page.get(url_of(host)).context["adminform"].form
    assert form.initial["hours_0"] == "09:00-14:00, 16:00-18:00"
    saved = save(admin_page, host, hours_0="8-12; 13:30 - 17", hours_4="")
    assert saved.status_code == 302, saved.context["errors"]
    hours = Salesperson.objects.get(pk=host.pk).working_hours
    assert hours["0"] == [["08:00", "12:00"], ["13:30", "17:00"]]
    assert "4" not in hours
    refused = save(admin_page, host, hours_0="mañanas")
    assert "not a time window" in refused.content.decode()
    assert save(admin_page, host, hours_0="18:00-09:00").status_code == 200


def test_windows_are_read_as_people_write_them() -> None:
    assert parse_windows("") == []
    assert parse_windows("9-14") == [["09:00", "14:00"]]
    assert parse_windows("9:30 – 14.15, 16 a 18") == [["09:30", "14:15"], ["16:00", "18:00"]]


def test_what_the_machine_notes_meanwhile_is_left_alone(host: Salesperson) -> None:
    Salesperson.objects.filter(pk=host.pk).update(last_assigned_at=AUTUMN)
    host.weight = 3
    form = SimpleNamespace(cleaned_data={"weight": 3, "hours_0": []})
    SalespersonAdmin(Salesperson, site).save_model(HttpRequest(), host, form, change=True)
    kept = Salesperson.objects.get(pk=host.pk)
    assert (kept.weight, kept.last_assigned_at) == (3, AUTUMN)


def test_rules_are_kept(admin_page: Client, host: Salesperson) -> None:
    changes = {
        "languages": ["en", "pt"],
        "holiday_country": "ES",
        "holiday_region": "ES-MD",
        "time_zone": "Europe/Madrid",
        "daily_cap": "4",
        "weight": "2",
    }
    saved = save(admin_page, host, **changes)
    assert saved.status_code == 302, saved.context["errors"]
    host.refresh_from_db()
    assert host.languages == ["en", "pt"]
    assert (host.holiday_country, host.holiday_region) == ("ES", "MD")
    assert (host.daily_cap, host.weight) == (4, 2)
    again = typed(admin_page.get(url_of(host)))
    assert again["holiday_region"] == "ES-MD"
    assert again["languages"] == ["en", "pt"]
    assert save(admin_page, host, weight="11").status_code == 200


def test_a_region_must_be_one_of_the_country(admin_page: Client, host: Salesperson) -> None:
    refused = save(admin_page, host, holiday_country="MX", holiday_region="ES-MD")
    said = errors_of(refused)["holiday_region"]
    assert said == ["Madrid is not a region of the chosen country. Choose both again."]
    # The regions of a rare country are offered once it is chosen.
    assert save(admin_page, host, holiday_country="DE", holiday_region="DE-BY").status_code == 302
    assert Salesperson.objects.get(pk=host.pk).holiday_region == "BY"
    assert save(admin_page, host, holiday_country="", holiday_region="").status_code == 302


@pytest.mark.parametrize(("language", "name"), [("es", "Navidad"), ("en", "Christmas Day")])
def test_the_days_of_the_country_are_shown(
    admin_page: Client, host: Salesperson, language: str, name: str
) -> None:
    Salesperson.objects.filter(pk=host.pk).update(holiday_country="MX")
    page = admin_page.get(url_of(host), headers={"accept-language": language}).content.decode()
    assert page.count(f"· {name}<") == 2
    year = rows.now().year
    assert f"{year}: " in page
    assert f"{year + 1}: " in page


def test_days_off_are_rows_and_may_not_end_before_they_begin(
    admin_page: Client, host: Salesperson
) -> None:
    off = {"days_off-0-first_day": "2026-12-24", "days_off-0-last_day": "2026-12-31"}
    assert save(admin_page, host, **off, **{"days_off-0-note": "Family"}).status_code == 302
    stored = DayOff.objects.get(salesperson=host)
    assert (stored.first_day, stored.last_day) == (date(2026, 12, 24), date(2026, 12, 31))
    refused = save(admin_page, host, **{"days_off-0-last_day": "2026-12-20"})
    assert "The last day is before the first." in refused.content.decode()
    assert save(admin_page, host, **{"days_off-0-DELETE": "on"}).status_code == 302
    assert not DayOff.objects.exists()


def test_countries_are_named_as_the_viewer_names_them() -> None:
    with override("es"):
        _none, (_common, first), (_rest, others) = holiday_choices.country_choices()
        assert ("BR", "Brasil") in first
        assert ("DE", "Alemania") in others
        assert holiday_choices.days(country="BR", region="", years=(2026,))[0][1] == (
            "Confraternização Universal"
        )
    with override("en"):
        assert ("BR", "Brazil") in dict(holiday_choices.country_choices())["Common"]


def test_what_the_library_dropped_has_no_days() -> None:
    assert holiday_choices.days(country="XX", region="", years=(2026,)) == []
    country = holiday_choices.days(country="ES", region="", years=(2026,))
    assert holiday_choices.days(country="ES", region="XX", years=(2026,)) == country
    assert holiday_choices.regions_of("XX") == {}


def zones(groups: Any) -> Iterator[str]:
    return (name for _group, names in groups for name, _text in names)


def test_every_zone_can_be_chosen_once_and_the_usual_ones_stand_first() -> None:
    with override("en"):
        groups = zone_choices(chosen="America/Lima", now=AUTUMN)
    assert ("America/Mexico_City", "Mexico City (UTC-6)") in groups[0][1]
    names = list(zones(groups))
    assert len(names) == len(set(names)) > 400
    assert "US/Eastern" not in names
    assert "US/Eastern" in zones(zone_choices(chosen="US/Eastern", now=AUTUMN))
