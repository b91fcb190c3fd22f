"""The ads that a simulated person may click, with the texts they prefill."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Ad:
    """A click-to-WhatsApp ad."""

    key: str
    source_id: str
    headline: str
    body: str
    prefilled: str

    def referral(self) -> dict[str, Any]:
        """Give what Meta attaches to the first message after a click; every click has its id."""
        return {
            "source_url": f"https://fb.me/{self.source_id[-9:]}",
            "source_id": self.source_id,
            "source_type": "ad",
            "headline": self.headline,
            "body": self.body,
            "media_type": "image",
            "image_url": "https://scontent.xx.fbcdn.net/v/simulated.jpg",
            "ctwa_clid": "ARA" + secrets.token_urlsafe(72),
            "welcome_message": {"text": _("Hello! How can we help you?")},
        }


def all_ads() -> list[Ad]:
    """Give the ads in the language of the request."""
    return [
        Ad(
            "home",
            "120226305854810999",
            _("Pay less for power with solar panels"),
            _("We study your bill, free of charge"),
            _("Hi, I saw your ad and would like more information."),
        ),
        Ad(
            "business",
            "120226305854811042",
            _("Solar power for your business"),
            _("Tell us what you pay, we design the rest."),
            _("Hi! How much is it?"),
        ),
    ]


def find(key: str) -> Ad | None:
    """Look an ad up by its key."""
    return next((ad for ad in all_ads() if ad.key == key), None)
