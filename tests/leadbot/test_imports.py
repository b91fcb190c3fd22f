from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Of use to the worker alone; some cost the web processes tens of megabytes.
WORKER_ONLY = {
    "agent.engines.guided.engine",
    "agent.wording",
    "babel",
    "boto3",
    "botocore",
    "dateparser",
    "holidays",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "msal",
    "openai",
    "storages",
}
# Only where files are in an S3-shaped store: in no process unless that is set.
STORE_ONLY = {"boto3", "botocore", "storages", "integrations.object_storage"}
WORKER_PROBE = """
import sys
from tests import settings  # the environment
import django; django.setup()
from leadbot import worker
from importlib import import_module
for name in worker.TASKS:
    import_module(name)
from django.core.files.storage import default_storage
_ = default_storage.location, default_storage.exists("x")
print(*sorted(sys.modules))
"""
PROBE = """
import sys
from tests import settings  # the environment
from leadbot.wsgi import application
from django.test import Client
from django.urls import get_resolver
from tests.payloads import body, sign

_ = get_resolver().url_patterns
raw = body("01_text_classic_no_bsuid.json")
signature = {"X-Hub-Signature-256": sign(raw)}
answer = Client().post("/webhook", raw, content_type="application/json", headers=signature)
Client().get("/readyz")
print(answer.status_code, *sorted(sys.modules))
"""


@pytest.mark.parametrize("engine", ["guided", "llm"])
def test_the_web_loads_nothing_that_only_the_worker_needs(engine: str, database_url: str) -> None:
    # `tests.settings` sets the engine itself: the code runs after it and before the settings.
    probe = PROBE.replace(
        "from leadbot.wsgi",
        f"import os; os.environ.update(AGENT_ENGINE={engine!r}, OPENAI_API_KEY='test')\n"
        "from leadbot.wsgi",
    )
    status, *modules = loaded(probe, DATABASE_URL=database_url)
    assert status == "200"
    assert WORKER_ONLY.isdisjoint(modules)
    assert not [each for each in modules if ".migrations.0" in each]


def test_the_worker_loads_no_store_that_is_not_set(database_url: str) -> None:
    assert STORE_ONLY.isdisjoint(loaded(WORKER_PROBE, DATABASE_URL=database_url))


def loaded(probe: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", probe],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "leadbot.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
