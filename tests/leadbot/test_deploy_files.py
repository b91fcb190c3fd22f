"""The files that other people's machines read: same commands, every variable known."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadbot.checks import NEEDED
from tests.leadbot import variables
from tests.leadbot.variables import known

ROOT = Path(__file__).resolve().parents[2]


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def render() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "render.yaml").read_text())
    return loaded


def services() -> dict[str, dict[str, Any]]:
    return {service["type"]: service for service in render()["services"]}


def dockerfile() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line]  # type: ignore[misc]


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_variable_is_in_the_example_and_the_reverse() -> None:
    assert len(known()) > 30
    assert set(example()) == known()
    text = (ROOT / ".env.example").read_text() + (ROOT / "docs" / "configuration.md").read_text()
    assert [name for name in sorted(variables.INTERNAL) if name in text] == []
    assert variables.read() >= variables.INTERNAL


def test_no_name_of_a_variable_is_hidden_from_that() -> None:
    computed = {file for file, names in variables.by_file().items() if variables.COMPUTED in names}
    # One helper around `env.list`, and a loop over names that stand above it.
    assert computed == {"leadbot/settings.py", "leadbot/local_environment.py"}


@pytest.mark.parametrize(
    "code",
    [
        "env.str('A_NAME', default='')",
        "env('A_NAME')",
        "env_list('A_NAME', [])",
        "os.environ.get('A_NAME')",
        "os.environ['A_NAME']",
        "environ['A_NAME']",
        "os.getenv('A_NAME', '')",
        "'A_NAME' in os.environ",
        "os.environ.pop('A_NAME', None)",
    ],
)
def test_every_way_to_read_a_variable_is_seen(code: str) -> None:
    assert variables.names_in(f"found = {code}") == {"A_NAME"}
    assert variables.names_in(f"found = {code.replace(repr('A_NAME'), 'name')}") == {"?"}


def test_every_variable_is_explained() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    assert [name for name in sorted(known()) if f"`{name}`" not in text] == []


def test_the_example_holds_no_secret() -> None:
    for name, value in example().items():
        if re.search(r"SECRET|TOKEN|KEY|PASSWORD", name):
            assert value == ""


def test_render_runs_what_the_procfile_runs() -> None:
    commands = procfile()
    assert services()["web"]["dockerCommand"] == commands["web"]
    assert services()["worker"]["dockerCommand"] == commands["worker"]
    assert services()["web"]["preDeployCommand"] == commands["release"]
    assert "preDeployCommand" not in services()["worker"]


def test_the_image_runs_the_web_by_default() -> None:
    command = next(argument for word, argument in dockerfile() if word == "CMD")
    assert shlex.join(json.loads(command)) == procfile()["web"]


def test_render_knows_its_variables_and_shares_one_set_of_secrets() -> None:
    web, worker = services()["web"], services()["worker"]
    group = render()["envVarGroups"][0]
    names = [entry["key"] for entry in group["envVars"]]
    for service in (web, worker):
        assert service["envVars"][0] == {"fromGroup": group["name"]}
        assert service["runtime"] == "docker"
        names += [entry["key"] for entry in service["envVars"][1:]]
    assert set(names) <= known()
    typed = {entry["key"] for entry in web["envVars"][1:] if entry["sync"] is False}
    for entry in worker["envVars"][1:]:
        source = entry["fromService"]
        assert source == {"type": "web", "name": web["name"], "envVarKey": entry["key"]}
        assert entry["key"] in typed
    assert web["healthCheckPath"] == "/healthz"
    assert worker["maxShutdownDelaySeconds"] == 120
    assert "generateValue" not in (ROOT / "render.yaml").read_text()


def test_what_any_mode_needs_is_typed_on_render() -> None:
    needed = {name for names in NEEDED.values() for name, _ in names}
    assert len(needed) > 5
    for service in services().values():
        typed = {entry["key"] for entry in service["envVars"][1:]}
        assert needed | {"SECRET_KEY", "DATABASE_URL"} <= typed
    assert "ALLOWED_HOSTS" in {entry["key"] for entry in services()["web"]["envVars"][1:]}


# Of the demo, of Render itself, or right as they are for whoever deploys there.
NOT_ON_RENDER = {
    *("DEBUG", "LEADBOT_DEMO", "LEADBOT_DATA_DIR", "SIMULATOR_WEBHOOK_URL"),
    *("DJANGO_SUPERUSER_USERNAME", "DJANGO_SUPERUSER_PASSWORD"),
    *("PORT", "RENDER_EXTERNAL_HOSTNAME", "WEB_CONCURRENCY"),
    *("AGENT_DEBOUNCE_SECONDS", "WHATSAPP_API_URL", "OPENAI_BASE_URL"),
    *("OUTLOOK_GRAPH_URL", "OUTLOOK_AUTHORITY_URL"),
}


def test_render_asks_for_every_variable_that_somebody_may_want_there() -> None:
    group = {entry["key"] for entry in render()["envVarGroups"][0]["envVars"]}
    typed = {entry["key"] for entry in services()["web"]["envVars"][1:]}
    assert group | typed == set(example()) - NOT_ON_RENDER


def test_render_is_no_demo() -> None:
    values = {entry["key"]: entry["value"] for entry in render()["envVarGroups"][0]["envVars"]}
    assert values["WHATSAPP_MODE"] == "cloud"
    assert "LEADBOT_DEMO" not in values


def test_the_image_is_two_stages_locked_and_not_root() -> None:
    steps = dockerfile()
    words = [word for word, _ in steps]
    assert words.count("FROM") == 2
    user = next(argument for word, argument in steps if word == "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    runs = " ".join(argument for word, argument in steps if word == "RUN")
    assert "--require-hashes -r requirements.txt" in runs
    assert "collectstatic" in runs


def test_the_image_knows_its_variables() -> None:
    named = {
        setting.split("=", 1)[0]
        for word, argument in dockerfile()
        if word == "ENV"
        for setting in shlex.split(argument)
    }
    assert {"LEADBOT_DATA_DIR", "PORT"} <= named
    others = {"PATH", "MALLOC_ARENA_MAX"}
    assert {name for name in named if not name.startswith(("PYTHON", "PIP_"))} <= known() | others


def test_the_image_gets_every_package_and_no_secret() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert ignored[0] == "*"
    let_in = {entry[1:] for entry in ignored if entry.startswith("!")}
    copied = {
        argument.split()[0]
        for word, argument in dockerfile()
        if word == "COPY" and not argument.startswith("--from")
    }
    assert copied == let_in
    assert {"agent", "conversations", "integrations", "leadbot", "manage.py"} <= copied


@pytest.mark.parametrize(
    "name", ["requirements.txt", "requirements-dev.txt", "requirements-msgraph.txt"]
)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    text = re.sub(r"\\\n\s*", " ", (ROOT / name).read_text())
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert pins
    assert [line for line in pins if "==" not in line or "--hash=sha256:" not in line] == []
