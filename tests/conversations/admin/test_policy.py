"""The strict Content-Security-Policy; on the admin's pages it is looked for in test_queries.py."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.conversations.admin.office import Office, client_of
from tests.policy import POLICY, inline_parts, policy_of


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/admin/login/", "/api/docs", "/simulator/"])
def test_every_page_before_a_login(url: str) -> None:
    page = Client().get(url)
    assert page.status_code == 200
    assert policy_of(page) == POLICY
    assert inline_parts(page.content.decode()) == []


@pytest.mark.django_db
def test_a_file_may_do_even_less(office: Office) -> None:
    keys = office.keys
    url = f"{keys['<uuid:conversation_id>']}/attachment/{keys['<uuid:attachment_id>']}/"
    answer = client_of(office, "owner").get(f"/admin/conversations/conversation/{url}")
    b"".join(answer)
    assert policy_of(answer) == {"default-src": ["'none'"], "sandbox": []}


def test_the_reader_sees_what_a_browser_would_refuse() -> None:
    page = (
        "<style>a{}</style><p style='a'>x</p><b onclick=go()></b><script>1</script>"
        "<script src=a.js></script><a href=' JavaScript:alert(1)'>x</a>"
    )
    assert inline_parts(page) == ["style", "p style", "b onclick", "script", "a href"]
