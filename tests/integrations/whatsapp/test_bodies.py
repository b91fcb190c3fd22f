"""What each type of message says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from integrations.messaging import IdentityChange, InboundMessage, Media, MessageKind, Sender
from integrations.whatsapp.fields import media_url
from tests.integrations.whatsapp.samples import message, post, read, read_sample


def one(name: str) -> InboundMessage:
    (found,) = read_sample(name).messages
    return found


def of(type_: str, **fields: Any) -> InboundMessage:
    (found,) = read(post(messages=[message(type_, **fields)])).messages
    return found


def test_a_voice_note():
    found = one("07_audio_voice_note.json")

    assert found.kind is MessageKind.VOICE
    assert found.media == (
        Media(
            provider_media_id="1003381120045672",
            mime_type="audio/ogg; codecs=opus",
            sha256="m04pFf2ERdaopTyFkGPA0aX3iYY2dYgVFwOgDLSDIXA=",
        ),
    )


def test_a_caption():
    found = one("09_video.json")

    assert (found.kind, found.text) == (MessageKind.VIDEO, "así funciona hoy")


def test_media_that_would_lead_us_elsewhere():
    image, document = read_sample("148_media_url_ssrf.json").messages

    assert image.media[0].provider_media_id == "1003381120045700"
    assert document.media[0].provider_media_id is None
    assert document.media[0].filename == "a.pdf"


@pytest.mark.parametrize(
    "url",
    [
        "http://lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com.evil.example/a",
        "https://user@lookaside.fbsbx.com/a",
        "https://evil.example\\@lookaside.fbsbx.com/a",
        "https://lookaside.fbsbx.com:8443/a",
        "https://lookaside.fbsbx.com:x/a",
        "https://[::1/a",
        "https://evilfbcdn.net/a",
        "https://lookaside.fbsbx.com/\r\nX: y",
        "file:///etc/passwd",
        5,
    ],
)
def test_addresses_that_our_token_is_not_sent_to(url):
    assert media_url(url) == ""


@pytest.mark.parametrize(
    "url", ["https://lookaside.fbsbx.com/whatsapp/?mid=1", "https://scontent.xx.fbcdn.net/a.jpg"]
)
def test_addresses_of_media(url):
    assert media_url(url) == url


def test_a_location():
    found = one("13_location_pin_only.json")
    named = of(
        "location",
        location={"latitude": 1, "longitude": 2, "name": "Café", "address": "Calle 1"},
    )

    assert found.kind is MessageKind.LOCATION
    assert found.content == {"latitude": -34.603722, "longitude": -58.381592}
    assert named.text == "Café, Calle 1"


def test_an_infinite_number_is_left_out():
    body = json.dumps(post(messages=[message("location", location={"latitude": 5})]))

    (found,) = read(body.replace("5}", "1e400}").encode()).messages

    assert found.content == {"latitude": None}


def test_somebody_shares_their_own_phone():
    found = one("15_contacts_answer_to_phone_request.json")

    assert found.identity_change is not None
    assert found.identity_change.previous.bsuid == "AR.77120934418820561"
    assert found.identity_change.current == Sender(
        bsuid="AR.77120934418820561", phone="5491150103344"
    )


def test_a_card_of_somebody_else_changes_nobody():
    card = {"origin": "other", "name": {"formatted_name": "Eva"}, "phones": [{"wa_id": "34600"}]}

    found = of("contacts", contacts=[card])

    assert found.text == "Eva"
    assert found.identity_change is None


def test_a_tapped_button():
    found = one("16_interactive_button_reply.json")

    assert found.kind is MessageKind.BUTTON_REPLY
    assert (found.text, found.reply_id) == ("5 000 a 10 000", "budget:5k-10k")
    assert found.in_reply_to == "wamid.b3V0LTAwMTYtVEVTVEZJWFRVUkU="


def test_a_tapped_row():
    found = one("17_interactive_list_reply.json")

    assert found.kind is MessageKind.LIST_REPLY
    assert (found.text, found.reply_id) == ("Jue 26 nov 10:00", "slot:2026-11-26T16:00Z")


def test_a_completed_flow():
    found = one("18_interactive_nfm_reply_flow.json")

    assert found.kind is MessageKind.FLOW_REPLY
    assert found.content["answers"]["company"] == "Torres SA"


def test_flows_that_cannot_be_read():
    for found in read_sample("152_nfm_reply_bad_json.json").messages:
        assert found.kind is MessageKind.FLOW_REPLY
        assert "problem" in found.content


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "NaN", '{"a": 1' + "0" * 5000 + "}", "\x00"], ids=range(4)
)
def test_flows_that_would_break_the_reader(text):
    found = of(
        "interactive", interactive={"type": "nfm_reply", "nfm_reply": {"response_json": text}}
    )

    assert "problem" in found.content


def test_a_template_button():
    found = one("20_button_quick_reply_without_context.json")

    assert found.kind is MessageKind.BUTTON_REPLY
    assert (found.text, found.reply_id) == ("No recibir más", "STOP_PROMO")


def test_a_reaction():
    found = one("21_reaction_add.json")

    assert (found.kind, found.text) == (MessageKind.REACTION, "👍🏽")
    assert found.target_message_id == "wamid.b3V0LTAwMjUtVEVTVEZJWFRVUkU="
    assert not found.starts_turn
    assert found.opens_window


def test_a_new_number():
    found = one("24_system_user_changed_number.json")

    assert found.identity_change == IdentityChange(
        previous=Sender(bsuid="MX.10843920175564213", phone="5215550101234"),
        current=Sender(bsuid="MX.99120001122334455", phone="5215550109999"),
    )
    assert not found.starts_turn
    assert not found.opens_window


def test_a_new_bsuid():
    found = one("25_system_user_changed_user_id.json")

    assert found.identity_change == IdentityChange(
        previous=Sender(bsuid="AR.77120934418820561"), current=Sender(bsuid="AR.55003311774466220")
    )


def test_a_changed_key_is_nobodys_new_number():
    system = {"type": "customer_identity_changed", "wa_id": "5215550101234", "user_id": "MX.1"}

    assert of("system", system=system).identity_change is None


def test_edits_and_deletions():
    reaction, edit, revoke, *empty = read_sample(
        "160_reaction_edit_revoke_unknown_target.json"
    ).messages

    assert reaction.target_message_id == "wamid.unknown"
    assert (edit.kind, edit.text) == (MessageKind.EDIT, "editado")
    assert edit.target_message_id == "wamid.unknown"
    assert revoke.kind is MessageKind.REVOKE
    assert [m.target_message_id for m in empty] == ["", ""]
    assert not any(m.starts_turn for m in (reaction, edit, revoke, *empty))


def test_an_edited_caption():
    inner = {"type": "image", "image": {"id": "1", "caption": "mejor así"}}

    assert of("edit", edit={"original_message_id": "wamid.0", "message": inner}).text == "mejor así"


def test_an_ad():
    found = one("33_text_ctwa_ad_referral.json")

    assert found.referral is not None
    assert found.referral.source_id == "120226305854810999"
    assert found.referral.ctwa_clid.startswith("ARAk")
    assert found.referral.source_url == "https://fb.me/2xFixtureAd"


def test_an_ad_whose_link_is_a_script():
    found = of("text", referral={"source_url": "javascript:alert(1)", "headline": 7})

    assert found.referral is not None
    assert found.referral.source_url == ""


def test_a_forwarded_message():
    found = of("text", context={"forwarded": True})

    assert found.content == {"forwarded": True}
    assert found.in_reply_to == ""


def test_the_welcome_and_the_unsupported():
    welcome, unsupported = one("29_request_welcome.json"), one("27_unsupported.json")

    assert welcome.kind is MessageKind.REQUEST_WELCOME
    assert unsupported.kind is MessageKind.UNSUPPORTED
    assert unsupported.content["errors"][0]["code"] == 131051
    assert unsupported.starts_turn


def test_an_answer_to_a_request_for_calls_needs_no_answer():
    found = one("41_call_permission_reply.json")

    assert (found.kind, found.content) == (MessageKind.CALL, {"permission": "accept"})
    assert not found.starts_turn


def test_interactive_without_its_body():
    errors = [{"code": 131051}]

    (found,) = read(post(messages=[message("interactive")], errors=errors)).messages

    assert found.kind is MessageKind.UNSUPPORTED
    assert found.content["errors"] == errors


@pytest.mark.parametrize(
    "fields",
    [
        {"type_": "hologram", "hologram": {"deep": [1]}},
        {"type_": "text", "text": "hola"},
        {"type_": "text", "text": {"body": 5}},
        {"type_": "image"},
        {"type_": "contacts", "contacts": {"a": 1}},
        {"type_": ""},
        {"type_": "id"},
    ],
    ids=lambda fields: fields["type_"] + str(len(str(fields))),
)
def test_what_cannot_be_read_is_kept(fields):
    assert of(**fields).kind is MessageKind.UNSUPPORTED


def test_an_order():
    found = of(
        "order", order={"catalog_id": "1", "text": "dos", "product_items": [{"quantity": 2}]}
    )

    assert (found.kind, found.text) == (MessageKind.ORDER, "dos")
    assert found.content["product_items"] == [{"quantity": 2}]
