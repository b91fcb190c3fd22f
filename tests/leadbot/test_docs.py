"""The documents name only what exists: commands, variables, addresses, files, headings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

from conversations.api.views.base import UnknownView
from leadbot.management.commands.doctor import SECTIONS
from tests.leadbot.variables import known

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")],
    key=lambda path: path.as_posix(),
)
PACKAGES = ("leadbot", "agent", "conversations", "integrations")
CODE_FILES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
# Made by running, named so that people find or ignore them.
MADE = {".venv", ".data", ".data-test", ".data-meta", ".data-crm", ".env"}
# Variables of other programs, and of Django's own commands.
FOREIGN = {"CHROMIUM", "CI", "ARGS", "DJANGO_SUPERUSER_EMAIL", "HEAD"}
# Words in capitals that are no variable of ours.
NAME = re.compile(
    r"\b((?:WHATSAPP|OPENAI|OUTLOOK|AGENT|DATABASE|LEADBOT|SIMULATOR|DJANGO|CSRF|CORS|RENDER|WEB)"
    r"_[A-Z_]+|SECRET_KEY|ALLOWED_HOSTS|PORT|CALENDAR|DEBUG|LANGUAGE_CODE|TIME_ZONE|METRICS_TOKEN)\b"
)
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
TARGET = re.compile(r"(?:^|[`\s])make ([a-z]+)(?=[`\s]|$)", re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
ADDRESS = re.compile(r"/(?:webhook|admin|api|healthz|readyz|metrics|simulator)(?:/[a-z0-9/._-]*)?")
HELD = re.compile(
    r"([a-z_/]+)\.(?!(?:py|md|yaml|txt|in|toml|ini|json|css|po)$)([A-Za-z_]+)(?:\(\))?"
)
PATH = re.compile(r"\.?[\w.-]+(?:/[\w.-]+)*/?")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=DOCUMENTS, ids=name_of)
def document(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_links_lead_somewhere(document: Path) -> None:
    assert [link for link in LINK.findall(read(document)) if not _exists(document, link)] == []


def test_commands_exist(document: Path) -> None:
    assert set(COMMAND.findall(read(document))) - set(get_commands()) == set()


def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.M))
    named = {
        target
        for text in [*CODE.findall(read(document)), *_blocks(document)]
        for target in TARGET.findall(text)
    }
    assert named - targets == set()


def test_variables_exist(document: Path) -> None:
    assert set(NAME.findall(read(document))) - known() - FOREIGN == set()


def test_addresses_exist(document: Path) -> None:
    named = {code for code in CODE.findall(read(document)) if ADDRESS.fullmatch(code)}
    assert {address for address in named if not _resolves(address)} == set()


def test_files_exist(document: Path) -> None:
    named = {code for code in CODE.findall(read(document)) if _is_file_name(code)}
    assert {code for code in named if not _is_there(code, document)} == set()


def test_names_in_modules_exist(document: Path) -> None:
    """`outbox.next_step`, `agent/runner.answer`: what a module of ours is said to hold."""
    named = {(m[1], m[2]) for code in CODE.findall(read(document)) if (m := HELD.fullmatch(code))}
    assert {
        f"{module}.{name}"
        for module, name in named
        if (holders := _modules(module)) and not any(name in _names(path) for path in holders)
    } == set()


def test_doctor_sections_exist(document: Path) -> None:
    named = re.findall(r"manage\.py doctor ([a-z ]+)`", read(document))
    assert {word for words in named for word in words.split()} - set(SECTIONS) == set()


def test_every_document_is_reached_from_the_readme() -> None:
    linked = {(ROOT / link).resolve() for link in LINK.findall(read(ROOT / "README.md"))}
    reached = {path for path in DOCUMENTS if path in linked or path.parent in linked}
    assert set(DOCUMENTS) - reached - {ROOT / "README.md"} == set()


def test_pictures_are_small() -> None:
    pictures = list((ROOT / "docs" / "img").iterdir())
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > 200_000] == []


def test_decisions_are_short_and_numbered_without_gaps() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        lines = read(path).splitlines()
        assert len(lines) <= 25, path.name
        assert lines[0].startswith(f"# {path.name[:4]} ")
        assert {"**Context.**", "**Decision.**", "**Consequences.**"} <= {
            " ".join(line.split()[:1]) for line in lines if line
        }


def _exists(document: Path, link: str) -> bool:
    if link.startswith(("https://", "http://")):
        return True
    target, _hash, heading = link.partition("#")
    path = (document.parent / target).resolve() if target else document
    return path.exists() and (not heading or heading in _anchors(path))


@cache
def _modules(said: str) -> tuple[Path, ...]:
    """Our modules that may be meant; a job's name begins with its package."""
    if said in PACKAGES:
        return tuple((ROOT / said).glob("tasks.py"))
    return tuple(
        path for path in CODE_FILES if path.with_suffix("").as_posix().endswith(f"/{said}")
    )


@cache
def _names(module: Path) -> frozenset[str]:
    tree = ast.parse(read(module))
    return frozenset(
        {node.name for node in ast.walk(tree) if isinstance(node, DEFINITIONS)}
        | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    )


@cache
def _anchors(path: Path) -> frozenset[str]:
    """Anchors as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", read(path), re.M)
    return frozenset(
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings
    )


def _blocks(document: Path) -> Iterator[str]:
    yield from re.findall(r"```sh\n(.*?)```", read(document), re.S)


def _resolves(address: str) -> bool:
    for candidate in (address, f"{address.rstrip('/')}/", f"{address.rstrip('/')}/me"):
        try:
            match = resolve(candidate)
        except Resolver404:
            continue
        if getattr(match.func, "cls", None) is not UnknownView:
            return True
    return False


def _is_file_name(code: str) -> bool:
    """A path with a slash or an ending that we use; not an address, an option or a glob."""
    if not PATH.fullmatch(code) or code in MADE:
        return False
    first = code.split("/", 1)[0]
    return first in (*PACKAGES, "tests", "docs", "bench", ".ci") or code.endswith(
        (".py", ".md", ".yaml", ".txt", ".in", ".toml", ".ini")
    )


def _is_there(code: str, document: Path) -> bool:
    """`conversations/queue`, `webhooks.whatsapp` and `queue.py` are ways to say a file."""
    bases = (ROOT, document.parent, *(ROOT / package for package in PACKAGES))
    shortened = re.sub(r"(?<=[a-z])\.[A-Za-z_]+$", "", code)
    for base in bases:
        for text in (code, shortened):
            if (base / text).exists() or (base / f"{text}.py").exists():
                return True
    return "/" not in code and any(
        True for package in PACKAGES for _hit in (ROOT / package).rglob(code)
    )
