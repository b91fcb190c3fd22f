"""Nudges to leads who have gone silent: when they come, in which form, and what stops them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from procrastinate.contrib.django.models import ProcrastinateJob

from agent import follow_ups
from conversations import queue
from conversations.models import Conversation, FollowUp, Lead, Message, Stage
from conversations.services import follow_ups as rows
from conversations.services import handoff, leads, merging, optout
from integrations.messaging import MarketingPreference, MessageKind
from tests.agent.silent_leads import HOUR, MINUTE, NOW, TEXTS, Office, answered, book, publish, say
from tests.conversations.meeting_rows import make_host
from tests.conversations.rows import make_staff, write
from tests.conversations.template_rows import make_template

pytestmark = pytest.mark.django_db


def test_a_silent_lead_hears_each_nudge_once_and_then_nothing_more() -> None:
    publish()
    office = answered()
    before = ProcrastinateJob.objects.filter(task_name=queue.DELIVER).count()
    office.live(NOW + MINUTE, NOW + 11 * HOUR)
    assert office.heard == list(TEXTS)
    hinted = ProcrastinateJob.objects.filter(task_name=queue.DELIVER).count() - before
    assert hinted == len(TEXTS)
    assert office.rows == [
        ("queued", "", NOW + HOUR),
        ("queued", "", NOW + 5 * HOUR),
    ]


def test_after_an_answer_and_our_next_words_it_all_begins_anew() -> None:
    publish()
    office = answered()
    office.live(NOW + MINUTE, NOW + 2 * HOUR)
    write("El jueves", now=NOW + 2 * HOUR)
    say(office.conversation, at=NOW + 2 * HOUR)
    office.live(NOW + 2 * HOUR + MINUTE, NOW + 4 * HOUR)
    assert office.heard == [TEXTS[0], TEXTS[0]]


def test_nothing_is_planned_while_words_wait_or_before_ours_have_left() -> None:
    publish()
    office = answered()
    Message.objects.filter(author="bot").update(state="sending")
    follow_ups.run(clock=lambda: NOW + MINUTE)
    assert office.rows == []
    Message.objects.filter(author="bot").update(state="sent")
    write("¿Y cuánto cuesta?", now=NOW + MINUTE)
    # Our answer to their first words comes after their second ones.
    Message.objects.filter(author="bot").update(number=F("number") + 2)
    follow_ups.run(clock=lambda: NOW + 2 * MINUTE)
    assert office.rows == []


def react(_office: Office) -> None:
    write("👍", now=NOW + 2 * MINUTE, kind=MessageKind.REACTION)


def answer(_office: Office) -> None:
    write("Mañana te digo", now=NOW + 2 * MINUTE)


def opt_out(_office: Office) -> None:
    write("Ya no me escriban, por favor", now=NOW + 2 * MINUTE)


def take_over(office: Office) -> None:
    handoff.take_over(
        conversation_id=office.conversation.pk, staff=make_staff(), now=NOW + 2 * MINUTE
    )


def hand_off(office: Office) -> None:
    handoff.hand_off(
        conversation_id=office.conversation.pk, reason=handoff.HandoffReason.ASKED, now=NOW
    )


def win(office: Office) -> None:
    leads.set_stage(lead_id=office.conversation.lead_id, stage=Stage.WON)


def lose(office: Office) -> None:
    leads.set_stage(lead_id=office.conversation.lead_id, stage=Stage.LOST)


def hold(office: Office) -> None:
    make_host()
    book(office, NOW + 72 * HOUR, state="booking")


def enter_meeting(office: Office) -> None:
    leads.enter_meeting(lead_id=office.conversation.lead_id)


STOPS = [
    (react, "answered"),
    (answer, "answered"),
    (opt_out, "opted_out"),
    (take_over, "handed_over"),
    (hand_off, "handed_over"),
    (win, "closed"),
    (lose, "closed"),
    (hold, "booked"),
    (enter_meeting, "booked"),
]


@pytest.mark.parametrize(("stop", "reason"), STOPS)
def test_what_stops_a_nudge_is_seen_in_the_next_round(
    stop: Callable[[Office], None], reason: str
) -> None:
    publish()
    office = answered()
    office.round(NOW + MINUTE)
    stop(office)
    office.live(NOW + 3 * MINUTE, NOW + 8 * HOUR)
    assert [(state, why) for state, why, _due in office.rows] == [("cancelled", reason)]
    assert office.heard == []


@pytest.mark.parametrize(("stop", "reason"), [STOPS[1], STOPS[4]])
def test_what_stops_a_nudge_is_seen_again_when_it_is_to_be_sent(
    stop: Callable[[Office], None], reason: str
) -> None:
    publish()
    office = answered()
    office.round(NOW + MINUTE)
    stop(office)
    [row] = FollowUp.objects.all()

    def never(_row: FollowUp) -> rows.Verdict:
        raise AssertionError("it is not wanted any more")

    rows.carry_out(follow_up_id=row.pk, decide=never, now=NOW + HOUR)
    assert office.rows == [("cancelled", reason, NOW + HOUR)]


def test_what_the_provider_tells_of_their_number_is_no_answer() -> None:
    publish()
    office = answered()
    Message.objects.create(
        conversation=office.conversation,
        direction="inbound",
        author="lead",
        kind=MessageKind.SYSTEM,
        state="handled",
        occurred_at=NOW,
        created_at=NOW,
    )
    office.live(NOW + 2 * MINUTE, NOW + 2 * HOUR)
    assert office.heard == [TEXTS[0]]


def test_a_colleagues_words_are_followed_by_no_nudge_of_ours() -> None:
    publish()
    office = answered()
    say(office.conversation, at=NOW + MINUTE, author="staff")
    office.live(NOW + 2 * MINUTE, NOW + 3 * HOUR)
    assert office.rows == []


def test_what_a_colleague_cancels_ends_the_silence_for_good() -> None:
    publish()
    office = answered()
    office.round(NOW + MINUTE)
    [row] = FollowUp.objects.all()
    rows.cancel(follow_up_id=row.pk, now=NOW + 2 * MINUTE)
    office.live(NOW + 3 * MINUTE, NOW + 8 * HOUR)
    assert [(state, why) for state, why, _due in office.rows] == [("cancelled", "staff")]
    with pytest.raises(rows.FollowUpStateError):
        rows.cancel(follow_up_id=row.pk, now=NOW + 9 * HOUR)


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("America/Mexico_City", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("America/Tijuana", datetime(2026, 11, 24, 3, 30, tzinfo=UTC)),
        ("Europe/Madrid", datetime(2026, 11, 24, 8, tzinfo=UTC)),
        ("", datetime(2026, 11, 24, 15, tzinfo=UTC)),
        ("Nowhere/Land", datetime(2026, 11, 24, 15, tzinfo=UTC)),
    ],
)
def test_quiet_hours_are_the_leads_own(zone: str, due: datetime) -> None:
    publish()
    late = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # 20:30 in Mexico City
    office = answered(at=late, time_zone=zone)
    office.round(late + MINUTE)
    assert office.rows == [("planned", "", due)]


def test_nudges_keep_their_distance_when_quiet_hours_move_them_together() -> None:
    publish(nudges=((60, ""), (660, "")))
    late = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    office = answered(at=late)
    office.live(late + MINUTE, late + 20 * HOUR)
    nine = datetime(2026, 11, 24, 15, tzinfo=UTC)
    first, second = [row.ended_at for row in FollowUp.objects.order_by("step")]
    assert (first, second) == (nine, nine + HOUR)


def test_a_nudge_that_quiet_hours_move_out_of_the_window_needs_a_template() -> None:
    publish(nudges=((23 * 60, ""), (23 * 60 + 5, "seguimos")))
    make_template("Hola {{1}}, ¿seguimos?", name="seguimos")
    late = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 08:00: 23 h later it is quiet
    office = answered(at=late)
    office.live(late + MINUTE, late + 50 * HOUR)
    assert [(state, why) for state, why, _due in office.rows] == [
        ("skipped", "window_closed"),
        ("queued", ""),
    ]
    assert office.heard == ["Hola Ana, ¿seguimos?"]
    assert office.channel.sent[0].template is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "paused"},
        {"language": "en_US"},
        {"name": "other"},
        {"components": [{"type": "BODY", "text": "Hola {{1}}, tu folio es {{2}}"}]},
    ],
)
def test_a_template_that_cannot_go_skips_the_nudge(fields: dict[str, object]) -> None:
    publish(nudges=((25 * 60, "seguimos"),))
    template = make_template("Hola {{1}}", name="seguimos")
    for name, value in fields.items():
        setattr(template, name, value)
    template.save()
    office = answered()
    office.live(NOW + MINUTE, NOW + 26 * HOUR)
    assert [(state, why) for state, why, _due in office.rows] == [("skipped", "window_closed")]


@pytest.mark.parametrize(("category", "ended"), [("marketing", "skipped"), ("utility", "queued")])
def test_who_switched_marketing_off_gets_no_template_of_it(category: str, ended: str) -> None:
    publish(nudges=((25 * 60, "seguimos"),))
    make_template("Hola {{1}}", name="seguimos", category=category)
    office = answered()
    wish = MarketingPreference(None, stopped=True, occurred_at=NOW)  # type: ignore[arg-type]
    optout.record_marketing([(office.conversation.lead_id, wish)], now=NOW)
    office.live(NOW + MINUTE, NOW + 26 * HOUR)
    [(state, reason, _due)] = office.rows
    assert (state, reason) == (ended, "opted_out" if ended == "skipped" else "")


def test_a_nudge_speaks_the_language_of_the_conversation() -> None:
    version = publish()
    version.content["follow_ups"]["nudges"][0]["text"] = {"es": "¿Sigues?", "pt": "Continua aí?"}
    version.save()
    office = answered()
    Conversation.objects.update(language="pt")
    office.live(NOW + MINUTE, NOW + HOUR + MINUTE)
    assert office.heard == ["Continua aí?"]


def test_after_a_standstill_it_is_skipped_and_the_next_one_keeps_its_distance() -> None:
    publish()
    office = answered()
    office.round(NOW + MINUTE)
    back = NOW + 4 * HOUR
    office.live(back, back + 4 * HOUR)
    assert [(state, why) for state, why, _due in office.rows] == [
        ("skipped", "too_late"),
        ("queued", ""),
    ]
    second = FollowUp.objects.get(step=1)
    assert second.due_at == back + HOUR


def test_a_silence_that_began_during_a_standstill_is_found_looking_back() -> None:
    publish()
    office = answered()
    office.round(NOW + 40 * MINUTE)
    assert office.rows == []
    follow_ups.look_back(now=NOW + 40 * MINUTE)
    assert office.rows == [("planned", "", NOW + HOUR)]


def test_a_first_nudge_that_would_be_hours_late_is_not_planned() -> None:
    publish()
    office = answered()
    follow_ups.look_back(now=NOW + 3 * HOUR)
    assert office.rows == []
    follow_ups.look_back(now=NOW + 3 * HOUR - MINUTE)
    assert office.rows == [("planned", "", NOW + HOUR)]


def test_old_silences_hear_nothing_of_new_rules() -> None:
    office = answered()
    publish(at=NOW + 30 * HOUR)
    follow_ups.look_back(now=NOW + 30 * HOUR + MINUTE)
    assert office.rows == []


@pytest.mark.parametrize(
    ("nudges", "expected"),
    [
        (((120, ""),), ("planned", "", NOW + 2 * HOUR)),
        (((60, ""),), ("planned", "", NOW + HOUR)),
        (((10, ""),), ("cancelled", "rules_changed", NOW + HOUR)),
        ((), ("cancelled", "rules_changed", NOW + HOUR)),
    ],
)
def test_other_rules_move_what_is_planned_or_drop_what_they_do_not_hold(
    nudges: tuple[tuple[int, str], ...], expected: tuple[str, str, datetime]
) -> None:
    publish()
    office = answered()
    office.round(NOW + MINUTE)
    publish(at=NOW + 20 * MINUTE, nudges=nudges)
    office.round(NOW + 21 * MINUTE)
    assert office.rows == [expected]


def test_a_nudge_that_could_not_leave_in_time_does_not_leave_at_night() -> None:
    """The number was paused: what waits in the outbox is looked at again."""
    publish()
    office = answered()
    follow_ups.run(clock=lambda: NOW + MINUTE)
    follow_ups.run(clock=lambda: NOW + HOUR)
    office.deliver(NOW + 12 * HOUR)
    assert office.heard == []
    message = Message.objects.get(text=TEXTS[0])
    assert (message.state, message.error_text) == ("cancelled", "Its moment has passed.")
    assert Conversation.objects.get().mode == "bot"


def test_one_that_waits_in_the_outbox_until_quiet_hours_begin_does_not_leave() -> None:
    publish()
    evening = datetime(2026, 11, 24, 1, 45, tzinfo=UTC)  # 19:45
    office = answered(at=evening)
    follow_ups.run(clock=lambda: evening + MINUTE)
    follow_ups.run(clock=lambda: evening + HOUR)
    office.deliver(evening + HOUR + 15 * MINUTE)
    assert office.heard == []
    assert Message.objects.get(text=TEXTS[0]).error_text == "Its moment has passed."


def test_one_that_waits_in_the_outbox_until_the_window_closes_does_not_leave() -> None:
    publish(nudges=((23 * 60 + 30, ""),))
    noon = NOW + 2 * HOUR
    office = answered(at=noon)
    follow_ups.run(clock=lambda: noon + MINUTE)
    follow_ups.run(clock=lambda: noon + 23 * HOUR + 30 * MINUTE)
    office.deliver(noon + 24 * HOUR)
    assert office.heard == []
    assert Message.objects.get(text=TEXTS[0]).error_text == "Its moment has passed."
    assert Conversation.objects.get().mode == "bot"


def test_words_that_come_in_before_the_nudge_has_left_stop_it() -> None:
    publish()
    office = answered()
    follow_ups.run(clock=lambda: NOW + MINUTE)
    follow_ups.run(clock=lambda: NOW + HOUR)
    write("Perdón, andaba ocupada", now=NOW + HOUR + MINUTE)
    office.deliver(NOW + HOUR + MINUTE)
    assert office.heard == []
    assert Message.objects.get(text=TEXTS[0]).error_text == "The lead wrote first."


@pytest.mark.parametrize("stage", [None, "won"])
def test_one_that_waits_in_the_outbox_does_not_leave_once_nothing_is_left_to_ask(
    stage: str | None,
) -> None:
    publish()
    make_host()
    office = answered()
    follow_ups.run(clock=lambda: NOW + MINUTE)
    follow_ups.run(clock=lambda: NOW + HOUR)
    if stage is None:
        book(office, NOW + 30 * HOUR)
    Lead.objects.update(stage=stage or "qualifying")
    office.deliver(NOW + HOUR + MINUTE)
    assert office.heard == []
    assert Message.objects.get(text=TEXTS[0]).state == "cancelled"


def test_many_silences_are_planned_and_nudged_apart() -> None:
    publish()
    offices = [answered(phone=f"52155501012{n:02}") for n in range(5)]
    follow_ups.run(clock=lambda: NOW + MINUTE)
    assert FollowUp.objects.count() == 5
    assert len(set(FollowUp.objects.values_list("anchor", flat=True))) == 5
    write("Aquí ando", phone="5215550101203", now=NOW + 2 * MINUTE)
    follow_ups.run(clock=lambda: NOW + HOUR)
    assert Message.objects.filter(text=TEXTS[0]).count() == 4
    for office in offices:
        office.deliver(NOW + HOUR)
    assert [len(office.heard) for office in offices] == [1, 1, 1, 0, 1]


def test_a_closed_lead_is_not_planned_for() -> None:
    publish()
    office = answered(stage="lost")
    office.round(NOW + MINUTE)
    assert office.rows == []
    Lead.objects.update(stage="qualified", opted_out_at=NOW)
    office.round(NOW + MINUTE)
    assert office.rows == []
    Lead.objects.update(opted_out_at=None)
    office.round(NOW + timedelta(minutes=2))
    assert len(office.rows) == 1


def test_of_two_leads_who_are_one_only_the_later_silence_counts() -> None:
    publish()
    kept, merged = answered(), answered(at=NOW + 5 * MINUTE, phone="5215550101235")
    follow_ups.run(clock=lambda: NOW + 6 * MINUTE)
    merging.merge(
        kept_id=kept.conversation.lead_id,
        merged_id=merged.conversation.lead_id,
        staff=make_staff(),
        now=NOW + 7 * MINUTE,
    )
    kept.live(NOW + 8 * MINUTE, NOW + 2 * HOUR)
    assert kept.heard == [TEXTS[0]]
    assert [(state, why, due) for state, why, due in kept.rows][:2] == [
        ("cancelled", "answered", NOW + HOUR),
        ("queued", "", NOW + HOUR + 5 * MINUTE),
    ]
    assert not FollowUp.objects.exclude(conversation=kept.conversation).exists()
