"""What the playbook says unasked: nudges to the silent and reminders of meetings, and when.

Level-triggered: each round looks at rows alone, so a lost round changes nothing but the minute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent import missed_meetings, unasked
from agent.context import DEFAULT_ZONE
from agent.playbook.schema import FollowUpRules, Playbook, parse_playbook
from agent.playbook.store import published
from agent.quiet_hours import QuietHours
from conversations.models import FollowUp, Meeting
from conversations.services import follow_ups, silences
from conversations.services.follow_ups import Move, Plan, Say, Skip, Verdict
from conversations.services.meeting_results import OfferedSlot
from conversations.services.silences import Silence
from integrations.messaging import MessageKind
from integrations.scheduling import Calendar

Clock = Callable[[], datetime]
Kinds, Reasons = FollowUp.Kind, FollowUp.Reason

# What was last said this long ago has been looked at by earlier rounds.
RECENT = timedelta(minutes=15)
# A nudge that comes later than this, after a standstill of ours, would surprise.
LATE = timedelta(hours=2)
LONGEST_QUIET = timedelta(days=1)
# After a meeting that was missed so long ago nothing is said any more.
LONG_AGO = timedelta(days=3)
# A reminder closer to the meeting than this helps nobody.
LAST_MINUTES = timedelta(minutes=5)
# A worker that is told to stop waits 20 s for what runs.
LONGEST_ROUND = timedelta(seconds=10)


@dataclass(frozen=True)
class Rules:
    """The rules in force, and since when."""

    playbook: Playbook
    since: datetime

    @property
    def spoken(self) -> FollowUpRules:
        """What is said unasked."""
        return self.playbook.follow_ups

    @property
    def after(self) -> list[timedelta]:
        """How long after our last words each nudge comes."""
        return [timedelta(minutes=nudge.after_minutes) for nudge in self.spoken.nudges]

    @property
    def before(self) -> list[timedelta]:
        """How long before a meeting each reminder comes."""
        return [timedelta(minutes=minutes) for minutes in self.spoken.reminders]

    def quiet(self, time_zone: str) -> QuietHours:
        """The quiet hours of a lead who lives by this clock, or by the business's."""
        begins, ends = self.spoken.quiet_from, self.spoken.quiet_until
        zone = _zone(time_zone or self.playbook.time_zone)
        return QuietHours(begins.replace(tzinfo=None), ends.replace(tzinfo=None), zone)


def run(*, clock: Clock, calendar: Calendar | None = None) -> None:
    """One round: drop what is not wanted any more, plan what is new, say what is due.

    With a calendar, who did not come to a meeting is offered other times at once.
    """
    now = clock()
    rules = _rules(now)
    follow_ups.drop_fallen(now=now, since=now - RECENT)
    _replan(rules, now)
    _plan_nudges(rules, now, since=now - RECENT)
    follow_ups.plan(_reminders(rules, now), now=now)
    follow_ups.plan(_after_no_shows(rules, now), now=now)
    _say_due(rules, clock, calendar)


def look_back(*, now: datetime) -> None:
    """Drop and plan where no round looks: nothing was said lately, or we stood still meanwhile."""
    follow_ups.drop_fallen(now=now)
    rules = _rules(now)
    longest = max(rules.after, default=timedelta())
    _plan_nudges(rules, now, since=now - longest - LATE - LONGEST_QUIET)


def _rules(now: datetime) -> Rules:
    version = published(now=now)
    return Rules(parse_playbook(version.content), min(version.published_at or now, now))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)


def _plan_nudges(rules: Rules, now: datetime, *, since: datetime) -> None:
    # By its hour alone it may be long due, and only now have come out of the quiet hours.
    too_late = now - LATE - LONGEST_QUIET
    found = silences.silences(after=rules.after, since=since, too_late=too_late, now=now)
    follow_ups.plan(_nudges(rules, found, now), now=now)


def _nudges(rules: Rules, found: Iterable[Silence], now: datetime) -> Iterable[Plan]:
    for each in found:
        due_at = _nudge_at(rules, each)
        if due_at > now - LATE:
            yield Plan(each.conversation_id, Kinds.NUDGE, each.anchor, each.step, due_at)


def _nudge_at(rules: Rules, silence: Silence) -> datetime:
    return rules.quiet(silence.time_zone).over(silence.due_at)


def _reminders(rules: Rules, now: datetime) -> Iterable[Plan]:
    for step, before in enumerate(rules.before):
        for meeting in silences.unreminded(step=step, before=before, now=now):
            due_at = _reminder_at(rules, meeting, before)
            if due_at > now:
                held = meeting.lead.conversation.pk
                yield Plan(held, Kinds.REMINDER, meeting.pk, step, due_at, meeting.pk)


def _reminder_at(rules: Rules, meeting: Meeting, before: timedelta) -> datetime:
    """At the end of quiet hours, or before they begin if the meeting is too near by then."""
    starts_at: datetime = meeting.during.lower
    quiet = rules.quiet(meeting.lead.time_zone or meeting.time_zone)
    due_at = quiet.over(starts_at - before)
    return due_at if due_at <= starts_at - LAST_MINUTES else quiet.before(starts_at - before)


def _after_no_shows(rules: Rules, now: datetime) -> Iterable[Plan]:
    """Soon after the meeting's end, or now where staff said so later."""
    pause = timedelta(minutes=rules.spoken.no_show_minutes)
    for meeting in silences.missed(since=now - pause - LONG_AGO):
        zone = meeting.lead.time_zone or meeting.time_zone
        due_at = rules.quiet(zone).over(max(meeting.during.upper + pause, now))
        held = meeting.lead.conversation.pk
        yield Plan(held, Kinds.NO_SHOW, meeting.pk, 0, due_at, meeting.pk)


def _replan(rules: Rules, now: datetime) -> None:
    """Bring what older rules planned in line with these; what would be past by them is dropped."""
    while rows := follow_ups.outdated(before=rules.since):
        silent = silences.silences_of(
            [row.conversation_id for row in rows if row.kind == Kinds.NUDGE], after=rules.after
        )
        times: dict[UUID, datetime | None] = {}
        for row in rows:
            due_at = _by_present_rules(rules, row, silent.get(row.conversation_id))
            kept = due_at is not None and (due_at > now or due_at == row.due_at)
            times[row.pk] = due_at if kept else None
        follow_ups.replan(times, now=now)


def _by_present_rules(rules: Rules, row: FollowUp, silence: Silence | None) -> datetime | None:
    if row.kind == Kinds.NO_SHOW:
        return row.due_at
    if row.meeting is not None:
        known = row.step < len(rules.before)
        return _reminder_at(rules, row.meeting, rules.before[row.step]) if known else None
    same = silence is not None and silence.step == row.step
    return _nudge_at(rules, silence) if silence is not None and same else None


def _say_due(rules: Rules, clock: Clock, calendar: Calendar | None) -> None:
    tried: list[UUID] = []
    end = clock() + LONGEST_ROUND
    while waiting := follow_ups.due(now=clock(), but=tried):
        for follow_up_id in waiting:
            now = clock()
            if now >= end:
                return
            found = missed_meetings.times_for(follow_up_id, calendar, now=now)
            decide = partial(_decide, rules, clock=clock, found=found)
            follow_ups.carry_out(follow_up_id=follow_up_id, decide=decide, now=now)
            tried.append(follow_up_id)


def _decide(rules: Rules, row: FollowUp, *, clock: Clock, found: Sequence[OfferedSlot]) -> Verdict:
    now = clock()
    if not _is_in_force(rules, row):
        return Skip(Reasons.RULES_CHANGED)
    latest = _latest(row)
    if now >= latest or _is_doubled(rules, row, now):
        return Skip(Reasons.TOO_LATE)
    booked_in = row.meeting.time_zone if row.meeting else ""
    quiet = rules.quiet(row.conversation.lead.time_zone or booked_in)
    if quiet.hold(now):
        later = quiet.over(now)
        late = row.kind == Kinds.REMINDER and later >= latest
        return Skip(Reasons.TOO_LATE) if late else Move(later)
    draft = unasked.draft(rules.playbook, row, now=now, found=found)
    if isinstance(draft, Skip):
        return draft
    free = draft.kind != MessageKind.TEMPLATE
    closes_at = row.conversation.window_expires_at if free else None
    return Say(draft, min(filter(None, (latest, quiet.next_begin(now), closes_at))))


def _is_in_force(rules: Rules, row: FollowUp) -> bool:
    """Whether the playbook still says it."""
    if row.kind == Kinds.NO_SHOW:
        return any(rules.spoken.no_show_text.values())
    return row.step < len(rules.before if row.kind == Kinds.REMINDER else rules.after)


def _is_doubled(rules: Rules, row: FollowUp, now: datetime) -> bool:
    """Quiet hours may bring two reminders to one minute: the one nearer to the meeting stands."""
    if row.kind != Kinds.REMINDER:
        return False
    nearer = [step for step, before in enumerate(rules.before) if before < rules.before[row.step]]
    return follow_ups.is_said_by_another(row, steps=nearer, now=now)


def _latest(row: FollowUp) -> datetime:
    """From when on it comes too late: a reminder, once half of what was left has passed."""
    if row.meeting is None or row.kind == Kinds.NO_SHOW:
        return row.due_at + LATE
    starts_at: datetime = row.meeting.during.lower
    return min(row.due_at + (starts_at - row.due_at) / 2, starts_at - LAST_MINUTES)
