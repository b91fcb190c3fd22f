"""What is special about one phone: its window has lapsed, it wants no marketing, it hid its number.

Kept beside the ordered trouble, in a row of its own for each phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from integrations.models import SimulatedChaos, SimulatedPhone

PREFIX = "phone "


@dataclass(frozen=True)
class Condition:
    """`lapsed_at` is when the window was made to lapse: what was written before opens none."""

    lapsed_at: str = ""
    no_marketing: bool = False
    hidden_number: str = ""

    def lapsed(self) -> datetime | None:
        """Tell since when the window is lapsed."""
        return datetime.fromisoformat(self.lapsed_at) if self.lapsed_at else None


def of(phone: SimulatedPhone) -> Condition:
    """Look up what is special about a phone."""
    row = SimulatedChaos.objects.filter(pk=_name(phone)).first()
    return Condition(**row.settings) if row else Condition()


def change(phone: SimulatedPhone, **changes: str | bool) -> Condition:
    """Change some of it."""
    condition = Condition(**(asdict(of(phone)) | changes))
    SimulatedChaos.objects.update_or_create(
        pk=_name(phone), defaults={"settings": asdict(condition)}
    )
    return condition


def whose_number(spellings: Sequence[str]) -> SimulatedPhone | None:
    """Find the phone that hides a number."""
    names = SimulatedChaos.objects.filter(
        pk__startswith=PREFIX, settings__hidden_number__in=[s for s in spellings if s]
    ).values_list("pk", flat=True)
    ids = [int(name.removeprefix(PREFIX)) for name in names]
    return SimulatedPhone.objects.filter(pk__in=ids, wa_id=None).first()


def _name(phone: SimulatedPhone) -> str:
    return f"{PREFIX}{phone.pk}"
