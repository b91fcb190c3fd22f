"""Who a provider speaks of, by every name it gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class IdentityKind(StrEnum):
    """How a provider names a person; a lead has any number of these as aliases."""

    BSUID = "bsuid"
    PARENT_BSUID = "parent_bsuid"
    PHONE = "phone"


@dataclass(frozen=True)
class Sender:
    """Who wrote, by every alias the payload gave. At least one of the three ids is set.

    `phone` is the provider's own spelling (digits, no plus): it is the address to send to.
    """

    bsuid: str | None = None
    parent_bsuid: str | None = None
    phone: str | None = None
    profile_name: str = ""
    username: str = ""

    @property
    def key(self) -> str:
        """The strongest id: BSUID first, then phone, then parent."""
        return self.bsuid or self.phone or self.parent_bsuid or ""


@dataclass(frozen=True)
class IdentityChange:
    """A person got a new phone number or a new BSUID; all ids name the same person."""

    previous: Sender
    current: Sender


@dataclass(frozen=True)
class Address:
    """Where to send: the phone in the provider's spelling, else the BSUID."""

    phone: str | None = None
    bsuid: str | None = None
