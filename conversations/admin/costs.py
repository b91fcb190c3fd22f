"""What WhatsApp charges, in the words of the thread."""

from __future__ import annotations

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conversations.models import Lead, Message
from conversations.services import prices


def price_text(message: Message) -> str:
    """The category of a message and its cost, so far as known."""
    label = category_label(message.price_category)
    if message.cost is None or not prices.rates():
        return label
    cost = prices.shown(message.cost) if message.cost else _("free of charge")
    return " · ".join(filter(None, (label, cost)))


def category_label(category: str) -> str:
    """Meta's word for a kind of message, in the viewer's language."""
    return {
        "service": _("Service"),
        "utility": _("Utility"),
        "marketing": _("Marketing"),
        "marketing_lite": _("Marketing"),
        "authentication": _("Authentication"),
        "referral_conversion": _("From an ad"),
    }.get(category, category)


def spent_text(lead: Lead) -> str:
    """What was sent to a lead cost so far. One query, or none where no rates are set."""
    if not prices.rates():
        return ""
    priced = Message.objects.filter(conversation__lead=lead, cost__isnull=False)
    found = priced.aggregate(cost=Sum("cost"), count=Count("pk"))
    if not found["count"]:
        return ""
    words = ngettext(
        "%(cost)s for %(count)d message", "%(cost)s for %(count)d messages", found["count"]
    )
    return words % {"cost": prices.shown(found["cost"]), "count": found["count"]}
