"""The doctor against stand-ins that answer well, badly, late and never."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from leadbot.doctor import inside, notices, openai
from leadbot.doctor.findings import Level
from leadbot.doctor.outlook import outlook_section
from leadbot.doctor.whatsapp import whatsapp_section
from tests.leadbot.doctor_stand_in import StandIn, levels, of

ROOT = Path(__file__).resolve().parents[2]
Answer = tuple[int, Any]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, {"data": [{"id": "m"}]}), ["OK", "OK"]),
        ((200, {"data": [{"id": "other"}]}), ["OK", "OK", "WARN"]),
        ((401, {}), ["FAIL"]),
        ((502, "bad gateway"), ["FAIL"]),
    ],
)
def test_openai(stand_in: StandIn, settings: Settings, answer: Answer, expected: list[str]) -> None:
    settings.AGENT_ENGINE = "llm"
    settings.OPENAI_MODEL = "m"
    settings.OPENAI_API_KEY = "sk-x"
    stand_in.answers["/v1/models"] = answer
    found = openai.openai_section(now=timezone.now())
    assert [level for level, _ in levels(found)] == expected


def test_what_is_not_used_is_not_asked(stand_in: StandIn) -> None:
    now = timezone.now()
    assert levels(openai.openai_section(now=now)) == [("OK", "openai")]
    assert levels(outlook_section(now=now)) == [("OK", "outlook")]
    assert stand_in.tokens == []


@pytest.mark.parametrize(
    ("port", "backend", "expected"),
    [
        (1, "smtp", "FAIL 127.0.0.1 does not let us in: ConnectionRefusedError"),
        (1, "locmem", "OK 127.0.0.1 takes e-mails from leadbot@example.com"),
    ],
)
def test_the_mail_server_is_logged_in_to(
    settings: Settings, port: int, backend: str, expected: str
) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DEFAULT_FROM_EMAIL = "leadbot@example.com"
    found = [f"{each.level} {each.text}" for each in notices.notices_section()]
    assert found == [expected, "OK no webhook (HANDOFF_WEBHOOK_URL)"]


def test_without_a_mail_server_an_address_or_a_sound_webhook_it_says_so(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.DEMO, settings.ALLOWED_HOSTS = "", False, ["localhost"]
    settings.HANDOFF_WEBHOOK_URL = "https://hooks.example.com"
    assert [each.level for each in notices.notices_section()] == ["WARN", "FAIL", "WARN"]


@pytest.mark.parametrize(("token", "warned"), [("", False), ("x" * 19, True), ("x" * 20, False)])
def test_a_metrics_token_that_can_be_guessed_is_noticed(
    settings: Settings, token: str, warned: bool
) -> None:
    settings.METRICS_TOKEN = token
    texts = [found.text for found in inside.settings_section() if found.level == Level.WARN]
    assert ("METRICS_TOKEN can be guessed" in texts) == warned


@pytest.mark.django_db
def test_a_sound_database() -> None:
    found = levels(inside.database_section(now=timezone.now()))
    assert found == [("OK", "database")] * 3 + [("OK", "clock")]


@pytest.mark.django_db
def test_a_schema_that_the_data_api_may_read_is_noticed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE anon; GRANT USAGE ON SCHEMA leadbot TO anon")
    found = [
        finding
        for finding in inside.database_section(now=timezone.now())
        if finding.level == Level.FAIL
    ]
    assert len(found) == 1
    assert "REVOKE" in found[0].fix


@pytest.mark.django_db
def test_another_search_path_is_noticed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path = pg_catalog, leadbot")
    found = [
        finding
        for finding in inside.database_section(now=timezone.now())
        if finding.level == Level.FAIL
    ]
    assert "migrate" in found[0].fix


@pytest.mark.django_db
def test_a_missing_worker_and_failed_jobs_are_noticed() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, priority, args,"
            " attempts) VALUES ('default', 'x', 'failed', 0, '{}', 1)"
        )
    found = list(inside.worker_section(now=timezone.now()))
    assert [(one.level.value, one.text) for one in found] == [
        ("FAIL", "no worker runs"),
        ("WARN", "1 failed jobs; nothing is lost, messages are tried again"),
    ]


def test_it_exits_with_1_on_a_failure_and_shows_no_secret(
    stand_in: StandIn, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.WHATSAPP_ACCESS_TOKEN = "EAAG-not-to-be-shown"
    stand_in.answers["/v26.0/118"] = (401, {})
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "whatsapp")
    printed = capsys.readouterr().out
    assert ended.value.code == 1
    assert "not-to-be-shown" not in printed
    assert all(" — " in line for line in printed.splitlines() if line.startswith("FAIL"))
    stand_in.answers["/v26.0/118"] = (200, {})
    call_command("doctor", "whatsapp")


def test_what_lacks_its_secrets_is_not_asked(stand_in: StandIn, settings: Settings) -> None:
    settings.WHATSAPP_MODE, settings.SIMULATOR = "cloud", False
    settings.WHATSAPP_ACCESS_TOKEN = ""
    settings.AGENT_ENGINE, settings.OPENAI_API_KEY = "llm", ""
    settings.CALENDAR, settings.OUTLOOK_CLIENT_SECRET = "outlook", ""
    now = timezone.now()
    sections = (whatsapp_section, openai.openai_section, outlook_section)
    found = [finding for section in sections for finding in section(now=now)]
    assert [one.level for one in found] == [Level.FAIL] * 3
    assert "OUTLOOK_CLIENT_SECRET" in found[2].text
    assert stand_in.tokens == []


def test_a_host_that_is_not_there_is_named_in_words(settings: Settings) -> None:
    settings.AGENT_ENGINE, settings.OPENAI_API_KEY = "llm", "sk-not-to-be-shown"
    settings.OPENAI_BASE_URL = "http://127.0.0.1:1/v1"
    found = of(openai.openai_section(now=timezone.now()), "openai")
    assert found.text == "no proper answer (no connection to 127.0.0.1:1)"
    assert "OPENAI_BASE_URL" in found.fix


def test_an_empty_environment_gets_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "doctor"],
        env={"PATH": os.environ["PATH"], "LEADBOT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout.count("\n") == 1
    assert "make run" in ended.stdout


def test_an_unknown_section_is_named() -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "weather")
    assert ended.value.code == 2
