"""Handshake, signature, and every captured payload to the events it holds."""

from __future__ import annotations

import json
from datetime import timedelta
from time import thread_time

import pytest

from integrations.messaging import (
    MarketingPreference,
    MessageKind,
    ReceiptStatus,
    Sender,
    WebhookError,
)
from integrations.whatsapp import webhook
from tests.integrations.whatsapp.samples import (
    ANA,
    EXPECTED,
    NOW,
    SIGNED,
    T0,
    body_of,
    counts,
    message,
    post,
    read,
    read_sample,
)

SECRET = SIGNED["app_secret"]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_payload_gives_what_is_expected(name):
    assert counts(body_of(name)) == EXPECTED[name]


@pytest.mark.parametrize("name", SIGNED["x_hub_signature_256"])
def test_every_payload_is_signed(name):
    signature = SIGNED["x_hub_signature_256"][name]

    assert webhook.verify(body_of(name), signature, [SECRET])
    assert not webhook.verify(body_of(name) + b" ", signature, [SECRET])


def test_signatures_while_a_secret_is_replaced():
    name, signature = next(iter(SIGNED["x_hub_signature_256"].items()))
    body = body_of(name)

    assert webhook.verify(body, signature, ["new", SECRET])
    assert not webhook.verify(body, signature, ["new", "newer"])
    assert not webhook.verify(body, signature, [])


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_secret_nothing_is_signed(secrets):
    empty = "sha256=" + "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"

    assert not webhook.verify(b"", empty, secrets)


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha1=abc", "sha256=ñandú", "sha256=\ud83d", "SHA256=" + "0" * 64]
)
def test_signatures_that_are_none(signature):
    assert not webhook.verify(b"{}", signature, [SECRET])
    with pytest.raises(WebhookError) as caught:
        webhook.require_signature(b"{}", signature, [SECRET])
    assert caught.value.status == 403


def test_handshake():
    def ask(**changed: str) -> str | None:
        given = {"mode": "subscribe", "token": "tóken", "verify_token": "tóken"} | changed
        return webhook.handshake(challenge="<b>1</b>", **given)

    assert ask() == "<b>1</b>"
    assert ask(mode="unsubscribe") is None
    assert ask(token="other") is None
    assert ask(token="\udc80") is None
    assert ask(token="", verify_token="") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\xff",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b'{"a":' * 3000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "cut", "bytes", "nan", "infinity", "arrays", "objects", "digits"],
)
def test_bodies_that_are_not_json(body):
    with pytest.raises(WebhookError) as caught:
        read(body)

    assert caught.value.status == 400
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"1", b'"x"', b"true", b"{}", b'{"object": "page", "entry": []}']
)
def test_bodies_that_hold_no_event(body):
    events = read(body)

    assert not events.messages
    assert not events.quarantined


def test_a_text():
    (found,) = read_sample("02_text_phone_and_bsuid.json").messages

    assert found.sender == Sender(
        bsuid="MX.10843920175564213", phone="5215550101234", profile_name="Ana Torres"
    )
    assert (found.kind, found.text) == (MessageKind.TEXT, "¿Cuánto cuesta el plan anual?")
    assert found.occurred_at == T0
    assert found.starts_turn
    assert found.opens_window
    assert not found.is_group


def test_an_adopter_of_a_username_has_no_phone():
    (found,) = read_sample("04_text_bsuid_only.json").messages

    assert found.sender.phone is None
    assert found.sender.username == "marta.ruiz"


def test_a_parent_bsuid():
    (found,) = read_sample("05_text_parent_bsuid_alnum.json").messages

    assert found.sender.parent_bsuid == "US.ENT.11800000000044771230"


def test_names_follow_ids_and_not_positions():
    ana, luis = read_sample("106_contacts_in_other_order.json").messages

    assert (ana.text, ana.sender.profile_name) == ("soy Ana", "Ana Torres")
    assert (luis.text, luis.sender.profile_name) == ("soy Luis", "Luis Pérez")


def test_a_contact_completes_the_other_spelling_of_a_phone():
    contact = {"wa_id": "525550101234", "user_id": "MX.1", "profile": {"name": "Ana"}}
    text = message(from_user_id=None)

    (found,) = read(post(contacts=[contact], messages=[text])).messages

    assert found.sender == Sender(bsuid="MX.1", phone="5215550101234", profile_name="Ana")


def test_a_contact_that_contradicts_is_not_used():
    contact = {"wa_id": ANA["from"], "user_id": "MX.OTHER", "profile": {"name": "Eva"}}

    (found,) = read(post(contacts=[contact], messages=[message()])).messages

    assert found.sender.bsuid == ANA["from_user_id"]
    assert found.sender.profile_name == ""


def test_a_message_that_names_nobody_is_never_given_to_one_of_several():
    nameless = message(id_="wamid.2")
    del nameless["from"], nameless["from_user_id"]
    contact = {"wa_id": ANA["from"], "user_id": ANA["from_user_id"]}

    several = read(post(contacts=[contact], messages=[message(), nameless]))
    alone = read(post(contacts=[contact], messages=[nameless]))

    assert [m.provider_message_id for m in several.messages] == ["wamid.1"]
    assert several.quarantined[0].pointer == "/entry/0/changes/0/value/messages/1"
    assert [m.sender.phone for m in alone.messages] == [ANA["from"]]


def test_first_wins_and_order_is_kept():
    texts = [message(id_=f"wamid.{n}", text={"body": str(i)}) for i, n in enumerate("ABACB")]

    events = read(post(messages=texts))

    assert [(m.provider_message_id, m.text) for m in events.messages] == [
        ("wamid.A", "0"),
        ("wamid.B", "1"),
        ("wamid.C", "3"),
    ]


def test_bad_elements_do_not_block_their_neighbours():
    bad = [
        "x",
        7,
        None,
        [],
        {},
        {"id": 5},
        message(id_=""),
        message(id_="wamid.\x00"),
        message(id_="w" * 256),
    ]
    for element in bad:
        events = read(post(messages=[message(id_="wamid.a"), element, message(id_="wamid.b")]))
        assert [m.provider_message_id for m in events.messages] == ["wamid.a", "wamid.b"]
        assert [q.pointer for q in events.quarantined] == ["/entry/0/changes/0/value/messages/1"]


def test_reasons_do_not_quote_the_payload():
    events = read(post(messages=[{"id": ["secreto"]}, {"id": "wamid.1", "text": "secreto"}]))

    assert "secreto" not in repr(events.quarantined)


def test_wrong_containers_are_noticed():
    events = read_sample("128_wrong_types.json")

    assert "/entry/0/changes/0/value/messages" in [n.pointer for n in events.notices]
    assert "/entry/3" in [n.pointer for n in events.notices]


def test_an_account_error_is_noticed():
    (notice,) = read_sample("64_value_errors_account_level.json").notices

    assert "130429" in notice.reason


def test_timestamps():
    found = read_sample("127_timestamp_variants.json").messages

    assert [(m.text, m.occurred_at) for m in found] == [
        ("ms", T0),
        ("int", T0),
        ("empty", NOW),
        ("neg", NOW),
        ("huge", NOW),
        ("future", NOW),
        ("missing", NOW),
    ]


@pytest.mark.parametrize(
    "stamp", [0, True, 12345, [], {}, "\uff11\uff12", "1e9", 1e300, "nan", None]
)
def test_timestamps_that_are_none(stamp):
    (found,) = read(post(messages=[message(timestamp=stamp)])).messages

    assert found.occurred_at == NOW


def test_an_old_stamp_is_kept():
    (found,) = read_sample("42_text_old_timestamp_redelivered.json").messages

    assert found.occurred_at == T0 - timedelta(days=6)


def test_nul_and_surrogates_are_gone():
    (found,) = read_sample("138_nul_and_lone_surrogate.json").messages

    assert found.text == "holamundo \ufffd fin"
    assert found.sender.profile_name == "AnaT"


def test_another_number_of_the_account_is_left_alone():
    payload = post(messages=[message()])
    payload["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"

    events = read(payload)
    everybodys = webhook.parse(json.dumps(payload).encode(), now=NOW, phone_number_id="")

    assert not events.messages
    assert events.unsupported[0].field == "messages"
    assert "another" in events.unsupported[0].reason
    assert len(everybodys.messages) == 1


def test_our_own_number_is_never_answered():
    (found,) = read_sample("156_own_number_as_sender.json").messages

    assert not found.starts_turn
    assert not found.opens_window


def test_a_group_is_never_answered():
    (found,) = read_sample("37_group_message.json").messages

    assert found.is_group
    assert not found.starts_turn
    assert not found.opens_window


def test_standby_is_stored_but_not_answered():
    (found,) = read(post("standby", messages=[message()])).messages

    assert not found.starts_turn
    assert found.opens_window


def test_an_echo():
    (echo,) = read_sample("83_smb_message_echo_text.json").echoes

    assert echo.recipient == Sender(
        bsuid="MX.10843920175564213", phone="5215550101234", profile_name="Ana Torres"
    )
    assert echo.message.text.startswith("Hola Ana")
    assert not echo.message.starts_turn
    assert not echo.message.opens_window


def test_an_echo_that_deletes():
    (echo,) = read_sample("85_smb_message_echo_revoke.json").echoes

    assert echo.message.kind is MessageKind.REVOKE
    assert echo.message.target_message_id == "wamid.T1VULTAwNTItVEVTVEZJWFRVUkU="


def test_a_marketing_preference():
    (found,) = read_sample("81_user_preferences_stop.json").preferences

    assert found == MarketingPreference(
        Sender(bsuid="ES.22917463850012745", phone="34600100200", profile_name="Luis Pérez"),
        stopped=True,
        occurred_at=T0,
    )


def test_history_never_becomes_messages():
    events = read_sample("86_history_chunk.json")

    assert not events.messages
    assert [event.field for event in events.unsupported] == ["history"]


def test_a_receipt():
    (found,) = read_sample("50_status_sent.json").receipts

    assert found.status is ReceiptStatus.SENT
    assert found.callback_data == "outbox:7c1f"
    assert found.pricing["category"] == "service"


def test_a_failed_receipt():
    (found,) = read_sample("54_status_failed_131047_window.json").receipts

    assert found.status is ReceiptStatus.FAILED
    assert found.error_code == 131047
    assert "24 hours" in found.error_text


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        ({"code": "131026", "error_data": "no\x00pe"}, 131026, "nope"),
        ({"code": "x", "title": "T"}, None, "T"),
        ({"code": 2**40, "message": "M"}, None, "M"),
        ({"code": True}, None, ""),
        ({}, None, ""),
    ],
)
def test_errors_of_odd_shape(error, code, text):
    status = {"id": "wamid.1", "status": "failed", "errors": ["x", error]}

    (found,) = read(post(statuses=[status])).receipts

    assert (found.error_code, found.error_text) == (code, text)


def test_statuses_we_do_not_know():
    statuses = [
        {"id": "wamid.1", "status": "played"},
        {"id": "wamid.2", "status": "warning"},
        {"id": "wamid.3", "status": 5},
        {"status": "read"},
    ]

    events = read(post(statuses=statuses))

    assert [r.status for r in events.receipts] == [ReceiptStatus.READ]
    assert len(events.unsupported) == 1
    assert len(events.quarantined) == 2


@pytest.mark.parametrize(
    "field",
    ["message_template_status_update", "account_update", "security", "flows", "x" * 500],
)
def test_fields_that_nobody_acts_on(field):
    events = read(post(field, messages=[message()]))

    assert [event.field for event in events.unsupported] == [field[:64]]
    assert not events.messages


def test_a_thousand_updates_are_read_fast():
    body = json.dumps(post(messages=[message(id_=f"wamid.{n}") for n in range(1000)])).encode()

    # The best of five, in time of this thread alone: the machine may be busy.
    durations = []
    for _ in range(5):
        started = thread_time()
        assert len(read(body).messages) == 1000
        durations.append(thread_time() - started)
    assert min(durations) < 0.2
