"""The simulated people: three to begin with, more on request."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from integrations.models import SimulatedPhone
from integrations.simulator import conditions

# Country calling code → the country that begins a business-scoped user id.
COUNTRIES = {
    "1": "US", "34": "ES", "44": "GB", "49": "DE", "51": "PE", "52": "MX", "54": "AR",
    "55": "BR", "56": "CL", "57": "CO", "58": "VE", "502": "GT", "503": "SV", "504": "HN",
    "505": "NI", "506": "CR", "507": "PA", "591": "BO", "593": "EC", "595": "PY", "598": "UY",
}  # fmt: skip
USERNAME = re.compile(r"[a-z0-9._]{3,35}")
SEED = (
    ("Ana Torres", "5215550101234", "MX.10843920175564213", ""),
    ("Jessica Miller", "14155550142", "US.31408857720946615", ""),
    ("Marta R.", None, "AR.77120934418820561", "marta.ruiz"),
)


class PhoneError(ValueError):
    """No such phone can be made; the text says why."""


def seed(*, now: datetime) -> None:
    """Make the three first phones, once."""
    if SimulatedPhone.objects.filter(adopted=False).exists():
        return
    SimulatedPhone.objects.bulk_create(
        [
            SimulatedPhone(
                name=name, wa_id=wa_id, user_id=user_id, username=username, created_at=now
            )
            for name, wa_id, user_id, username in SEED
        ],
        ignore_conflicts=True,
    )


def create(*, name: str, number: str, username: str, now: datetime) -> SimulatedPhone:
    """Make a phone with a number, or with a username and no number to be seen."""
    name, username = name.strip(), username.strip().removeprefix("@").lower()
    wa_id = re.sub(r"\D", "", number)
    if not name:
        raise PhoneError(_("Give the phone a name."))
    if username and not USERNAME.fullmatch(username):
        raise PhoneError(_("A username has 3 to 35 letters a-z, digits, dots or underscores."))
    if not username and not 8 <= len(wa_id) <= 15:
        raise PhoneError(_("Give a phone number with its country code, or a username."))
    if wa_id and SimulatedPhone.objects.filter(wa_id=wa_id).exists():
        raise PhoneError(_("There is a phone with this number already."))
    return SimulatedPhone.objects.create(
        name=name[:80],
        wa_id=wa_id or None,
        user_id=new_user_id(wa_id),
        username=username,
        created_at=now,
    )


def adopt(*, wa_id: str | None, user_id: str | None, now: datetime) -> SimulatedPhone:
    """Make a phone for a recipient that nobody made, for benches."""
    key = {"wa_id": wa_id} if wa_id else {"user_id": user_id or ""}
    values = {
        "name": wa_id or user_id or "",
        "adopted": True,
        "created_at": now,
        "user_id": user_id or new_user_id(wa_id or ""),
    }
    return SimulatedPhone.objects.get_or_create(**key, defaults=values)[0]


def find(*, wa_id: str | None = None, user_id: str | None = None) -> SimulatedPhone | None:
    """Look a recipient up as the network does."""
    if user_id:
        return SimulatedPhone.objects.filter(user_id=user_id).first()
    numbers = spellings(wa_id or "")
    shown = SimulatedPhone.objects.filter(wa_id__in=numbers).first()
    return shown or conditions.whose_number(numbers)


def spellings(wa_id: str) -> list[str]:
    """Give the ways in which one mobile number of Mexico or Argentina is written."""
    for country, infix in (("52", "1"), ("54", "9")):
        if not wa_id.startswith(country):
            continue
        rest = wa_id.removeprefix(country)
        if len(rest) == 10:
            return [wa_id, f"{country}{infix}{rest}"]
        if len(rest) == 11 and rest.startswith(infix):
            return [wa_id, f"{country}{rest[1:]}"]
    return [wa_id]


def new_user_id(wa_id: str) -> str:
    """Make a business-scoped user id of the number's country."""
    country = next((COUNTRIES[wa_id[:n]] for n in (3, 2, 1) if wa_id[:n] in COUNTRIES), "MX")
    return f"{country}.{secrets.randbelow(9 * 10**16) + 10**16}"


def next_revision(phone_id: int) -> int:
    """Count one change of the chat; the phone's row stays locked until the commit."""
    with transaction.atomic():
        SimulatedPhone.objects.filter(pk=phone_id).update(revision=F("revision") + 1)
        return SimulatedPhone.objects.values_list("revision", flat=True).get(pk=phone_id)
