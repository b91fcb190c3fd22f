"""What came from providers, byte for byte, and whether our number may send.

It lies here and not in `integrations`, which may not know the service that replays a delivery.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conversations.admin import badges, delivery_words
from conversations.admin.base import NOTHING, Page, TechnicalAdmin
from conversations.services import deliveries
from conversations.services.inbound import Pace
from integrations.models import ChannelState, WebhookDelivery

SHOWN_BYTES = 200_000
SHOWN_PROBLEMS = 20
DELIVERY_TONES = {
    WebhookDelivery.State.PROCESSED: "green",
    WebhookDelivery.State.PARTIAL: "amber",
    WebhookDelivery.State.REJECTED: "red",
}


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(TechnicalAdmin[WebhookDelivery]):
    """Every POST, and handling one again."""

    list_display = ("number", "received", "state_shown", "counts_shown", "problems_shown")
    list_filter = ("state",)
    ordering = ("-received_at", "-id")
    actions = ("replay",)
    fields = (
        "received_at",
        "provider",
        "state_shown",
        "counts_shown",
        "problems_shown",
        "replayed_at",
        "body_shown",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Leave up to 3.5 MB per row in the database until one row is opened."""
        return super().get_queryset(request).defer("body")

    def pages(self) -> list[Page]:
        """The button."""
        return [("<int:delivery_id>/replay/", self.replay_view, "replay")]

    def replay_view(self, request: HttpRequest, delivery_id: int) -> HttpResponse:
        """Handle one again and go back to it: for whom the list's action is."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not self.get_queryset(request).filter(pk=delivery_id).exists():
            raise Http404
        self._replay(request, [delivery_id])
        return redirect("admin:integrations_webhookdelivery_change", delivery_id)

    @admin.action(description=_("Replay the selected deliveries"), permissions=["view"])
    def replay(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        """Handle each again; what is stored already stays as it is."""
        ids = queryset.order_by("received_at", "id").values_list("pk", flat=True)
        self._replay(request, list(ids))

    def _replay(self, request: HttpRequest, ids: Sequence[int]) -> None:
        pace = Pace(after_last=timedelta(seconds=settings.AGENT_DEBOUNCE_SECONDS))
        for delivery_id in ids:
            deliveries.replay(delivery_id=delivery_id, pace=pace, now=timezone.now())
        text = ngettext("%(count)d delivery replayed.", "%(count)d deliveries replayed.", len(ids))
        messages.success(request, text % {"count": len(ids)})

    @admin.display(description=_("number"))
    def number(self, row: WebhookDelivery) -> str:
        """Its name."""
        return str(row)

    @admin.display(description=_("received at"))
    def received(self, row: WebhookDelivery) -> SafeString | None:
        """How long ago."""
        return badges.moment(row.received_at, now=timezone.now())

    @admin.display(description=_("state"))
    def state_shown(self, row: WebhookDelivery) -> SafeString:
        """State as a badge."""
        tone = DELIVERY_TONES.get(WebhookDelivery.State(row.state), "grey")
        return badges.badge(row.get_state_display(), tone)

    @admin.display(description=_("counts"))
    def counts_shown(self, row: WebhookDelivery) -> SafeString | str:
        """What was in it."""
        texts = ((text,) for text in delivery_words.counts_text(row.counts))
        return format_html_join(" ", '<span class="count">{}</span>', texts) or NOTHING

    @admin.display(description=_("problems"))
    def problems_shown(self, row: WebhookDelivery) -> SafeString | str:
        """What could not be understood, and where in the body."""
        texts = delivery_words.problems_text(row.problems, most=SHOWN_PROBLEMS)
        lines = ((text,) for text in texts)
        return format_html_join("", '<span class="cell-second">{}</span>', lines) or NOTHING

    @admin.display(description=_("body"))
    def body_shown(self, row: WebhookDelivery) -> SafeString:
        """The bytes as text, indented when they are JSON."""
        return format_html('<pre class="raw" tabindex="0">{}</pre>', body_text(bytes(row.body)))


@admin.register(ChannelState)
class ChannelStateAdmin(TechnicalAdmin[ChannelState]):
    """Why a number pauses."""

    list_display = ("channel", "paused_until", "reason", "error_code", "failures", "updated_at")
    ordering = ("channel",)
    actions = None


def body_text(body: bytes) -> str:
    """Decode what anybody may have sent, so that it can be read and never runs."""
    text = body[:SHOWN_BYTES].decode("utf-8", errors="replace")
    if len(body) > SHOWN_BYTES:
        return f"{text}…"
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
