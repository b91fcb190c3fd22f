"""What we know of a lead, for the thread's side panel and the lead page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from conversations.admin import badges, costs, dates, labels, planned, touches
from conversations.admin.addresses import anchor_of, case_url, lead_url
from conversations.admin.meeting_lines import MeetingLine, load_meetings
from conversations.models import Fact, FactProposal, Lead
from conversations.services import fact_proposals


@dataclass(frozen=True)
class FactLine:
    """One answer and where it was said. `anchor` names the bubble."""

    key: str
    label: str
    value: str
    quote: str
    anchor: str
    learned: str
    by: str
    locked: bool
    correct_url: str
    lock_url: str
    case_url: str


@dataclass(frozen=True)
class ProposalLine:
    """An answer that staff decide about, beside the locked one."""

    label: str
    value: str
    held: str
    quote: str
    anchor: str
    accept_url: str
    dismiss_url: str


@dataclass(frozen=True)
class Unanswered:
    """A question without an answer."""

    label: str
    url: str


@dataclass(frozen=True)
class ScoreLine:
    """One rule that gave points, or that rules the lead out."""

    label: str
    points: int
    quote: str
    rules_out: bool


@dataclass(frozen=True)
class LeadPanel:
    """A lead at a glance."""

    url: str
    name: str
    phone_number: str
    email: str
    company: str
    owner: str
    source: str
    headline: str
    spent: str
    touches: tuple[touches.TouchLine, ...]
    stage: str
    temperature: str
    score: int
    score_lines: tuple[ScoreLine, ...]
    unmet_rules: tuple[str, ...]
    facts: tuple[FactLine, ...]
    proposals: tuple[ProposalLine, ...]
    unanswered: tuple[Unanswered, ...]
    declined: tuple[Unanswered, ...]
    meetings: tuple[MeetingLine, ...]
    follow_ups: tuple[planned.FollowUpLine, ...]

    @property
    def touches_complete(self) -> bool:
        """Whether the oldest shown click is the first one."""
        return len(self.touches) < touches.SHOWN


def load(*, lead: Lead, names: Mapping[str, labels.FactLabel]) -> LeadPanel:
    """Read facts and meetings of a lead that came with its owner."""
    facts = load_facts(lead=lead, names=names)
    held = {fact.key: fact.value for fact in facts}
    asked, refused = unanswered(lead, facts, names)
    lines = score_lines(lead, facts)
    return LeadPanel(
        url=lead_url(lead.pk),
        name=str(lead),
        phone_number=lead.phone_number or "",
        email=lead.email,
        company=lead.company,
        owner=badges.name_of(lead.owner) or "",
        source=str(lead.get_source_display()),
        headline=lead.source_headline,
        spent=costs.spent_text(lead),
        touches=touches.load(lead=lead),
        stage=badges.stage_badge(lead.stage),
        temperature=badges.temperature_badge(lead.temperature),
        score=lead.score,
        score_lines=lines,
        unmet_rules=unmet_rules(lines, names),
        facts=facts,
        proposals=tuple(
            _proposal_line(row, held.get(row.key, ""), names)
            for row in fact_proposals.open_ones(lead=lead)
        ),
        unanswered=asked,
        declined=refused,
        meetings=load_meetings(lead=lead),
        follow_ups=planned.load(lead=lead),
    )


def load_facts(*, lead: Lead, names: Mapping[str, labels.FactLabel]) -> tuple[FactLine, ...]:
    """The current answers, oldest first."""
    rows = Fact.objects.filter(lead=lead, superseded_at=None).select_related("staff")
    return tuple(_fact_line(fact, names) for fact in rows.order_by("created_at", "id"))


def unanswered(
    lead: Lead, facts: Sequence[FactLine], names: Mapping[str, labels.FactLabel]
) -> tuple[tuple[Unanswered, ...], tuple[Unanswered, ...]]:
    """What the playbook still wants to know, and what the lead would not say."""
    known = {fact.key for fact in facts}
    declined = labels.desk().declined(lead=lead)
    asked: list[Unanswered] = []
    refused: list[Unanswered] = []
    for key, name in names.items():
        if key not in known:
            line = Unanswered(name.label, correct_url(lead.pk, key))
            (refused if key in declined else asked).append(line)
    return tuple(asked), tuple(refused)


def correct_url(lead_id: UUID, key: str) -> str:
    """Where staff type the right answer."""
    return reverse("admin:conversations_lead_correct", args=[lead_id, key])


def score_lines(lead: Lead, facts: Sequence[FactLine]) -> tuple[ScoreLine, ...]:
    """Explain the score with the words that gave each point."""
    quotes = {fact.key: fact.quote for fact in facts}
    lines = [line for line in lead.score_lines if isinstance(line, dict)]
    return tuple(
        ScoreLine(
            label=labels.in_language(line.get("label")) or str(line.get("key", "")),
            points=int(line.get("points", 0)),
            quote=str(line.get("quote") or quotes.get(str(line.get("key")), "")),
            rules_out=bool(line.get("rules_out")),
        )
        for line in lines
    )


def unmet_rules(
    lines: Sequence[ScoreLine], names: Mapping[str, labels.FactLabel]
) -> tuple[str, ...]:
    """The score's rules that gave this lead nothing."""
    met = {line.label for line in lines}
    return tuple(rule for name in names.values() for rule in name.rules if rule not in met)


def _fact_line(fact: Fact, names: Mapping[str, labels.FactLabel]) -> FactLine:
    return FactLine(
        key=fact.key,
        label=labels.fact_name(fact.key, names),
        value=labels.fact_value(fact.key, fact.value, names),
        quote=fact.quote,
        anchor=anchor_of(fact.message_id),
        learned=dates.exactly(fact.created_at),
        by=badges.name_of(fact.staff) or "",
        locked=fact.locked_at is not None,
        correct_url=correct_url(fact.lead_id, fact.key) if fact.key in names else "",
        lock_url=_lock_url(fact) if fact.key in names else "",
        case_url=case_url(fact),
    )


def _lock_url(fact: Fact) -> str:
    action = "unlock" if fact.locked_at else "lock"
    return reverse("admin:conversations_lead_lock", args=[fact.lead_id, fact.key, action])


def _proposal_line(
    proposal: FactProposal, held: str, names: Mapping[str, labels.FactLabel]
) -> ProposalLine:
    address = "admin:conversations_lead_decide"
    return ProposalLine(
        label=labels.fact_name(proposal.key, names),
        value=labels.fact_value(proposal.key, proposal.value, names),
        held=held,
        quote=proposal.quote,
        anchor=anchor_of(proposal.message_id),
        accept_url=reverse(address, args=[proposal.lead_id, proposal.pk, "accept"]),
        dismiss_url=reverse(address, args=[proposal.lead_id, proposal.pk, "dismiss"]),
    )
