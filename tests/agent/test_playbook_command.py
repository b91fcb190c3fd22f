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
