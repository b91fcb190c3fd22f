"""Trouble comes as ordered, the same for the same seed."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from django.test import Client
from django.utils import timezone

from integrations.models import SimulatedMessage, SimulatedPhone
from integrations.simulator.chaos import Chaos, Draw, SendFault
from tests.integrations.misbehaving import Provider
from tests.integrations.simulator.conftest import Cloud
from tests.integrations.simulator.world import fixture, shape, text, values_of, written


def order(cloud: Cloud, **wishes: Any) -> requests.Response:
    return cloud.session.post(cloud.url.replace("/whatsapp", "/chaos"), json=wishes, timeout=10)


def test_dice_repeat_with_their_seed_and_keep_their_rates() -> None:
    chaos = Chaos(seed=7, reject_rate=0.1, break_rate=0.1, cut_rate=0.1)
    faults = [Draw(chaos, number).send_fault() for number in range(2000)]
    assert faults == [Draw(chaos, number).send_fault() for number in range(2000)]
    for fault in (SendFault.REJECT, SendFault.BREAK, SendFault.CUT):
        assert 130 < faults.count(fault) < 270
    assert Draw(Chaos(), 1).copies("sent") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("wishes", "status", "accepted"),
    [
        ({"reject_rate": 1.0, "reject_code": 131056}, 400, 0),
        ({"break_rate": 1.0}, 502, 0),
        ({"cut_rate": 1.0}, 500, 1),
    ],
)
def test_faults_hit_before_or_after_acceptance(
    cloud: Cloud,
    business: Provider,
    ana: SimulatedPhone,
    wishes: dict[str, Any],
    status: int,
    accepted: int,
) -> None:
    written(ana, at=timezone.now())
    assert order(cloud, **wishes).status_code == 200
    answer = cloud.send(to=ana.wa_id, biz_opaque_callback_data="t#1", **text())
    assert answer.status_code == status
    if "reject_code" in wishes:
        assert answer.json()["error"]["code"] == 131056
    else:
        assert answer.content == b""
    assert SimulatedMessage.objects.filter(callback_data="t#1").count() == accepted
    values_of(business, count=2 * accepted)
    assert order(cloud).json()["reject_rate"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_later_failure_comes_by_webhook(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    order(cloud, status_failed_rate=1.0, status_failed_code=131047)
    assert cloud.send(to=ana.wa_id, **text()).status_code == 200
    (value,) = values_of(business, count=1)
    expected = fixture("54_status_failed_131047_window")["entry"][0]["changes"][0]["value"]
    assert shape(value) == shape(expected)


@pytest.mark.django_db(transaction=True)
def test_statuses_are_lost_and_doubled_on_request(
    cloud: Cloud, business: Provider, ana: SimulatedPhone
) -> None:
    written(ana, at=timezone.now())
    order(cloud, status_drop_rate=1.0)
    cloud.send(to=ana.wa_id, **text())
    values_of(business, count=0)
    order(cloud, status_duplicate_rate=1.0)
    cloud.send(to=ana.wa_id, **text())
    values_of(business, count=4)


@pytest.mark.django_db(transaction=True)
def test_strangers_are_adopted_and_the_log_tells_what_they_got(
    cloud: Cloud, business: Provider
) -> None:
    order(cloud, adopt_unknown=True)
    for to in ({"to": "5215550777777"}, {"recipient": "MX.777"}, {"to": "5215550777777"}):
        assert cloud.send(**to, biz_opaque_callback_data="t#1", **text()).status_code == 200
    values_of(business, count=6)
    log = cloud.session.get(cloud.url.replace("/whatsapp", "/log"), timeout=10).json()
    assert [row["callback_data"] for row in log["accepted"]] == ["t#1"] * 3
    assert log["waiting"] == 0


@pytest.mark.django_db
def test_wishes_are_checked(client: Client) -> None:
    for body, status in (
        ('{"seed": 3}', 200),
        ('{"sead": 3}', 400),
        ('{"seed": "3"}', 400),
        ('{"cut_rate": -1}', 400),
        ("[]", 400),
    ):
        answer = client.post("/simulator/chaos", body, content_type="application/json")
        assert answer.status_code == status, body
    assert client.get("/simulator/chaos").json()["seed"] == 3
    assert client.post("/simulator/chaos", "{}", content_type="text/plain").status_code == 415
