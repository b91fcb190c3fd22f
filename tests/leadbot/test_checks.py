"""Every finding of the start-up checks, one wrong setting at a time."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from integrations.conf import is_safe_url
from leadbot import checks

ROOT = Path(__file__).resolve().parents[2]
SOUND: dict[str, Any] = {
    "DEMO": False,
    "DEBUG": False,
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": ["leadbot.example.com"],
    "EMBEDDED_DATABASE": False,
    "SIMULATOR": False,
    "WHATSAPP_MODE": "cloud",
    "WHATSAPP_API_URL": "https://graph.facebook.com/v26.0",
    "WHATSAPP_ACCESS_TOKEN": "t",
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_APP_SECRETS": ["s"],
    "WHATSAPP_VERIFY_TOKEN": "v",
    "AGENT_ENGINE": "llm",
    "OPENAI_API_KEY": "k",
    "CALENDAR": "outlook",
    "OUTLOOK_TENANT_ID": "t",
    "OUTLOOK_CLIENT_ID": "c",
    "OUTLOOK_CLIENT_SECRET": "s",
    "OUTLOOK_CLIENT_CERTIFICATE": "",
}

S3 = {
    "MEDIA_STORAGE": "s3",
    "S3_ENDPOINT_URL": "https://ref.storage.supabase.co/storage/v1/s3",
    "S3_BUCKET": "files",
    "S3_ACCESS_KEY_ID": "i",
    "S3_SECRET_ACCESS_KEY": "s",
    "S3_REGION": "us-east-1",
}


def findings(settings: Settings, **wrong: Any) -> list[str]:
    for name, value in (SOUND | wrong).items():
        setattr(settings, name, value)
    return [f"{found.id} {found.msg} {found.hint}" for found in checks.check_deployment()]


def test_a_sound_configuration_starts(settings: Settings) -> None:
    assert findings(settings) == []
    assert findings(settings, **S3) == []
    checks.refuse_half_configured(serves_http=True)


@pytest.mark.parametrize(
    ("wrong", "number", "named"),
    [
        ({"WHATSAPP_MODE": "clod"}, "E001", "simulator or cloud"),
        ({"AGENT_ENGINE": "gpt"}, "E001", "guided or llm"),
        ({"CALENDAR": "google"}, "E001", "local or outlook"),
        ({"WHATSAPP_ACCESS_TOKEN": ""}, "E002", "WHATSAPP_ACCESS_TOKEN"),
        ({"WHATSAPP_PHONE_NUMBER_ID": ""}, "E002", "WHATSAPP_PHONE_NUMBER_ID"),
        ({"WHATSAPP_APP_SECRETS": []}, "E002", "WHATSAPP_APP_SECRET"),
        ({"WHATSAPP_VERIFY_TOKEN": ""}, "E002", "WHATSAPP_VERIFY_TOKEN"),
        ({"WHATSAPP_PRICES": "service=0.01,utility"}, "E012", "'utility'"),
        ({"WHATSAPP_CURRENCY": "$"}, "E011", "USD"),
        ({"OPENAI_API_KEY": ""}, "E002", "OPENAI_API_KEY"),
        ({"OUTLOOK_TENANT_ID": ""}, "E002", "OUTLOOK_TENANT_ID"),
        ({"OUTLOOK_CLIENT_ID": ""}, "E002", "OUTLOOK_CLIENT_ID"),
        ({"OUTLOOK_CLIENT_SECRET": ""}, "E002", "OUTLOOK_CLIENT_SECRET"),
        ({"OUTLOOK_CLIENT_CERTIFICATE": "x"}, "E019", "Unset the one"),
        (
            {"OUTLOOK_CLIENT_SECRET": "", "OUTLOOK_CLIENT_CERTIFICATE": "/etc/leadbot.pem"},
            "E020",
            "docs/outlook.md",
        ),
        ({"MEDIA_STORAGE": "ftp"}, "E001", "disk or s3"),
        *[
            ({**S3, name: ""}, "E002", name)
            for name in ("S3_ENDPOINT_URL", "S3_BUCKET", "S3_ACCESS_KEY_ID", "S3_REGION")
        ],
        ({**S3, "S3_SECRET_ACCESS_KEY": ""}, "E002", "S3_SECRET_ACCESS_KEY"),
        ({**S3, "S3_ENDPOINT_URL": "http://s3.example.com"}, "E004", "S3_ENDPOINT_URL"),
        (
            {
                "AGENT_ENGINE": "guided",
                "OPENAI_API_KEY": "",
                "OPENAI_TRANSCRIPTION_MODEL": "gpt-transcribe",
            },
            "E010",
            "OPENAI_API_KEY",
        ),
        ({"HANDOFF_WEBHOOK_URL": "https://hooks.example.com"}, "E016", "WEBHOOK_SECRET"),
        ({"HANDOFF_WEBHOOK_URL": "http://hooks.example.com"}, "E016", "HANDOFF_WEBHOOK_URL"),
        ({"HANDOFF_WEBHOOK_URL": "http://127.0.0.1:9"}, "E016", "HANDOFF_WEBHOOK_URL"),
        ({"EMAIL_HOST": "smtp.example.com"}, "E017", "DEFAULT_FROM_EMAIL"),
        ({"PUBLIC_URL": "http://leadbot.example.com"}, "E018", "PUBLIC_URL"),
        ({"SECRET_KEY": ""}, "E003", "SECRET_KEY"),
        ({"WHATSAPP_API_URL": "http://graph.example.com"}, "E004", "WHATSAPP_API_URL"),
        ({"OPENAI_BASE_URL": "http://10.0.0.1/v1"}, "E004", "OPENAI_BASE_URL"),
        ({"OUTLOOK_GRAPH_URL": "http://127.0.0.1.example.com"}, "E004", "OUTLOOK_GRAPH_URL"),
        ({"OUTLOOK_AUTHORITY_URL": "ftp://127.0.0.1"}, "E004", "OUTLOOK_AUTHORITY_URL"),
        ({"SIMULATOR": True}, "E005", "WHATSAPP_MODE=cloud"),
        ({"DEBUG": True}, "E006", "Unset DEBUG"),
        ({"ALLOWED_HOSTS": []}, "E007", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["127.0.0.1", "localhost"]}, "E007", "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": ["*"]}, "E008", "one by one"),
        ({"EMBEDDED_DATABASE": True}, "E009", "DATABASE_URL"),
    ],
)
def test_each_fault_is_found_alone_with_its_fix(
    settings: Settings, wrong: dict[str, Any], number: str, named: str
) -> None:
    found = findings(settings, **wrong)
    assert [line.split()[0] for line in found] == [f"leadbot.{number}"]
    assert named in found[0]
    if number != "E007":
        with pytest.raises(ImproperlyConfigured, match=r"leadbot will not start"):
            checks.refuse_half_configured(serves_http=False)


def test_the_worker_needs_no_public_host(settings: Settings) -> None:
    findings(settings, ALLOWED_HOSTS=[])
    checks.refuse_half_configured(serves_http=False)


def test_the_demo_may_simulate_but_not_lack_secrets(settings: Settings) -> None:
    demo = {"DEMO": True, "SIMULATOR": True, "ALLOWED_HOSTS": [], "EMBEDDED_DATABASE": True}
    assert findings(settings, **demo) == []
    assert findings(settings, **demo, OPENAI_API_KEY="") != []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.9.9.9"])
def test_plain_http_is_accepted_on_loopback(host: str) -> None:
    assert is_safe_url(f"http://{host}:9000/v1")


@pytest.mark.parametrize("url", ["", "http://", "//127.0.0.1", "http://[::1", "http://0.0.0.0/"])
def test_no_other_plain_address_is(url: str) -> None:
    assert not is_safe_url(url)


@pytest.mark.slow
def test_commands_of_development_need_no_environment() -> None:
    # It runs every system check first, as `check` does.
    ended = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "makemigrations", "--check", "--dry-run"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


# Django is loaded once; each start goes on in a copy of that process.
STARTS = """
import json, os, runpy, sys, tempfile
import django

def told(argv):
    with tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if not child:
            os.dup2(errors.fileno(), 2)
            sys.argv = argv
            runpy.run_path(argv[0], run_name="__main__")
            os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        errors.seek(0)
        return code, errors.read()

os.environ["DJANGO_SETTINGS_MODULE"] = "leadbot.settings"
django.setup()
sys.path.insert(0, os.getcwd())
starts = json.load(sys.stdin)
results = [told(start) for start in starts]
json.dump(results, sys.stdout)
"""


@pytest.mark.slow
def test_nothing_starts_half_configured() -> None:
    starts = [["leadbot/wsgi.py"], ["manage.py", "worker"], ["manage.py", "check", "--deploy"]]
    ended = subprocess.run(
        [sys.executable, "-c", STARTS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "OPENAI_API_KEY": "sk-not-to-be-shown"},
        input=json.dumps(starts),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    results = json.loads(ended.stdout)
    assert len(results) == len(starts)
    for start, (code, errors) in zip(starts, results, strict=True):
        assert code == 1, (start, errors)
        for fix in ("WHATSAPP_MODE=cloud with its secrets", "SECRET_KEY", "DATABASE_URL"):
            assert fix in errors, start
        assert "sk-not-to-be-shown" not in errors


def test_each_finding_has_a_number_of_its_own() -> None:
    numbers = re.findall(r'"([EW][0-9]{3})"', inspect.getsource(checks))
    assert len(numbers) > 10
    assert len(set(numbers)) == len(numbers)
