"""What may leave: deterministic checks of one turn's replies, pure and audited.

`check` returns a verdict per gate, the passed ones too, so that a run shows what was looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from agent.claims import (
    AGREED_TIME,
    BOOKED,
    CANCELLED,
    CONTACT,
    DISCLOSURE,
    HELD,
    INTERNAL,
    MOVED,
    TRANSFER,
    agreed_amounts,
    amounts,
    clock_times,
    hosts,
    makes,
    numbers,
    phones,
    price_promises,
    promises,
)
from agent.draft import Draft, lead_texts, without
from agent.leaks import repeats_instructions
from agent.outcome import FORBIDS, Outcome
from agent.prompts.text import fold
from agent.turn import BookingStatus, MeetingView, Reply, TurnContext, TurnResult
from agent.wording import greeting

TEXT_LIMIT = 4096
INTERACTIVE_LIMIT = 1024
REPEAT_FROM = 20


@dataclass(frozen=True)
class Verdict:
    """What one gate said. `reason` tells the model (and the auditor) what to change."""

    gate: str
    passed: bool
    reason: str = ""


def check(result: TurnResult, context: TurnContext, outcome: Outcome) -> tuple[Verdict, ...]:
    """Judge the replies of one turn, gate by gate."""
    draft = Draft(result, context, outcome)
    return tuple(_judge(name, gate, draft) for name, gate in GATES.items())


def vetoes(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The gates that did not pass."""
    return tuple(verdict for verdict in verdicts if not verdict.passed)


def disclose(result: TurnResult, context: TurnContext) -> TurnResult:
    """Say on the first message that this is a machine, where the engine did not."""
    if not context.first_turn or not result.replies or _discloses(result.replies):
        return result
    opening = greeting(context.playbook, result.language)
    first, *rest = result.replies
    limit = TEXT_LIMIT if first.kind == "text" else INTERACTIVE_LIMIT
    joined = f"{opening} {first.text}"
    if len(joined) <= limit:
        return replace(result, replies=(replace(first, text=joined), *rest))
    return replace(result, replies=(Reply(opening), *result.replies))


def _judge(name: str, gate: Callable[[Draft], str], draft: Draft) -> Verdict:
    reason = gate(draft)
    return Verdict(name, not reason, reason)


def _not_empty(draft: Draft) -> str:
    if not draft.texts or not all(text.strip() for text in draft.texts):
        return "The reply has no text."
    return ""


def _length(draft: Draft) -> str:
    for reply in draft.result.replies:
        limit = TEXT_LIMIT if reply.kind == "text" else INTERACTIVE_LIMIT
        if len(reply.text) > limit:
            return f"The reply is longer than {limit} characters."
    return ""


def _shape(draft: Draft) -> str:
    return "" if all(_well_formed(reply) for reply in draft.result.replies) else "Bad options."


def _well_formed(reply: Reply) -> bool:
    if reply.kind == "text":
        return not reply.options
    count, title = (3, 20) if reply.kind == "buttons" else (10, 24)
    return (
        1 <= len(reply.options) <= count
        and len({option.id for option in reply.options}) == len(reply.options)
        and all(
            0 < len(option.title) <= title and len(option.description) <= 72
            for option in reply.options
        )
    )


def _repetition(draft: Draft) -> str:
    said = [line.text for line in draft.context.history if line.author == "bot"]
    last = fold(said[-1]) if said else ""
    repeated = any(
        reply.kind == "text" and fold(reply.text) == last for reply in draft.result.replies
    )
    return "This was already said word for word." if len(last) >= REPEAT_FROM and repeated else ""


def _price(draft: Draft) -> str:
    # A sum that the lead named (a budget) may be said back; a promise may not be put in our mouth.
    known = draft.stated.numbers | numbers(" ".join(lead_texts(draft)))
    if any(amounts(text) - known for text in draft.claims):
        return "It names a price or discount that the playbook does not state."
    if any(agreed_amounts(text) - draft.stated.numbers for text in draft.claims):
        return "It agrees to a price that the playbook does not state."
    if any(price_promises(text) - draft.stated.promises for text in draft.claims):
        return "It promises a price, discount or guarantee."
    return ""


def _forbidden(draft: Draft) -> str:
    said = " ".join(fold(text) for text in draft.texts)
    claims = draft.context.playbook.forbidden_claims
    made = next((claim for claim in claims if claim and fold(claim) in said), "")
    return f"{FORBIDS}{made}" if made else ""


def _person(draft: Draft) -> str:
    if draft.outcome.handed_off:
        return ""
    met = draft.meeting is not None
    for text in draft.claims:
        if promises(TRANSFER, text) or (not met and promises(CONTACT, text)):
            return "It promises a person without handing the conversation over."
    return ""


def _booked(draft: Draft) -> str:
    settled = draft.outcome.settled
    cancelled = settled is not None and settled.status is BookingStatus.CANCELLED
    for text in draft.claims:
        if not cancelled and makes(CANCELLED, text):
            return "It says cancelled, and nothing was cancelled in this turn."
        if not draft.outcome.moved and makes(MOVED, text):
            return "It says moved, and nothing was moved in this turn."
        if draft.meeting is None and makes(HELD, text):
            return "It says a time is held, and none is."
        if reason := _unbacked(makes(BOOKED, text), draft) or _agreed(text, draft):
            return reason
    return ""


def _agreed(text: str, draft: Draft) -> str:
    """A single time said as if it was settled; several that are on offer are a choice."""
    said, meeting = makes(AGREED_TIME, text), draft.meeting
    if (
        not said
        or draft.outcome.settled
        or (meeting and _names_its_time(said, meeting, draft.context))
    ):
        return ""
    zone = ZoneInfo(draft.context.lead.time_zone)
    slots = (*draft.context.offered, *draft.outcome.slots)
    local = [slot.starts_at.astimezone(zone) for slot in slots]
    offered = {(at.hour, at.minute) for at in local} | {(at.hour % 12, at.minute) for at in local}
    named = clock_times(text)
    if max(len(said), len(named)) > 1 and named <= offered:
        return ""
    return "It says a time as if it was agreed, and no meeting is there: book it, or ask."


def _unbacked(claims: Sequence[str], draft: Draft) -> str:
    meeting = draft.meeting
    if not claims:
        return ""
    if meeting is None or not meeting.confirmed:
        return "It says booked or confirmed, and no meeting is confirmed."
    if not _names_its_time(claims, meeting, draft.context):
        return "It names another time than the confirmed meeting's."
    return ""


def _names_its_time(claims: Iterable[str], meeting: MeetingView, context: TurnContext) -> bool:
    zones = {meeting.time_zone, context.lead.time_zone}
    local = [meeting.starts_at.astimezone(ZoneInfo(zone)) for zone in zones]
    allowed = {(at.hour, at.minute) for at in local}
    allowed |= {(hour % 12, minute) for hour, minute in allowed}
    ends = [meeting.ends_at.astimezone(ZoneInfo(zone)) for zone in zones]
    allowed |= {(at.hour, at.minute) for at in ends} | {(at.hour % 12, at.minute) for at in ends}
    named = set().union(*(clock_times(claim) for claim in claims))
    return named <= allowed


def _internal(draft: Draft) -> str:
    ids = {slot.id for slot in (*draft.context.offered, *draft.outcome.slots)}
    for text in draft.claims:
        # Short ids ("s1", "3") would match ordinary words.
        if INTERNAL.search(fold(text)) or any(
            len(slot_id) >= 6 and slot_id in text for slot_id in ids
        ):
            return "It shows internal words, ids or code."
    return ""


def _urls(draft: Draft) -> str:
    lead = draft.context.lead
    known = draft.stated.hosts | hosts(" ".join((lead.email, lead.company, *draft.links)))
    if any(hosts(text) - known for text in draft.texts):
        return "It holds a link or an address that is not in the playbook."
    return ""


def _numbers(draft: Draft) -> str:
    known = draft.stated.digits
    texts = [without(text, draft.links) for text in draft.texts]
    if any(number not in known for text in texts for number in phones(text)):
        return "It holds a phone number that is not in the playbook."
    return ""


def _disclosure(draft: Draft) -> str:
    if draft.context.first_turn and not _discloses(draft.result.replies):
        return "The first message must say that this is the virtual assistant."
    return ""


def _leak(draft: Draft) -> str:
    for text in draft.texts:
        said = fold(text)
        if repeats_instructions(said):
            return "It repeats internal instructions."
    return ""


def _discloses(replies: Sequence[Reply]) -> bool:
    return any(DISCLOSURE.search(fold(reply.text)) for reply in replies)


GATES: dict[str, Callable[[Draft], str]] = {
    "not_empty": _not_empty,
    "length": _length,
    "shape": _shape,
    "repetition": _repetition,
    "price": _price,
    "forbidden": _forbidden,
    "person": _person,
    "booked": _booked,
    "internal": _internal,
    "urls": _urls,
    "numbers": _numbers,
    "disclosure": _disclosure,
    "leak": _leak,
}
