"""A few of the POSTs that `bench.payloads` sends by the thousand: no 500, no valid part lost."""

from __future__ import annotations

from itertools import count

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings

from conversations.models import Message
from tests.integrations.whatsapp.mutations import mutants, numbered
from tests.payloads import sign

pytestmark = pytest.mark.django_db

numbers = count()


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(drawn=mutants())
def test_bent_posts_are_answered_and_their_neighbours_stored(
    client: Client, drawn: tuple[bool, bytes]
) -> None:
    mutant = numbered(*drawn, next(numbers))
    answer = client.post(
        "/webhook",
        mutant.body,
        content_type="application/json",
        headers={"X-Hub-Signature-256": sign(mutant.body)},
    )
    stored = Message.objects.filter(provider_message_id__in=mutant.valid)
    assert stored.count() == len(mutant.valid)
    assert answer.status_code == 200 or (not mutant.valid and answer.status_code == 400)
