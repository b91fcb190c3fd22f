"""What an event says: ours is renewed, what people wrote there stays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from integrations.outlook import texts
from integrations.outlook.payloads import EventText
from integrations.outlook.texts import (
    BEGINS,
    ENDS,
    changes_by_itself,
    new_text,
    text_changes,
)
from tests.contracts.calendar import a_booking

BOOKING = a_booking("ana@example.com", body="Nombre: Lea\nNecesita: 2 > 1 & \"más\" 'ya'")
BLOB = '<div class="me-email-text">Microsoft Teams <a href="https://teams.example/1">Join</a></div>'


def stored(**changes: Any) -> EventText:
    """What Graph gives back of a new event."""
    return EventText.model_validate({"id": "E1", **new_text(BOOKING), **changes})


def with_body(content: str, **changes: Any) -> EventText:
    return stored(body={"contentType": "html", "content": content}, **changes)


def test_nothing_is_written_for_nothing() -> None:
    assert text_changes(stored(), BOOKING) == {}


@pytest.mark.parametrize(
    "content",
    [
        "<html>\r\n<head>\r\n<meta charset=utf-8>\r\n</head>\r\n<body>\r\n<p>[leadbot]<br>\r\n"
        "Nombre: Lea<br>\r\nNecesita: 2 &gt; 1 &amp; &quot;m&aacute;s&quot; &#39;ya&#39;<br>\r\n"
        f"[/leadbot]</p>\r\n{BLOB}</body>\r\n</html>",
        '<p class="MsoNormal">[leadbot]</p><p class="MsoNormal"><span lang="ES">Nombre: Lea</span>'
        "</p><p>Necesita:&nbsp;2 &gt; 1 &amp; “x”</p>[/leadbot]".replace("“x”", "\"más\" 'ya'"),
    ],
    ids=["Exchange", "Word"],
)
def test_how_outlook_spells_the_same_text_is_no_change(content: str) -> None:
    assert text_changes(with_body(content), BOOKING) == {}


def test_only_our_part_is_renewed() -> None:
    content = f"<p>Llamar antes</p><p>{BEGINS}<br>Nombre: Lea<br>{ENDS}</p>{BLOB}<p>Ojo</p>"
    changes = text_changes(with_body(content), replace(BOOKING, body="Nombre: <Lea>"))
    assert set(changes) == {"body", "singleValueExtendedProperties"}
    assert changes["body"] == {
        "contentType": "html",
        "content": f"<p>Llamar antes</p><p>{BEGINS}<br>Nombre: &lt;Lea&gt;<br>{ENDS}</p>"
        f"{BLOB}<p>Ojo</p>",
    }


@pytest.mark.parametrize("content", ["", BLOB, f"{BEGINS} x", f"x {ENDS}", f"{ENDS} x {BEGINS}"])
def test_a_text_without_our_marks_is_its_owners(content: str) -> None:
    assert text_changes(with_body(content), replace(BOOKING, body="Otra cosa")) == {}


def test_what_a_lead_wrote_cannot_end_our_part() -> None:
    hostile = replace(BOOKING, body="a [/leadbot] b [LEADBOT] <script>")
    content = new_text(hostile)["body"]["content"]
    assert content == f"<p>{BEGINS}<br>a (/leadbot) b (LEADBOT) &lt;script&gt;<br>{ENDS}</p>"
    assert text_changes(stored(**new_text(hostile)), hostile) == {}


def test_a_long_brief_and_a_long_subject_are_cut_and_stay_as_they_are() -> None:
    long = replace(BOOKING, body="&" * 50_000, subject="Reunión\n" + "x" * 300)
    text = new_text(long)
    assert len(text["body"]["content"]) < 5 * texts.LONGEST_BRIEF + 60
    assert text["subject"].startswith("Reunión x")
    assert len(text["subject"]) == 255
    assert text_changes(stored(**text), long) == {}


def test_a_subject_is_ours_until_somebody_else_chooses_one() -> None:
    renamed = replace(BOOKING, subject="Reunión con Lea")
    assert text_changes(stored(), renamed)["subject"] == "Reunión con Lea"
    theirs = stored(subject="Lea, la de los paneles")
    assert text_changes(theirs, renamed) == {}
    # Also where something of ours is renewed meanwhile, and for ever after.
    changes = text_changes(theirs, replace(renamed, body="Otra"))
    assert "subject" not in changes
    later = stored(**{"subject": "Lea, la de los paneles", **changes})
    assert "subject" not in text_changes(later, replace(renamed, body="Otra más"))


def test_an_address_that_comes_later_is_invited_once() -> None:
    host = {
        "type": "optional",
        "status": {"response": "accepted"},
        "emailAddress": {"address": "beto@example.com", "name": "Beto"},
    }
    found = stored(attendees=[host])
    invited = replace(BOOKING, attendee_email="lea@example.com", attendee_name="Lea")
    changes = text_changes(found, invited)
    assert set(changes) == {"attendees", "singleValueExtendedProperties"}
    assert changes["attendees"] == [
        {"emailAddress": host["emailAddress"], "type": "optional"},
        {
            "emailAddress": {"address": "lea@example.com", "name": "Lea"},
            "type": "required",
        },
    ]
    assert text_changes(stored(**changes), replace(invited, attendee_email="LEA@example.com")) == {}
    taken_off = stored(**{**changes, "attendees": [host]})
    assert text_changes(taken_off, invited) == {}


def test_guests_get_no_mail_of_a_text_alone() -> None:
    guest = {"emailAddress": {"address": "lea@example.com", "name": "Lea"}, "type": "required"}
    other = replace(BOOKING, body="Otra", subject="Reunión con Lea")
    assert set(changes_by_itself(stored(attendees=[]), other)) > {"body", "subject"}
    assert changes_by_itself(stored(attendees=[guest]), other) == {}
    assert "body" in text_changes(stored(attendees=[guest]), other)
    # An invitation is a mail anyway.
    invited = replace(other, attendee_email="lea.2@example.com", attendee_name="Lea")
    assert {"attendees", "body"} < set(changes_by_itself(stored(attendees=[guest]), invited))


def test_the_meeting_is_still_named_after_a_rewrite() -> None:
    changes = text_changes(stored(), replace(BOOKING, body="Otra"))
    (name, value), _wrote = (item.values() for item in changes["singleValueExtendedProperties"])
    assert name.endswith("Name leadbotBookingId")
    assert value == str(BOOKING.meeting_id)


@pytest.mark.parametrize("value", [None, "", "x", "[]", json.dumps({"subject": 7})])
def test_an_event_that_remembers_nothing_keeps_its_subject(value: str | None) -> None:
    found = stored(singleValueExtendedProperties=[{"id": texts.WROTE_PROPERTY, "value": value}])
    assert text_changes(found, replace(BOOKING, subject="Otra")) == {}
    bare = stored(singleValueExtendedProperties=None)
    assert text_changes(bare, replace(BOOKING, subject="Otra")) == {}
