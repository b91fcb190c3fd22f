from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from agent.models import PlaybookVersion

pytestmark = pytest.mark.django_db


def export() -> Any:
    out = StringIO()
    call_command("playbook", "export", stdout=out)
    return json.loads(out.getvalue())


def test_an_edited_playbook_is_put_in_force(tmp_path: Path) -> None:
    content = export() | {"business_name": "Clínica Dental Norte"}
    file = tmp_path / "playbook.json"
    file.write_text(json.dumps(content))
    call_command("playbook", "publish", str(file), stdout=StringIO())
    assert export()["business_name"] == "Clínica Dental Norte"
    states = PlaybookVersion.objects.order_by("number").values_list("number", "state")
    assert list(states) == [(1, "retired"), (2, "published")]


@pytest.mark.parametrize(
    ("text", "named"),
    [("{", "is not JSON"), ('{"questions": [{"key": 1}]}', "questions.0"), ("[]", "Mend these")],
)
def test_a_wrong_one_changes_nothing(tmp_path: Path, text: str, named: str) -> None:
    before = export()
    file = tmp_path / "playbook.json"
    file.write_text(text)
    with pytest.raises(CommandError, match=named):
        call_command("playbook", "publish", str(file))
    assert export() == before


def test_a_file_becomes_the_draft_and_then_the_playbook(tmp_path: Path) -> None:
    file = tmp_path / "playbook.json"
    for name in ("Clínica Norte", "Clínica Sur"):
        file.write_text(json.dumps(export() | {"business_name": name}))
        call_command("playbook", "draft", str(file), stdout=StringIO())
    out = StringIO()
    call_command("playbook", "export", "--draft", stdout=out)
    assert json.loads(out.getvalue())["business_name"] == "Clínica Sur"
    call_command("playbook", "publish", "--note", "Otra clínica", stdout=StringIO())
    assert export()["business_name"] == "Clínica Sur"
    assert PlaybookVersion.objects.get(state="published").note == "Otra clínica"
    for arguments in (["export", "--draft"], ["publish"]):
        with pytest.raises(CommandError, match="no draft"):
            call_command("playbook", *arguments, stdout=StringIO())


def test_what_does_not_fit_together_is_not_published(tmp_path: Path) -> None:
    file = tmp_path / "playbook.json"
    file.write_text(json.dumps(export() | {"warm_from": 90}))
    with pytest.raises(CommandError, match="below hot"):
        call_command("playbook", "publish", str(file))
