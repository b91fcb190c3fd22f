"""Every environment variable that the code reads, found by reading the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("leadbot", "conversations", "agent", "integrations")
# How the code calls the environment, or its copy that is made for the demo's processes.
SOURCES = {"env", "environ", "environment"}
READERS = {"getenv", "env_list"}
# A name that only running the code would tell.
COMPUTED = "?"
# Not for people: said between our own processes, or of tests' campaigns, or Django's.
INTERNAL = {"DJANGO_SETTINGS_MODULE", "LEADBOT_LOGIN_MADE_UP", "LEADBOT_CRASH_AT"}


def files() -> list[Path]:
    """All of the product's modules."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [ROOT / "manage.py", *sorted(found)]


def names_in(text: str) -> set[str]:
    """Find the variables that one module names."""
    return {name for node in ast.walk(ast.parse(text)) for name in _named(node)}


def _named(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and node.args and _asks_environment(node.func):
        yield from _text(node.args[0])
    elif isinstance(node, ast.Subscript) and _is_environment(node.value):
        yield from () if isinstance(node.ctx, ast.Store) else _text(node.slice)
    elif isinstance(node, ast.Compare) and any(map(_is_environment, node.comparators)):
        yield from _text(node.left)


def _asks_environment(function: ast.expr) -> bool:
    """`env("X")`, `env.str("X")`, `os.environ.get("X")`, `os.getenv("X")`, `env_list("X")`."""
    if isinstance(function, ast.Attribute):
        reads = function.attr != "update"
        return function.attr in READERS or (reads and _is_environment(function.value))
    return isinstance(function, ast.Name) and function.id in READERS | SOURCES


def _is_environment(node: ast.expr) -> bool:
    named = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return named in SOURCES


def _text(node: ast.expr) -> Iterator[str]:
    if not isinstance(node, ast.Constant):
        yield COMPUTED
    elif isinstance(node.value, str):
        yield node.value


@cache
def by_file() -> dict[str, set[str]]:
    """Say what each module names; when asked, for whoever only collects tests need not wait."""
    return {
        path.relative_to(ROOT).as_posix(): names_in(path.read_text(encoding="utf-8"))
        for path in files()
    }


def read() -> set[str]:
    """Every variable that the code names."""
    return {name for names in by_file().values() for name in names} - {COMPUTED}


def known() -> set[str]:
    """Those that a deployer may set."""
    return read() - INTERNAL
