"""The inbox: every conversation, who holds it, and who waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from conversations.admin import badges, notice, template_picker, thread_views
from conversations.admin.addresses import thread_url
from conversations.admin.base import CrmAdmin, Page, staff_of
from conversations.admin.bubbles import kind_label, last_words
from conversations.admin.filters import (
    CLOSING,
    AnsweredByFilter,
    AttentionFilter,
    LeadOwnerFilter,
    WindowFilter,
    waiting_for_staff,
)
from conversations.models import BY_CHOICE, Author, Conversation, HandoffReason, Message, Mode
from conversations.services import fact_proposals, meeting_conflicts, proposals
from conversations.services.lead_search import newest_ids_matching
from conversations.services.visibility import (
    visible_conversations,
    visible_leads,
    visible_meetings,
)
from integrations.messaging import MessageKind

SHOWN_WAITING = 10


class InboxList(ChangeList):
    """Rows open the thread."""

    def url_for_result(self, result: Any) -> str:
        """Give the address of the thread page."""
        return thread_url(result.pk)


@admin.register(Conversation)
class ConversationAdmin(CrmAdmin[Conversation]):
    """The inbox and, per conversation, its thread."""

    list_display = ("lead_and_words", "answered_by", "unread", "lead_state", "owner", "window")
    list_filter = (AttentionFilter, ("mode", AnsweredByFilter), WindowFilter, LeadOwnerFilter)
    list_select_related = ("lead", "lead__owner")
    ordering = ("-last_message_at", "-id")
    search_fields = ("lead__name",)
    search_help_text = gettext_lazy("Name, phone, e-mail or company")
    actions = None

    def pages(self) -> list[Page]:
        """The thread, its live fragment, its buttons and its files."""
        pages: list[Page] = [
            ("thread/", thread_views.show, "thread"),
            ("thread/fragment/", thread_views.fragment, "fragment"),
            ("thread/<slug:action>/", thread_views.act, "act"),
            ("template/", template_picker.pick, "template"),
            ("attachment/<uuid:attachment_id>/", thread_views.attachment, "attachment"),
        ]
        return [
            (f"<uuid:conversation_id>/{tail}", partial(view, self), name)
            for tail, view, name in pages
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Keep what the viewer may see."""
        rows = visible_conversations(staff_of(request))
        return rows.annotate(to_decide=fact_proposals.waiting_about("lead")).order_by(
            *self.ordering
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Use rows that open the thread."""
        return InboxList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        """Find leads first: a search over the join would read both tables."""
        if not search_term.strip():
            return queryset, False
        found = newest_ids_matching(visible_leads(staff_of(request)), search_term)
        return queryset.filter(lead_id__in=found), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Put those who wait for a person above the list."""
        rows = _with_last_words(waiting_for_staff(self.get_queryset(request)))
        waiting = [
            _waiting_line(row, timezone.now())
            for row in rows.select_related("lead").order_by("handoff_at", "id")[:SHOWN_WAITING]
        ]
        context = {
            "title": _("Inbox"),
            "waiting": waiting,
            "conflict_count": proposals.open_count(staff_of(request)),
            "meetings_to_see": visible_meetings(staff_of(request))
            .filter(meeting_conflicts.OPEN)
            .count(),
            "failed_notices": notice.failures_for(staff_of(request)),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A conversation is its thread."""
        conversation = self.get_object(request, object_id)
        if conversation is None:
            raise Http404
        return redirect(thread_url(conversation.pk))

    @admin.display(description=gettext_lazy("lead"))
    def lead_and_words(self, row: Conversation) -> SafeString:
        """Who, what they or we said last, and when."""
        ago = badges.moment(row.last_message_at, now=timezone.now())
        words = format_html("{} · {}", ago, last_words(row) or "–")
        if not getattr(row, "to_decide", False):
            return badges.two_lines(row.lead, words)
        note = badges.badge(_("Answer to decide"), "amber")
        return badges.two_lines(format_html("{} {}", row.lead, note), words)

    @admin.display(description=gettext_lazy("answered by"))
    def answered_by(self, row: Conversation) -> SafeString:
        """Agent, or staff with the reason and since when."""
        if row.mode == Mode.BOT:
            who = badges.badge(row.get_mode_display(), "violet")
            listen = badges.badge(_("Voice note to listen to"), "amber")
            return format_html("{} {}", who, listen) if row.handoff_at else who
        reason = dict(HandoffReason.choices).get(row.handoff_reason, "")
        since = badges.moment(row.handoff_at, now=timezone.now()) or ""
        tone = "grey" if row.handoff_reason in _QUIET else "amber"
        parts = [(badges.badge(row.get_mode_display(), tone),), (reason,), (since,)]
        return format_html_join(" ", "{}", (part for part in parts if part[0]))

    @admin.display(description=gettext_lazy("unread"), empty_value="")
    def unread(self, row: Conversation) -> SafeString | None:
        """How many messages nobody opened."""
        return badges.badge(row.unread_count, "red") if row.unread_count > 0 else None

    @admin.display(description=gettext_lazy("stage"))
    def lead_state(self, row: Conversation) -> SafeString:
        """Stage and temperature, and first of all that we may not write."""
        stage = badges.stage_badge(row.lead.stage)
        temperature = badges.temperature_badge(row.lead.temperature)
        return format_html("{} {} {}", badges.opted_out_badge(row.lead), stage, temperature)

    @admin.display(description=gettext_lazy("owner"))
    def owner(self, row: Conversation) -> str | None:
        """Whose lead it is."""
        return badges.name_of(row.lead.owner)

    @admin.display(description=gettext_lazy("window"))
    def window(self, row: Conversation) -> SafeString | str:
        """How long WhatsApp still lets us write."""
        now = timezone.now()
        if row.window_expires_at is None or row.window_expires_at <= now:
            return badges.badge(_("Closed"))
        left = row.window_expires_at - now
        text = badges.countdown_text(left)
        return badges.badge(text, "amber") if left <= CLOSING else text


_QUIET = ("", *BY_CHOICE)


def _with_last_words(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """What the lead wrote last: a conversation's own last words may be the agent's goodbye."""
    said = Message.objects.filter(conversation=OuterRef("pk"), author=Author.LEAD).exclude(
        kind=MessageKind.SYSTEM
    )
    last = said.order_by("-number")
    return rows.annotate(
        lead_text=Subquery(last.values("text")[:1]), lead_kind=Subquery(last.values("kind")[:1])
    )


def _waiting_line(row: Conversation, now: datetime) -> dict[str, Any]:
    return {
        "url": thread_url(row.pk),
        "name": str(row.lead),
        "reason": row.get_handoff_reason_display(),
        "just_now": row.handoff_at is not None and now - row.handoff_at < timedelta(minutes=1),
        "since": badges.moment(row.handoff_at, now=now),
        "words": getattr(row, "lead_text", "") or kind_label(getattr(row, "lead_kind", "") or ""),
    }
