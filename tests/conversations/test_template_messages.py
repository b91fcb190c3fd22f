"""A colleague's template: queued, sent through a closed window, stopped by whoever may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from conversations.models import ConsentEntry, Conversation, Message, MessageTemplate, Mode, User
from conversations.services import inbound, outbound, template_messages, templates
from conversations.services.template_messages import (
    MarketingOptedOutError,
    TemplateNotReadyError,
    TemplateValuesError,
)
from integrations.messaging import (
    MarketingPreference,
    MessageKind,
    Sender,
    SendError,
    SendVerdict,
    TemplateChange,
    TemplateStatus,
    TemplateUse,
    WebhookEvents,
)
from tests.conversations.rows import NOW, PACE, make_conversation, make_staff, write
from tests.conversations.sending import run, states
from tests.conversations.template_rows import FakeTemplates, info, make_template
from tests.conversations.test_lane_races import meanwhile
from tests.fakes.channel import FakeChannel

pytestmark = pytest.mark.django_db(transaction=True)

VALUES = {"body:1": "Ana", "body:2": "jueves"}
CLOSED = NOW + timedelta(hours=30)
PHONE = "5215550101234"


def queue(conversation: Conversation, template: MessageTemplate, **changes: Any) -> Message:
    given: dict[str, Any] = {
        "conversation_id": conversation.pk,
        "staff": make_staff(f"luis{User.objects.count()}"),
        "template_id": template.pk,
        "values": VALUES,
        "now": CLOSED,
    }
    return template_messages.queue_template(**(given | changes))


def tell(*changes: TemplateChange) -> None:
    events = WebhookEvents(templates=changes)
    inbound.receive(events=events, body=b"{}", pace=PACE, now=CLOSED)


def switch_off_marketing() -> None:
    wish = MarketingPreference(Sender(phone=PHONE), stopped=True, occurred_at=CLOSED)
    events = WebhookEvents(preferences=(wish,))
    inbound.receive(events=events, body=b"{}", pace=PACE, now=CLOSED)


def test_the_closed_window_lets_a_template_out_and_no_text() -> None:
    conversation, channel = make_conversation(), FakeChannel()
    staff = make_staff()
    outbound.queue_staff_message(conversation_id=conversation.pk, staff=staff, text="Hola", now=NOW)
    message = queue(conversation, make_template())
    run(conversation, channel, now=CLOSED)

    assert states(conversation) == ["failed", "sent"]
    (sent,) = channel.sent
    assert sent.kind is MessageKind.TEMPLATE
    assert sent.template == TemplateUse("cita", "es_MX", body=("Ana", "jueves"))
    assert message.text == "Hola Ana, tu cita es el jueves."
    conversation.refresh_from_db()
    assert (conversation.mode, conversation.last_message_text) == (Mode.STAFF, message.text)


def test_a_refusal_leaves_the_conversation_with_the_agent() -> None:
    conversation = make_conversation()
    for template, changes, error in (
        (make_template(), {"values": {"body:1": "Ana"}}, TemplateValuesError),
        (make_template(name="pausada", status="paused"), {}, TemplateNotReadyError),
        (
            make_template("Hola", {"type": "HEADER", "format": "IMAGE"}, name="foto"),
            {},
            TemplateNotReadyError,
        ),
        (make_template(name="ida"), {"template_id": conversation.pk}, TemplateNotReadyError),
    ):
        with pytest.raises(error):
            queue(conversation, template, **changes)
    conversation.refresh_from_db()
    assert conversation.mode == Mode.BOT
    assert not Message.objects.exists()


def test_who_opted_out_gets_no_template_and_who_wants_no_marketing_no_marketing() -> None:
    conversation = make_conversation()
    marketing = make_template(name="promo", category="marketing")
    switch_off_marketing()
    with pytest.raises(MarketingOptedOutError):
        queue(conversation, marketing)
    queue(conversation, make_template())
    write("baja", now=CLOSED)
    with pytest.raises(outbound.OptedOutError):
        queue(conversation, make_template(name="otra"))
    assert states(conversation)[:1] == ["cancelled"]


def test_a_change_of_mind_stops_queued_marketing_only() -> None:
    conversation, channel = make_conversation(), FakeChannel()
    queue(conversation, make_template(name="promo", category="marketing"))
    queue(conversation, make_template())
    switch_off_marketing()
    run(conversation, channel, now=CLOSED)
    assert states(conversation) == ["cancelled", "sent"]


def test_a_template_that_became_marketing_meanwhile_is_stopped() -> None:
    conversation, channel = make_conversation(), FakeChannel()
    queue(conversation, make_template())
    switch_off_marketing()
    tell(TemplateChange("cita", "es_MX", category="marketing"))
    run(conversation, channel, now=CLOSED)
    assert (states(conversation), channel.sent) == (["cancelled"], [])


def test_a_template_paused_meanwhile_fails_with_a_word_for_staff() -> None:
    conversation, channel = make_conversation(), FakeChannel()
    message = queue(conversation, make_template())
    tell(TemplateChange("cita", "es_MX", status=TemplateStatus.PAUSED))
    run(conversation, channel, now=CLOSED)
    message.refresh_from_db()
    assert (message.state, message.error_code, channel.sent) == ("failed", 132015, [])
    assert message.error_text == "WhatsApp no longer lets this template out."


def test_a_refused_template_is_asked_for_again() -> None:
    conversation = make_conversation()
    queue(conversation, make_template())
    no = SendError("paused", verdict=SendVerdict.FAILED, code=132015)
    run(conversation, FakeChannel([no]), now=CLOSED)
    assert states(conversation) == ["failed"]
    assert ProcrastinateJob.objects.filter(task_name="conversations.sync_templates").count() == 1


@pytest.mark.parametrize("damaged", [{"name": "cita", "language": "es_MX"}, [], {}], ids=range(3))
def test_a_damaged_row_fails_and_holds_nobody(damaged: Any) -> None:
    conversation, channel = make_conversation(), FakeChannel()
    message = queue(conversation, make_template())
    Message.objects.filter(pk=message.pk).update(content={"template": damaged})
    queue(conversation, make_template(name="otra"))
    run(conversation, channel, now=CLOSED)
    assert states(conversation) == ["failed", "sent"]


def test_a_stop_that_is_being_stored_is_seen_by_who_queues() -> None:
    conversation, template = make_conversation(), make_template()
    with (
        meanwhile(lambda: write("baja", now=CLOSED)),
        pytest.raises(outbound.OptedOutError),
    ):
        queue(conversation, template)
    assert ConsentEntry.objects.count() == 1


def test_a_stop_that_is_being_stored_is_seen_by_who_sends() -> None:
    conversation, channel = make_conversation(), FakeChannel()
    queue(conversation, make_template())
    with meanwhile(lambda: write("baja", now=CLOSED)):
        run(conversation, channel, now=CLOSED)
    run(conversation, channel, now=CLOSED)
    assert channel.sent == []
    assert states(conversation)[0] == "cancelled"


def test_two_syncs_at_once_wait_for_each_other() -> None:
    first, second = ([info("a"), info("b")], [info("b"), info("a")])

    def copy() -> None:
        templates.sync(source=FakeTemplates(first), now=NOW)

    with meanwhile(copy):
        templates.sync(source=FakeTemplates(second), now=CLOSED)
    assert MessageTemplate.objects.filter(status="approved").count() == 2
