"""An office to ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from rest_framework.test import APIClient

from conversations.models import Conversation, Salesperson, User
from tests.conversations.api.world import (
    Office,
    client_of,
    make_chat,
    make_conversation,
    make_host,
    make_manager,
    make_sales,
)
from tests.conversations.template_rows import make_template


@pytest.fixture
def office(db: None, media_folder: Path) -> Office:
    ana, ben, marta = make_sales("ana"), make_sales("ben"), make_manager()
    host: Salesperson = make_host(ben)
    make_template("Hola {{1}}")
    return Office(
        ana=ana,
        marta=marta,
        own=make_chat(ana, host, 1),
        foreign=make_chat(ben, host, 2),
        unowned=make_chat(None, host, 3),
    )


@pytest.fixture
def manager(db: None) -> User:
    return make_manager()


@pytest.fixture
def client(manager: User) -> APIClient:
    """With the manager's token."""
    return client_of(manager)


@pytest.fixture
def conversation(db: None) -> Conversation:
    return make_conversation()
