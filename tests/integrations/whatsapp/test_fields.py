"""Fields beside `messages`: calls, the account, standby; and parts in shapes that Meta once sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from integrations.messaging import AccountNotice, AccountTrouble, MessageKind, Sender
from integrations.whatsapp import account, notices, reader
from tests.integrations.whatsapp.samples import ANA, NOW, OUR_NUMBER, T0, message, post, read

CALLER = Sender(bsuid="MX.10843920175564213", phone="5215550101234")
WEEK = timedelta(days=7)


def call(event: str = "connect", *, id_: str = "wacid.1", **fields: Any) -> dict[str, Any]:
    base = {"id": id_, "to": OUR_NUMBER, "event": event, "timestamp": "1795424400"}
    return base | {"direction": "USER_INITIATED", **ANA} | fields


def ended(**fields: Any) -> dict[str, Any]:
    return call("terminate", status="COMPLETED", duration=120, start_time="1795424400", **fields)


def test_a_call_is_a_message_that_opens_the_window_and_asks_for_no_answer():
    (found,) = read(post("calls", calls=[call()])).messages

    assert (found.kind, found.provider_message_id) == (MessageKind.CALL, "wacid.1")
    assert found.sender == CALLER
    assert found.content == {"direction": "in"}
    assert found.opens_window
    assert not found.starts_turn


@pytest.mark.parametrize("order", [1, -1])
def test_both_ends_of_a_call_are_one_message(order):
    events = read(post("calls", calls=[call(), ended(timestamp="1795424440")][::order]))

    (found,) = events.messages
    assert found.content == {"direction": "in", "outcome": "completed", "duration": 120}
    assert found.occurred_at == T0


def test_a_call_by_us_is_an_echo_and_both_ends_are_one():
    ours: dict[str, Any] = {
        "direction": "BUSINESS_INITIATED",
        "from": OUR_NUMBER,
        "to": ANA["from"],
    }
    ours |= {"from_user_id": None, "to_user_id": ANA["from_user_id"]}

    events = read(post("calls", calls=[call(**ours), ended(**ours)]))

    (echo,) = events.echoes
    assert not events.messages
    assert echo.recipient == CALLER
    assert echo.message.content["direction"] == "out"
    assert not echo.message.opens_window


def test_a_call_by_us_whose_numbers_are_in_the_wrong_order_is_with_the_contact():
    ours = call(direction="BUSINESS_INITIATED", id_="wacid.2", from_user_id=None)

    (echo,) = read(post("calls", contacts=[{"wa_id": "34600100200"}], calls=[ours])).echoes
    (both, _) = read(post("calls", calls=[ours, ours | {"id": "wacid.3"}])).echoes

    assert echo.recipient == Sender(phone="34600100200")
    assert both.recipient == Sender(phone="5215550101234")


@pytest.mark.parametrize(
    ("duration", "seconds"), [("90", 90), (True, 0), (-1, 0), (10**9, 0), ("x", 0), (None, 0)]
)
def test_durations(duration, seconds):
    (found,) = read(post("calls", calls=[call("terminate", duration=duration)])).messages

    assert found.content["duration"] == seconds


def test_calls_that_cannot_be_read_leave_their_neighbours_alone():
    nobody = {"id": "wacid.9", "event": "connect"}
    statuses = [{"id": "wacid.1", "type": "call", "status": "RINGING"}]

    events = read(post("calls", calls=[nobody, {"id": 5}, "x", call()], statuses=statuses))

    assert len(events.messages) == 1
    assert len(events.quarantined) == 3
    assert [each.reason for each in events.unsupported] == ["how a call of ours is going"]
    assert not events.receipts


def of_account(field: str = "account_update", **value: Any) -> dict[AccountTrouble, AccountNotice]:
    payload = post(field, **value)
    payload["entry"][0]["time"] = 1795424400
    return {notice.trouble: notice for notice in read(payload).account}


def test_a_ban_and_its_end():
    def ban(state: str) -> dict[AccountTrouble, AccountNotice]:
        info = {"waba_ban_state": state, "waba_ban_date": "May 1, 2027"}
        return of_account(event="DISABLED_UPDATE", ban_info=info)

    assert ban("DISABLE") == {
        "banned": AccountNotice(AccountTrouble.BANNED, T0 + WEEK, "May 1, 2027")
    }
    assert list(ban("SCHEDULE_FOR_DISABLE")) == [AccountTrouble.BAN_SOON]
    over = ban("REINSTATE")
    assert set(over) == {AccountTrouble.BANNED, AccountTrouble.BAN_SOON}
    assert {notice.stands_until for notice in over.values()} == {None}


@pytest.mark.parametrize(
    ("expiration", "until"),
    [
        (1795424400 + 3600, T0 + timedelta(hours=1)),
        (1641330498, T0 + WEEK),
        ("x", T0 + WEEK),
        (None, T0 + WEEK),
    ],
)
def test_a_restriction_stands_until_it_expires(expiration, until):
    info = [{"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": expiration}]

    found = of_account(event="ACCOUNT_RESTRICTION", restriction_info=info)

    assert found[AccountTrouble.RESTRICTED].stands_until == until
    assert "BIZ_INITIATED" in found[AccountTrouble.RESTRICTED].detail


@pytest.mark.parametrize(
    ("field", "value", "trouble"),
    [
        ("account_update", {"event": "ACCOUNT_VIOLATION"}, AccountTrouble.VIOLATION),
        ("account_update", {"event": "ACCOUNT_DELETED"}, AccountTrouble.GONE),
        ("account_update", {"event": "PARTNER_REMOVED"}, AccountTrouble.GONE),
        ("account_alerts", {"alert_severity": "CRITICAL"}, AccountTrouble.ALERT),
        ("account_alerts", {"alert_info": {"alert_type": "PAYMENT"}}, AccountTrouble.ALERT),
        ("phone_number_quality_update", {"event": "FLAGGED"}, AccountTrouble.FLAGGED),
        ("messages", {"errors": [{"code": "131042", "title": "Payment"}]}, AccountTrouble.ERROR),
    ],
)
def test_trouble_with_the_account(field, value, trouble):
    (notice,) = of_account(field, **value).values()

    assert notice.trouble is trouble
    assert notice.stands_until is not None


@pytest.mark.parametrize(
    ("field", "value", "trouble"),
    [
        ("account_update", {"event": "ACCOUNT_RECONNECTED"}, AccountTrouble.GONE),
        ("account_alerts", {"alert_info": {"alert_status": "RESOLVED"}}, AccountTrouble.ALERT),
        ("phone_number_quality_update", {"event": "UNFLAGGED"}, AccountTrouble.FLAGGED),
    ],
)
def test_trouble_that_is_over(field, value, trouble):
    assert of_account(field, **value) == {trouble: AccountNotice(trouble, None)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_update", {"event": "AD_ACCOUNT_LINKED"}),
        ("account_update", {"event": ["x"]}),
        ("account_alerts", {"alert_info": {"alert_severity": "INFORMATIONAL"}}),
        ("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"}),
        ("messages", {"errors": [{"code": 131026}, {"code": []}]}),
        ("security", {"event": "PIN_CHANGED"}),
    ],
)
def test_what_is_no_trouble(field, value):
    assert of_account(field, **value) == {}


def test_every_field_that_has_something_to_say_says_it_in_words():
    assert notices.reason("security", {"event": "PIN_CHANGED"}) == "event PIN_CHANGED"
    assert set(account.FIELDS) | {"history", "messaging_handovers"} <= set(notices.REASONS) | {
        "account_alerts"
    }
    assert reader.OBJECT == "whatsapp_business_account"


def test_standby_brings_messages_echoes_and_statuses_of_their_agent():
    echo = message(id_="wamid.e", to="5215550101234") | {"from": OUR_NUMBER}
    status = {"id": "wamid.s", "status": "sent"}

    events = read(post("standby", messages=[message()], message_echoes=[echo], statuses=[status]))

    assert events.messages[0].on_standby
    assert events.echoes[0].message.on_standby
    assert len(events.receipts) == 1


def test_a_change_that_lost_its_field_is_read_as_messages():
    payload = post(messages=[message()])
    del payload["entry"][0]["changes"][0]["field"]

    events = read(payload)

    assert len(events.messages) == 1
    assert len(events.notices) == 1


def test_one_contact_or_error_without_its_list():
    contact = {"wa_id": "5215550101234", "profile": {"name": "Ana"}}
    status = {"id": "wamid.o", "status": "failed", "errors": {"code": "131047"}}

    events = read(post(contacts=contact, messages=[message()], statuses=[status]))

    assert events.messages[0].sender.profile_name == "Ana"
    assert events.receipts[0].error_code == 131047


def test_an_old_word_for_a_new_number():
    system = {"type": "customer_changed_number", "new_wa_id": "5215550109999", "body": "x"}

    (found,) = read(post(messages=[message("system", system=system)])).messages

    assert found.identity_change is not None
    assert found.identity_change.current.phone == "5215550109999"


def test_a_new_number_of_somebody_who_is_not_named():
    system = {"type": "user_changed_number", "wa_id": "5215550109999"}
    bare = {"id": "wamid.1", "timestamp": "1795424400", "type": "system", "system": system}

    (found,) = read(post(messages=[bare])).messages

    assert found.sender.phone == "5215550109999"


@pytest.mark.parametrize(
    ("context", "content"),
    [
        ({"forwarded": True}, {"forwarded": True}),
        ({"frequently_forwarded": True}, {"forwarded": True}),
        (
            {"from": OUR_NUMBER, "id": "wamid.0", "referred_product": {"catalog_id": "1"}},
            {"referred_product": {"catalog_id": "1"}},
        ),
    ],
)
def test_contexts(context, content):
    (found,) = read(post(messages=[message(context=context)])).messages

    assert found.content == content
    assert found.in_reply_to == context.get("id", "")


def test_a_message_that_whatsapp_does_not_pass_on_with_and_without_its_type():
    errors = [{"code": 131051, "title": "Message type unknown"}]
    with_type = message("unsupported", id_="wamid.2", unsupported={"type": "poll"}, errors=errors)

    without, with_ = read(
        post(messages=[message("unsupported", errors=errors), with_type])
    ).messages

    assert without.kind is with_.kind is MessageKind.UNSUPPORTED
    assert with_.content["body"] == {"type": "poll"}
    assert without.content["errors"] == with_.content["errors"] == errors


def test_a_time_that_is_no_time_is_now():
    payload = post("account_update", event="ACCOUNT_DELETED")
    payload["entry"][0]["time"] = "soon"

    assert read(payload).account[0].stands_until == NOW + WEEK
