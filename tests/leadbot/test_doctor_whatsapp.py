"""The doctor's look at WhatsApp: what is wrong is named, with what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from conversations.models import Lead, Message
from integrations.models import WebhookDelivery
from leadbot.doctor import findings, webhook
from leadbot.doctor.account import FIELDS
from leadbot.doctor.findings import Finding, Level
from leadbot.doctor.whatsapp import whatsapp_section
from tests.leadbot.doctor_stand_in import (
    ACCOUNT,
    APP,
    NUMBER,
    Answer,
    StandIn,
    app,
    number,
    of,
    token,
)

NO_OBJECT = {"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}}
EXPIRED = {"error": {"code": 190, "error_subcode": 463, "message": "Session has expired"}}
HTML = "<html><h1>Bad gateway</h1>"


def look(url: str = "") -> list[Finding]:
    return list(whatsapp_section(now=timezone.now(), url=url))


def bad(found: list[Finding]) -> list[Finding]:
    return [each for each in found if each.level != Level.OK]


def test_what_is_well_is_well(stand_in: StandIn, settings: Settings) -> None:
    settings.WHATSAPP_ACCESS_TOKEN = "EAAGtoken"
    found = look()
    assert bad(found) == []
    assert [each.subject for each in found] == [
        *("whatsapp", "number", "clock", "token"),
        *("account", "account", "fields", "fields", "template"),
        *("webhook", "webhook", "webhook"),
    ]
    assert stand_in.tokens[0] == "Bearer EAAGtoken"
    assert f"Bearer {APP}|test-app-secret" in stand_in.tokens


@pytest.mark.parametrize(
    ("answer", "fix"),
    [
        ((401, EXPIRED), "WHATSAPP_ACCESS_TOKEN"),
        ((400, EXPIRED), "WHATSAPP_ACCESS_TOKEN"),
        ((400, NO_OBJECT), "WHATSAPP_PHONE_NUMBER_ID"),
        ((400, {"error": {"code": 100}}), "WHATSAPP_PHONE_NUMBER_ID"),
        ((404, HTML), "WHATSAPP_PHONE_NUMBER_ID"),
        ((500, HTML), "WHATSAPP_API_URL"),
        ((200, HTML), "WHATSAPP_API_URL"),
        ((200, "[" * 5000), "WHATSAPP_API_URL"),
    ],
)
def test_each_refusal_of_meta_has_its_fix(stand_in: StandIn, answer: Answer, fix: str) -> None:
    stand_in.answers[f"/v26.0/{NUMBER}"] = answer
    found = of(look(), "whatsapp")
    assert found.level == Level.FAIL
    assert fix in found.fix


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"status": "PENDING"}, "FAIL", "is PENDING"),
        ({"platform_type": "NOT_APPLICABLE"}, "FAIL", "not registered"),
        ({"name_status": "DECLINED"}, "WARN", "display name is DECLINED"),
        ({"quality_rating": "RED"}, "WARN", "quality RED"),
    ],
)
def test_the_numbers_health(
    stand_in: StandIn, changes: Mapping[str, Any], level: str, words: str
) -> None:
    stand_in.answers[f"/v26.0/{NUMBER}"] = (200, number(**changes))
    (found,) = bad(look())
    assert (found.level, found.subject) == (level, "number")
    assert words in found.text


def test_a_field_that_meta_renamed_hides_nothing_else(stand_in: StandIn) -> None:
    def answer(query: Mapping[str, str]) -> object:
        renamed = "limit" in query["fields"]
        return {"error": {"code": 100}} if renamed else number(quality_rating="YELLOW")

    stand_in.answers[f"/v26.0/{NUMBER}"] = (200, answer)
    (found,) = bad(look())
    assert "YELLOW" in found.text


def test_more_a_second_than_the_number_takes(stand_in: StandIn, settings: Settings) -> None:
    settings.WHATSAPP_MESSAGES_PER_SECOND = 500
    (found,) = bad(look())
    assert "takes 80" in found.text


SOON = int((timezone.now() + timedelta(hours=20)).timestamp())


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"is_valid": False, "expires_at": 1_700_000_000}, "FAIL", "expired on 2023-11-14"),
        ({"is_valid": False}, "FAIL", "withdrawn"),
        ({"type": "USER", "expires_at": SOON}, "WARN", "expires in 19 h"),
        ({"type": "USER"}, "WARN", "belongs to a person"),
        ({"scopes": ["whatsapp_business_management"]}, "FAIL", "may not send"),
        ({"scopes": ["whatsapp_business_messaging"]}, "WARN", "no templates"),
        (
            {"granular_scopes": [{"scope": "whatsapp_business_messaging", "target_ids": ["7"]}]},
            "FAIL",
            "does not reach account 104",
        ),
        ({"granular_scopes": "x", "expires_at": 10**18}, "OK", ""),
    ],
)
def test_the_token(stand_in: StandIn, changes: Mapping[str, Any], level: str, words: str) -> None:
    stand_in.answers["/v26.0/debug_token"] = (200, {"data": token(**changes)})
    wrong = bad(look())
    assert [each.level.value for each in wrong] == ([] if level == "OK" else [level])
    assert all(words in each.text and each.fix for each in wrong)


@pytest.mark.parametrize("answer", [(400, EXPIRED), (200, HTML), (200, {"data": []}), (404, {})])
def test_a_token_that_cannot_be_looked_up_is_said(stand_in: StandIn, answer: Answer) -> None:
    stand_in.answers["/v26.0/debug_token"] = answer
    (found,) = bad(look())
    assert (found.level, found.subject) == (Level.WARN, "token")


@pytest.mark.parametrize(
    ("path", "answer", "level", "words"),
    [
        (f"{ACCOUNT}/phone_numbers", (400, NO_OBJECT), "FAIL", "is not found"),
        (f"{ACCOUNT}/phone_numbers", (200, {"data": [{"id": "7"}]}), "FAIL", "does not hold"),
        (f"{ACCOUNT}/phone_numbers", (500, HTML), "WARN", "cannot be read"),
        (f"{ACCOUNT}/subscribed_apps", (200, {"data": []}), "FAIL", "no app is subscribed"),
        (f"{ACCOUNT}/subscribed_apps", (200, {"data": [app("7")]}), "FAIL", "only 7"),
        (f"{ACCOUNT}/subscribed_apps", (403, {"error": {"code": 200}}), "WARN", "code 200"),
        (f"{APP}/subscriptions", (400, {"error": {"code": 190}}), "FAIL", "is not the secret"),
        (f"{APP}/subscriptions", (200, {"data": []}), "FAIL", "no active webhook"),
        (f"{APP}/subscriptions", (502, HTML), "WARN", "cannot be read"),
        (f"{ACCOUNT}/message_templates", (200, {"data": []}), "WARN", "none approved"),
        (f"{ACCOUNT}/message_templates", (200, HTML), "WARN", "none approved"),
        (
            f"{ACCOUNT}/message_templates",
            (200, {"data": [{"status": "APPROVED"}, {"status": "PAUSED"}]}),
            "WARN",
            "1 paused",
        ),
    ],
)
def test_the_account(stand_in: StandIn, path: str, answer: Answer, level: str, words: str) -> None:
    stand_in.answers[f"/v26.0/{path}"] = answer
    (found,) = bad(look())
    assert found.level == level
    assert words in found.text
    assert found.fix


def test_each_missing_field_is_named(stand_in: StandIn) -> None:
    kept = [name for name in FIELDS if name not in ("messages", "security", "account_alerts")]
    only = stand_in.subscription(fields=kept, callback_url="https://old.example.com/webhook?x=1")
    stand_in.answers[f"/v26.0/{APP}/subscriptions"] = (200, {"data": [only]})
    moved, without, others = bad(look())
    assert "https://old.example.com/webhook," in moved.text
    assert (without.level, others.level) == (Level.FAIL, Level.WARN)
    assert "security" in others.text
    assert "account_alerts" in others.text
    assert "user_preferences" not in others.text


@pytest.mark.parametrize(
    ("signed", "unsigned", "words"),
    [
        ((403, "no"), (403, "no"), "signed test is refused"),
        ((200, "ok"), (200, "ok"), "wrongly signed test is not refused"),
        ((200, HTML), (403, "no"), "no proper answer"),
        ((301, ""), (403, "no"), "which Meta does not follow"),
        ((503, "later"), (403, "no"), "cannot reach its database"),
    ],
)
def test_the_signature_makes_its_round(
    stand_in: StandIn, signed: Answer, unsigned: Answer, words: str
) -> None:
    stand_in.posted = {"signed": signed, "unsigned": unsigned}
    (found,) = bad(look())
    assert (found.level, found.subject) == (Level.FAIL, "webhook")
    assert words in found.text


def test_each_of_two_secrets_is_tried(stand_in: StandIn, settings: Settings) -> None:
    settings.WHATSAPP_APP_SECRETS = ["the-next-one", "test-app-secret"]
    (found,) = bad(look())
    assert "refused (secret 1 of 2)" in found.text


@pytest.mark.parametrize(
    ("answer", "words"),
    [((403, ""), "handshake refused"), ((200, HTML), "no proper"), ((301, ""), "redirects")],
)
def test_nothing_is_posted_to_whom_does_not_shake_hands(
    stand_in: StandIn, answer: Answer, words: str
) -> None:
    stand_in.answers["/webhook"] = answer
    (found,) = bad(look())
    assert words in found.text
    assert stand_in.bodies == []


def test_a_web_that_is_down_and_a_wrong_clock_are_noticed(
    stand_in: StandIn, settings: Settings
) -> None:
    settings.PORT = 1
    found = list(whatsapp_section(now=timezone.now() + timedelta(minutes=5)))
    assert "NTP" in of(found, "clock").fix
    assert of(found, "webhook").fix.startswith("Start the web")


def test_who_hangs_is_not_waited_for(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "PATIENCE_SECONDS", 0.2)
    stand_in.hangs = {"/v26.0/debug_token", "/webhook"}
    token_, web = bad(look())
    assert (token_.subject, web.subject) == ("token", "webhook")
    assert "in time" in web.text
    stand_in.hangs = {f"/v26.0/{NUMBER}"}
    assert "in time" in of(look(), "whatsapp").text


def test_the_public_address(settings: Settings) -> None:
    assert webhook.public_address("https://a.example.com/webhook") == "https://a.example.com"
    settings.DEMO = False
    settings.ALLOWED_HOSTS = ["127.0.0.1", ".example.com"]
    assert webhook.public_address() == "https://example.com"
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com", "https://crm.example.com"]
    assert webhook.public_address() == "https://crm.example.com"
    assert "unsafe" in next(webhook.webhook_findings("http://10.0.0.1", now=timezone.now())).text


@pytest.mark.django_db(transaction=True)
def test_all_is_well_with_the_simulator_and_the_test_leaves_a_delivery_only(
    live_server: LiveServer, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.WHATSAPP_API_URL = f"{live_server.url}/simulator/whatsapp/v26.0"
    settings.SIMULATOR_WEBHOOK_URL = f"{live_server.url}/webhook"
    call_command("doctor", "whatsapp", url=live_server.url)
    printed = capsys.readouterr().out
    assert "FAIL" not in printed
    assert "test-app-secret" not in printed
    (delivery,) = WebhookDelivery.objects.all()
    sent = json.loads(bytes(delivery.body))["entry"][0]["changes"][0]
    assert sent["field"] == "leadbot_doctor"
    assert delivery.state == "processed"
    assert "a test by manage.py doctor" in json.dumps(delivery.problems)
    assert not Lead.objects.exists()
    assert not Message.objects.exists()
