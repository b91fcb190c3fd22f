"""Addresses below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from conversations.api.views import (
    attachments,
    base,
    conversations,
    facts,
    follow_ups,
    leads,
    meetings,
    merges,
    messages,
    staff,
    templates,
)

CONVERSATION = "conversations/<uuid:conversation_id>"
MESSAGE = "messages/<uuid:message_id>"
MEETING = "meetings/<uuid:meeting_id>"

urlpatterns: list[URLPattern] = [
    path("me", staff.Me.as_view()),
    path("users", staff.UserList.as_view()),
    path("leads", leads.LeadList.as_view()),
    path("leads/<uuid:lead_id>", leads.LeadDetail.as_view()),
    path("leads/<uuid:lead_id>/facts", facts.FactList.as_view()),
    path("leads/<uuid:lead_id>/facts/<slug:key>", facts.FactDetail.as_view()),
    path("leads/<uuid:lead_id>/fact-history", facts.FactHistory.as_view()),
    path("leads/<uuid:lead_id>/fact-proposals", facts.FactProposalList.as_view()),
    path("fact-proposals/<uuid:proposal_id>/accept", facts.AcceptProposal.as_view()),
    path("fact-proposals/<uuid:proposal_id>/dismiss", facts.DismissProposal.as_view()),
    path("leads/<uuid:lead_id>/merges", merges.LeadMerges.as_view()),
    path("leads/<uuid:lead_id>/different", merges.LeadDifferent.as_view()),
    path("proposals", merges.ProposalList.as_view()),
    path("merges/<uuid:merge_id>/undo", merges.MergeUndo.as_view()),
    path("conversations", conversations.ConversationList.as_view()),
    path(CONVERSATION, conversations.ConversationDetail.as_view()),
    path(f"{CONVERSATION}/takeover", conversations.TakeOver.as_view()),
    path(f"{CONVERSATION}/release", conversations.Release.as_view()),
    path(f"{CONVERSATION}/read", conversations.MarkRead.as_view()),
    path(f"{CONVERSATION}/follow-ups", follow_ups.FollowUpList.as_view()),
    path("follow-ups/<uuid:follow_up_id>/cancel", follow_ups.FollowUpCancel.as_view()),
    path(f"{CONVERSATION}/slots", conversations.SlotList.as_view()),
    path(f"{CONVERSATION}/messages", messages.MessageList.as_view()),
    path(f"{CONVERSATION}/files", messages.MessageFile.as_view()),
    path(f"{CONVERSATION}/templates", templates.ConversationTemplates.as_view()),
    path("templates", templates.TemplateList.as_view()),
    path(f"{MESSAGE}/retry", messages.MessageRetry.as_view()),
    path(f"{MESSAGE}/discard", messages.MessageDiscard.as_view()),
    path(
        "attachments/<uuid:attachment_id>",
        attachments.AttachmentFile.as_view(),
        name="api-attachment",
    ),
    path("meetings", meetings.MeetingList.as_view()),
    path(MEETING, meetings.MeetingDetail.as_view()),
    path(f"{MEETING}/reschedule", meetings.MeetingReschedule.as_view()),
    path(f"{MEETING}/cancel", meetings.MeetingCancel.as_view()),
    path(f"{MEETING}/outcome", meetings.MeetingOutcome.as_view()),
    re_path("", base.UnknownView.as_view()),
]
