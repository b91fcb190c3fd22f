"""A lead that was merged is gone from every list; its old address names the kept one."""

from __future__ import annotations

import pytest

from conversations.services import merging
from tests.conversations.api.world import client_of, make_conversation, make_manager, make_staff
from tests.conversations.rows import NOW

pytestmark = pytest.mark.django_db


def test_a_merged_lead_is_gone_and_says_where_it_is() -> None:
    manager = make_manager()
    kept, merged = make_conversation(name="Luz"), make_conversation(name="Luz M")
    merging.merge(kept_id=kept.lead_id, merged_id=merged.lead_id, staff=manager, now=NOW)
    client = client_of(manager)
    for path, old, new in (
        ("leads", merged.lead_id, kept.lead_id),
        ("conversations", merged.pk, kept.pk),
    ):
        assert [row["id"] for row in client.get(f"/api/v1/{path}").json()["results"]] == [str(new)]
        answers = [client.get(f"/api/v1/{path}/{old}")]
        if path == "leads":
            answers.append(client.patch(f"/api/v1/leads/{old}", {"name": "X"}, format="json"))
        for answer in answers:
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (404, "merged")
            assert problem["merged_into"] == str(new)
    stranger = client_of(make_staff("eva", "Sales"))
    kept.lead.owner = manager
    kept.lead.save()
    assert stranger.get(f"/api/v1/leads/{merged.lead_id}").json()["code"] == "not_found"
