"""What is special about one phone: its window has lapsed, it wants no marketing, it hid its number.

Kept beside the ordered trouble, in a row of its own for each phone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from integrations.models import SimulatedChaos, SimulatedPhone


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


def _name(phone: SimulatedPhone) -> str:
    return f"phone {phone.pk}"
