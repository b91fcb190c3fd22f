"""Whatever order WhatsApp tells us in, and however often: who is who ends the same.

Two leads that were made before anything joined them stay two, with a proposal to merge them: we
never merge alone. So the law is about persons, that is leads joined by open proposals; and about
leads themselves where every event names the business-scoped id, as Meta promises.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.models import Identity, IdentityConflict, Lead, Message
from conversations.services import inbound, merging
from integrations.whatsapp import webhook
from tests.conversations.rows import NOW, PACE, make_staff
from tests.conversations.test_merging import rows

pytestmark = pytest.mark.django_db

OURS = "100000000000001"
Event = dict[str, Any]
# Both spellings of a number in Mexico, Argentina and Brazil.
NUMBERS = (
    ("5215550101234", "525550101234"),
    ("5491122334455", "541122334455"),
    ("5511987654321", "551187654321"),
)
# A few every time; by hand thousands, with LAWS=1000.
FEW = settings(
    max_examples=int(os.environ.get("LAWS", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def said(index: int, *, bsuid: str = "", phone: str = "", name: str = "", card: str = "") -> Event:
    """A text or, with `card`, the contact card of somebody else."""
    contact: Event = {"profile": {"name": name or "Ana", "username": f"{name or 'ana'}.{index}"}}
    message: Event = {
        "id": f"wamid.{index}",
        "timestamp": moment(index),
        "type": "text",
        "text": {"body": f"Hola {index}"},
    }
    if bsuid:
        contact["user_id"] = message["from_user_id"] = bsuid
    if phone:
        contact["wa_id"] = message["from"] = phone
    if card:
        phones = [{"phone": f"+{card}", "wa_id": card}]
        shown = {"name": {"formatted_name": "Otra"}, "phones": phones}
        del message["text"]
        message |= {"type": "contacts", "contacts": [shown]}
    return {"contacts": [contact], "messages": [message]}


def changed(index: int, type_: str, sender: str, **system: str) -> Event:
    """WhatsApp says that somebody has another number or another id."""
    message: Event = {
        "id": f"wamid.{index}",
        "timestamp": moment(index),
        "type": "system",
        "system": {"type": type_, "body": "changed", **system},
    }
    return {"messages": [message | ({"from": sender} if sender else {})]}


def moment(index: int) -> str:
    return str(int((NOW - timedelta(hours=1) + timedelta(minutes=index)).timestamp()))


def post(events: Sequence[Event]) -> None:
    """One POST that holds them in this order."""
    metadata = {"display_phone_number": "5215500000000", "phone_number_id": OURS}
    changes = [
        {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **e}}
        for e in events
    ]
    entry = [{"id": "1", "changes": changes}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
    found = webhook.parse(body, now=NOW, phone_number_id=OURS)
    ids = {message["id"] for event in events for message in event["messages"]}
    assert {message.provider_message_id for message in found.messages} == ids
    inbound.receive(events=found, body=body, pace=PACE, now=NOW)


def posted(events: Sequence[Event], cuts: Iterable[int]) -> None:
    """The same in as many POSTs as `cuts` make."""
    start = 0
    for cut in [*sorted({cut % (len(events) + 1) for cut in cuts}), len(events)]:
        if cut > start:
            post(events[start:cut])
        start = max(start, cut)


@st.composite
def anything(draw: st.DrawFn, index: int) -> Event:
    """Three ids and three numbers, in every combination."""
    bsuid = st.sampled_from(["MX.1", "MX.2", "MX.3"])
    phone = st.sampled_from([spelling for number in NUMBERS for spelling in number])
    kind = draw(st.sampled_from(["both", "both", "id", "phone", "number", "rotated"]))
    if kind == "number":
        return changed(
            index, "user_changed_number", draw(phone), wa_id=draw(phone), user_id=draw(bsuid)
        )
    if kind == "rotated":
        ids = {"user_id": draw(bsuid), "previous_user_id": draw(bsuid)}
        return changed(index, "user_changed_user_id", "", **ids)
    return said(
        index,
        bsuid=draw(bsuid) if kind != "phone" else "",
        phone=draw(phone) if kind != "id" else "",
        card=draw(st.sampled_from(["", "", NUMBERS[0][0], "5219999999999"])),
    )


@st.composite
def person(draw: st.DrawFn, index: int) -> Event:
    """Of three people: one hides the number at times, two have a second one; all show their id."""
    who = draw(st.integers(0, 2))
    bsuid, name = f"MX.{who}", f"p{who}"
    first = draw(st.sampled_from(NUMBERS[who]))
    if who == 0:
        return said(index, bsuid=bsuid, phone=draw(st.sampled_from(["", first])), name=name)
    second = f"52155501099{who}0"
    if draw(st.integers(0, 3)) == 0:
        ids = {"wa_id": second, "user_id": bsuid}
        return changed(index, "user_changed_number", first, **ids)
    card = draw(st.sampled_from(["", NUMBERS[0][0]]))
    phone = draw(st.sampled_from([first, second]))
    return said(index, bsuid=bsuid, phone=phone, name=name, card=card)


@st.composite
def told_twice(draw: st.DrawFn, one: Any) -> tuple[list[Event], list[Event], list[int], list[int]]:
    """The same events in two orders, the second with some again; and where the POSTs end."""
    events = [draw(one(index)) for index in range(draw(st.integers(2, 7)))]
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    cuts = st.lists(st.integers(0, 10), max_size=10)
    return events, draw(st.permutations([*events, *again])), draw(cuts), draw(cuts)


def persons() -> set[tuple[frozenset[str], frozenset[str]]]:
    """Aliases and messages by person: leads that open proposals join are one."""
    groups = {lead: {lead} for lead in Lead.objects.values_list("pk", flat=True)}
    for first, second in IdentityConflict.objects.values_list("first", "second"):
        joined = groups[first] | groups[second]
        groups |= dict.fromkeys(joined, joined)
    return {known(group) for group in map(frozenset, groups.values())}


def known(group: Iterable[Any]) -> tuple[frozenset[str], frozenset[str]]:
    aliases = Identity.objects.filter(lead__in=group)
    messages = Message.objects.filter(conversation__lead__in=group)
    return (
        frozenset(aliases.values_list("value", flat=True)),
        frozenset(str(each) for each in messages.values_list("provider_message_id", flat=True)),
    )


def leads() -> set[tuple[Any, ...]]:
    """Each lead with what it is called and where it is written to."""
    return {
        (*known([lead.pk]), lead.profile_name, lead.username, lead.phone_number)
        for lead in Lead.objects.filter(merged_into=None)
    }


@FEW
@given(told=told_twice(anything))
def test_the_same_persons_in_any_order_and_merged_and_parted(
    told: tuple[list[Event], list[Event], list[int], list[int]],
) -> None:
    events, again, cuts, other_cuts = told
    with transaction.atomic():
        posted(events, cuts)
        expected = persons()
        wamids = set(Message.objects.values_list("provider_message_id", flat=True))
        assert len(wamids) == Message.objects.count() == len(events)
        assert not Lead.objects.filter(identities=None).exists()
        transaction.set_rollback(True)
    with transaction.atomic():
        posted(again, other_cuts)
        assert persons() == expected
        before = rows()
        posted(again, cuts)
        assert rows() == before
        merge_and_part(expected)
        transaction.set_rollback(True)


def merge_and_part(expected: set[tuple[frozenset[str], frozenset[str]]]) -> None:
    """Every proposal is taken: the leads are the persons. Undone, all is as it was."""
    before, staff, done = rows(), make_staff(), []
    while conflict := IdentityConflict.objects.filter(resolved_at=None).order_by("id").first():
        kept, merged = conflict.first_id, conflict.second_id
        done.append(merging.merge(kept_id=kept, merged_id=merged, staff=staff, now=NOW))
    standing = Lead.objects.filter(merged_into=None)
    assert {known([lead.pk]) for lead in standing} == expected
    assert standing.count() == len(expected)
    for merge in reversed(done):
        merging.undo(merge_id=merge.pk, staff=staff, now=NOW)
    assert rows() == before


@FEW
@given(told=told_twice(person))
def test_the_same_leads_in_any_order_where_ids_are_shown(
    told: tuple[list[Event], list[Event], list[int], list[int]],
) -> None:
    events, again, cuts, other_cuts = told
    ends = []
    for order, split in ((events, cuts), (again, other_cuts)):
        with transaction.atomic():
            posted(order, split)
            assert not IdentityConflict.objects.exists()
            ends.append(leads())
            transaction.set_rollback(True)
    assert ends[0] == ends[1]
