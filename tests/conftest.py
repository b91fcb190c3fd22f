"""What every test may ask for: a Postgres server, the test database's address, a browser."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
from asyncio.events import _set_running_loop
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg import sql
from pytest_django import DjangoDbBlocker, Settings

from leadbot import embedded_postgres
from tests import emptying, template
from tests.settings import DATA_DIR, GIVEN_DATABASE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Lend = Callable[[], AbstractContextManager[Browser]]

# On a busy machine every example is slow. In CI the examples are the same each time.
hypothesis.settings.register_profile(
    "leadbot",
    hypothesis.settings.default,
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("leadbot")

# The shell has the same pages and no window around them: half the processor time of each.
CHROMIUM_NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome-stable", "google-chrome"),
)
# The address bar's list is a page of its own: a second of processor time for each window.
# A renderer that is kept ready costs as much as one that is used.
# The others are Playwright's own list, which ours replaces: Chromium obeys the last one only.
FEATURES_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "AimEnabled",
    "SpareRendererForSitePerProcess",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)
CHROMIUM_FLAGS = (
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# What tests write need not survive a power cut; the workers and their children connect.
SERVER_FOR_TESTS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
"""

# Processes, browsers and waits: last of all, one of the workers would do them alone.
LONGEST_FIRST = (
    "tests/e2e/test_main_path.py",
    "tests/e2e/test_modes.py",
    "tests/leadbot/test_up.py",
    "tests/bench/test_crash_campaign.py",
    "tests/leadbot/test_supabase.py",
    "tests/conversations/admin/test_access.py",
    "tests/leadbot/test_image.py",
    "tests/agent/test_evaluation.py",
    "tests/agent/llm/test_adversary.py",
    "tests/conversations/admin/test_thread_live.py",
    "tests/agent/replay/test_in_the_browser.py",
    "tests/integrations/simulator/test_browser.py",
    "tests/conversations/admin/test_queries.py",
    "tests/conversations/admin/test_widths.py",
    "tests/agent/llm/test_failures.py",
    "tests/agent/replay/test_replays.py",
    "tests/agent/playbook/test_pages.py",
    "tests/conversations/admin/test_every_kind.py",
    "tests/conversations/test_files_in_s3.py",
    "tests/leadbot/test_checks.py",
    "tests/leadbot/test_imports.py",
    "tests/conversations/test_fast_lane.py",
    "tests/conversations/test_identity_laws.py",
    "tests/e2e/test_files.py",
    "tests/conversations/api/test_docs.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Look for no garbage among modules that stay: it takes a third of the collection's time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look again, but seldom, and leave alone what was imported: a twentieth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest; `--no-loadscope-reorder` lets the order stand."""
    places = {config.rootpath / name: place for place, name in enumerate(LONGEST_FIRST)}
    assert all(path.exists() for path in places), "LONGEST_FIRST names a file that is gone"
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[None]:
    """Run the embedded server for this session, unless DATABASE_URL names another."""
    if GIVEN_DATABASE:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            embedded_postgres,
            "CONFIGURATION",
            embedded_postgres.CONFIGURATION + SERVER_FOR_TESTS,
        )
        server = embedded_postgres.start(DATA_DIR)
    with server:
        _drop_databases_of_dead_runs(server.url)
        yield


@pytest.fixture(scope="session")
def database_template(postgres: None, django_db_blocker: DjangoDbBlocker) -> str:
    """Name the database that new ones begin as a copy of."""
    if GIVEN_DATABASE:
        return "template1"
    with django_db_blocker.unblock():
        return template.migrated()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_template: str) -> None:
    """Hold pytest-django back until there is a server, and have it copy that database."""
    connection.settings_dict["TEST"]["TEMPLATE"] = database_template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Have the new database emptied our way; a run none of whose tests asks for one has none."""
    with pytest.MonkeyPatch.context() as patch:
        if connection.settings_dict["NAME"] == connection.settings_dict["TEST"]["NAME"]:
            with django_db_blocker.unblock():
                emptying.install(patch)
        yield


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """Give the address of the test database, for processes that a test starts."""
    database = settings.DATABASES["default"]
    options = database.get("OPTIONS", {})
    host = database["HOST"] or options.get("host", "")
    user = database["USER"] or options.get("user", "")
    query = "&".join(
        f"{name}={quote(str(value), safe='')}"
        for name, value in (
            ("host", host),
            ("port", database["PORT"]),
            ("user", user),
            ("password", database["PASSWORD"]),
        )
        if value
    )
    return f"postgresql:///{quote(database['NAME'])}?{query}"


@pytest.fixture
def media_folder(settings: Settings, tmp_path: Path) -> Path:
    """Keep leads' files in a folder of this test's own."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    return tmp_path


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Find the browser, or say what to install."""
    named = os.environ.get("CHROMIUM", "")
    for candidate in (named, *CHROMIUM_NAMES):
        if candidate and (path := shutil.which(candidate)):
            return Path(path)
    message = (
        "Browser tests need Chromium: `apt-get install chromium` (Debian), "
        "`brew install --cask chromium` (macOS), or CHROMIUM=/path/to/chromium."
    )
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def lend_browser(chromium: Path, django_db_setup: None) -> Iterator[Lend]:
    """Run a headless browser and its driver for all files: to start them takes a second or two.

    Playwright's event loop runs in this thread, where others want none: it is hidden from them.
    Under it Django has other connections than without: the database is made before.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # slow, and few need it

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(chromium), args=list(CHROMIUM_FLAGS), headless=True
        )
        loop = asyncio.get_running_loop()

        @contextmanager
        def lend() -> Iterator[Browser]:
            with pytest.MonkeyPatch.context() as patch:
                # Django would refuse its ORM beside a loop.
                patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
                _set_running_loop(loop)
                yield started
                # A test that failed may have left some.
                for window in started.contexts:
                    window.close()
                # Those of the loop: the database could not be dropped.
                connections.close_all()
                _set_running_loop(None)

        _set_running_loop(None)
        yield lend
        _set_running_loop(loop)
        started.close()


@pytest.fixture(scope="module")
def browser(lend_browser: Lend) -> Iterator[Browser]:
    """Have it for one file, whose tests see only what was committed."""
    with lend_browser() as lent:
        yield lent


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open a page with cookies of its own."""
    # What moves is painted sixty times a second, by the processor.
    context = browser.new_context(
        locale="es-MX", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def _drop_databases_of_dead_runs(url: str) -> None:
    """Take away what killed test runs could not."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_leadbot\\_%'"
        ).fetchall()
        for (name,) in rows:
            owner = name.rpartition("_")[2]
            if owner.isdigit() and not _is_alive(int(owner)):
                connection.execute(
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
