"""What is read out of Graph's POSTs, and what of any bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.outlook.notifications import SAFE, parse
from integrations.scheduling import CalendarNews, CalendarNewsError


def a_change(**changes: Any) -> dict[str, Any]:
    return {
        "subscriptionId": "sub-1",
        "subscriptionExpirationDateTime": "2026-11-26T18:23:45.9356913+00:00",
        "clientState": "secret",
        "changeType": "updated",
        "resource": "Users/1/Events/AAMk=",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "AAMk="},
        "tenantId": "contoso",
        **changes,
    }


def lifecycle(event: str) -> dict[str, Any]:
    said = a_change(lifecycleEvent=event)
    return {key: value for key, value in said.items() if key != "resourceData"}


def body(*said: object) -> bytes:
    return json.dumps({"value": said, "validationTokens": None}).encode()


def test_a_change_and_every_word_about_the_subscription() -> None:
    news = parse(
        body(
            a_change(),
            a_change(subscriptionId="sub-2", resourceData=None),
            lifecycle("missed"),
            lifecycle("reauthorizationRequired"),
            lifecycle("subscriptionRemoved"),
        )
    )
    assert news == (
        CalendarNews("sub-1", "secret", "changed", "AAMk="),
        CalendarNews("sub-2", "secret", "changed", ""),
        CalendarNews("sub-1", "secret", "missed"),
        CalendarNews("sub-1", "secret", "expiring"),
        CalendarNews("sub-1", "secret", "removed"),
    )


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "words",
        {},
        a_change(clientState=None),
        a_change(clientState="a\x00b"),
        a_change(clientState="\ud800"),
        a_change(subscriptionId=""),
        a_change(subscriptionId="x" * 301),
        a_change(subscriptionId=7),
        a_change(resourceData="words"),
        lifecycle("somethingNew"),
    ],
)
def test_one_that_is_odd_hides_no_other(odd: object) -> None:
    assert parse(body(odd, a_change())) == (CalendarNews("sub-1", "secret", "changed", "AAMk="),)


def test_an_event_without_a_readable_name_still_changed() -> None:
    for name in ("", "a\x00b", "x" * 301):
        assert parse(body(a_change(resourceData={"id": name})))[0].event_id == ""


@pytest.mark.parametrize(
    "wrong",
    [b"", b"{", b"[]", b"null", b"7", b"{}", b'{"value": {}}', b"\xff\xfe", b"[" * 100_000],
)
def test_what_is_no_list_of_notifications_is_an_error(wrong: bytes) -> None:
    with pytest.raises(CalendarNewsError):
        parse(wrong)


leaves = st.none() | st.booleans() | st.floats() | st.text(max_size=5)
some_json = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["subscriptionId", "clientState", "resourceData", "lifecycleEvent", "id"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(some_json, max_size=4))
def test_whatever_comes_is_news_that_a_database_takes(value: list[Any]) -> None:
    for news in parse(json.dumps({"value": value}).encode()):
        assert SAFE.fullmatch(news.watch_id)
        assert SAFE.fullmatch(news.secret)
        assert not news.event_id or SAFE.fullmatch(news.event_id)


def test_more_than_any_calendar_says_is_left_to_the_timer() -> None:
    many = [{"subscriptionId": f"w{each}", "clientState": "s"} for each in range(1_500)]
    assert len(parse(json.dumps({"value": many}).encode())) == 1_000
