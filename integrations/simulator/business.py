"""The business at the other end of the simulated network, as the settings describe it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

from integrations import conf

DISPLAY_PHONE_NUMBER = "525550100100"
# The name of the demo's playbook; a real number brings its own.
VERIFIED_NAME = "Sol y Ahorro"


@dataclass(frozen=True)
class Business:
    """One number of one account, its secrets, and where its webhooks go."""

    phone_number_id: str
    account_id: str
    webhook_url: str
    access_token: str = field(repr=False)
    app_secret: str = field(repr=False)


def business() -> Business:
    """Read it anew each time, so that tests may change it."""
    ours = conf.whatsapp()
    return Business(
        phone_number_id=ours.phone_number_id,
        account_id=ours.business_account_id,
        webhook_url=conf.simulator_webhook(),
        access_token=ours.access_token,
        app_secret=ours.app_secrets[0] if ours.app_secrets else "",
    )


def new_wamid() -> str:
    """Make a message id as opaque as the real ones."""
    return "wamid." + base64.b64encode(secrets.token_bytes(24)).decode()
