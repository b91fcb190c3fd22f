"""What ran before a migration runs on until the new processes are up: the tables must allow it."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("table", "column", "default"),
    [
        # Processes before 0005 write it, those after it do not.
        ("conversations_slotoffer", "to_lead", "true"),
        # The other way round, with 0006.
        ("conversations_lead", "stage_before_meeting", "''::character varying"),
        ("integrations_channelstate", "has_room", "true"),
    ],
)
def test_a_column_that_one_side_does_not_know_is_there_and_has_a_default(
    table: str, column: str, default: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_default FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND table_name = %s AND column_name = %s",
            [table, column],
        )
        assert cursor.fetchall() == [(default,)]
