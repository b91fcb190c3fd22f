"""What every Channel must do. An adapter's test subclasses it and gives the fixtures."""

from __future__ import annotations

import pytest

from integrations.messaging import (
    Address,
    Channel,
    MessageKind,
    Option,
    OutboundMessage,
    SendError,
    SendVerdict,
)

PHONE = Address(phone="5215550101234")
BSUID = Address(bsuid="AR.77120934418820561")


def outbound(**fields: object) -> OutboundMessage:
    given = {"to": PHONE, "kind": MessageKind.TEXT, "text": "Hola", "callback_data": "t#1"}
    return OutboundMessage(**(given | fields))  # type: ignore[arg-type]


def options(count: int) -> tuple[Option, ...]:
    return tuple(Option(id=f"id-{n}", title=f"Opción {n}") for n in range(count))


class ChannelContract:
    """Subclasses give `channel`, which succeeds, and `broken_channels`: each fails on every call."""

    @pytest.fixture
    def channel(self) -> Channel:
        raise NotImplementedError

    @pytest.fixture
    def broken_channels(self) -> list[Channel]:
        raise NotImplementedError

    @pytest.mark.parametrize("to", [PHONE, BSUID], ids=["phone", "bsuid"])
    def test_text(self, channel, to):
        assert channel.send(outbound(to=to))

    @pytest.mark.parametrize("count", [1, 3])
    def test_buttons(self, channel, count):
        assert channel.send(outbound(kind=MessageKind.BUTTONS, options=options(count)))

    @pytest.mark.parametrize("count", [1, 10])
    def test_list(self, channel, count):
        message = outbound(kind=MessageKind.LIST, options=options(count), button_label="Ver")
        assert channel.send(message)

    def test_request_for_the_phone_number(self, channel):
        assert channel.send(outbound(to=BSUID, kind=MessageKind.CONTACT_REQUEST))

    def test_every_message_gets_an_id_of_its_own(self, channel):
        assert len({channel.send(outbound()) for _ in range(3)}) == 3

    @pytest.mark.parametrize("typing", [True, False])
    def test_mark_read(self, channel, typing):
        assert channel.mark_read("wamid.1", typing=typing) is None

    @pytest.mark.parametrize(
        "fields",
        [
            {"to": Address()},
            {"text": ""},
            {"text": " \n"},
            {"text": "x" * 5000},
            {"callback_data": "x" * 513},
            {"kind": MessageKind.IMAGE},
            {"kind": MessageKind.BUTTONS},
            {"kind": MessageKind.BUTTONS, "options": options(4)},
            {"kind": MessageKind.LIST, "options": options(11), "button_label": "Ver"},
            {"kind": MessageKind.LIST, "options": options(2)},
            {"kind": MessageKind.BUTTONS, "options": (Option("a", "Sí"), Option("b", "Sí"))},
            {"kind": MessageKind.BUTTONS, "options": (Option("a", "Sí"), Option("a", "No"))},
            {"kind": MessageKind.BUTTONS, "options": (Option("", "Sí"),)},
        ],
        ids=range(13),
    )
    def test_what_can_never_be_sent_fails_for_good(self, channel, fields):
        with pytest.raises(SendError) as caught:
            channel.send(outbound(**fields))
        assert caught.value.verdict is SendVerdict.FAILED
        assert caught.value.permanent

    def test_only_send_errors_are_raised(self, broken_channels):
        for broken in broken_channels:
            with pytest.raises(SendError):
                broken.send(outbound())
            with pytest.raises(SendError):
                broken.mark_read("wamid.1", typing=True)
