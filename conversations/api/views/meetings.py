"""Meetings: reading, booking, moving and calling off."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.api import repeats
from conversations.api.filters import MeetingFilter
from conversations.api.pagination import ByStart
from conversations.api.problems import DomainError
from conversations.api.serializers.meetings import (
    CancelSerializer,
    MeetingSerializer,
    OutcomeSerializer,
    SlotChoiceSerializer,
    SlotSerializer,
)
from conversations.api.views.base import StaffView, meeting_rows
from conversations.models import Conversation, Meeting, MeetingState
from conversations.services import meetings
from conversations.services.meetings import Booked, BookingStatus
from conversations.services.visibility import visible_conversations, visible_meetings
from integrations import registry

REFUSALS: dict[BookingStatus, tuple[int, str, Promise]] = {
    BookingStatus.TAKEN: (
        409,
        "slot_gone",
        gettext_lazy("Somebody else has this time now; `alternatives` holds others."),
    ),
    BookingStatus.EXPIRED: (
        409,
        "slot_gone",
        gettext_lazy("This time can no longer be booked. Ask for slots again."),
    ),
    BookingStatus.HAS_MEETING: (
        409,
        "has_meeting",
        gettext_lazy("The lead has a meeting already; reschedule that one."),
    ),
    BookingStatus.NO_MEETING: (
        409,
        "meeting_state",
        gettext_lazy("The meeting is not ahead any more."),
    ),
    BookingStatus.LIMIT: (
        409,
        "change_limit",
        gettext_lazy("This lead's meeting was changed three times in a day."),
    ),
    BookingStatus.CANCELLED: (
        409,
        "meeting_state",
        gettext_lazy("The meeting was called off meanwhile."),
    ),
    BookingStatus.UNAVAILABLE: (
        503,
        "calendar_unavailable",
        gettext_lazy("The calendar refused this meeting."),
    ),
}
PENDING = OpenApiResponse(
    MeetingSerializer, "The calendar has not answered yet: the state is `booking`."
)


@extend_schema(tags=["meetings"])
class MeetingList(StaffView, ListAPIView[Meeting]):
    """Meetings."""

    queryset = Meeting.objects.none()
    filterset_class = MeetingFilter
    pagination_class = ByStart

    def get_serializer_class(self) -> type[MeetingSerializer | SlotChoiceSerializer]:
        """A slot's id comes in, meetings go out."""
        return SlotChoiceSerializer if self.request.method == "POST" else MeetingSerializer

    def get_queryset(self) -> QuerySet[Meeting]:
        """Only those that this person sees."""
        return meeting_rows(visible_meetings(self.staff))

    @extend_schema(operation_id="meetings_list")
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read meetings, latest start first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="meetings_create",
        parameters=[repeats.PARAMETER],
        request=SlotChoiceSerializer,
        responses={201: MeetingSerializer, 202: PENDING},
    )
    def post(self, request: Request) -> Response:
        """Book an offered time for the lead of the conversation that it was offered in."""
        slot = self.checked()["slot"]
        chosen = meetings.chosen_slot(slot)
        visible = visible_conversations(self.staff)
        conversation = visible.filter(pk=chosen.conversation_id).first() if chosen else None
        if conversation is None:
            raise ValidationError({"slot": [_("There is no such slot.")]}, "does_not_exist")
        conversation_id = conversation.pk

        def book(request_id: UUID) -> Response:
            booked = meetings.book(
                conversation_id=conversation_id,
                slot_id=slot,
                calendar=registry.calendar(),
                turn_id=request_id,
                turn_index=0,
                now=self.now,
                by=self.staff,
            )
            return _answer(booked, request_id, confirmed=201)

        return repeats.continue_once(request, user=self.staff, conversation=conversation, act=book)


@extend_schema(tags=["meetings"])
class MeetingDetail(StaffView):
    """One meeting."""

    serializer_class = MeetingSerializer

    @extend_schema(operation_id="meetings_retrieve")
    def get(self, _request: Request, meeting_id: UUID) -> Response:
        """Read a meeting."""
        return Response(MeetingSerializer(self.meeting(meeting_id)).data)


@extend_schema(tags=["meetings"])
class MeetingReschedule(StaffView):
    """To another time."""

    serializer_class = SlotChoiceSerializer

    @extend_schema(
        operation_id="meetings_reschedule",
        parameters=[repeats.PARAMETER],
        responses={200: MeetingSerializer, 202: PENDING},
    )
    def post(self, request: Request, meeting_id: UUID) -> Response:
        """Move a meeting to an offered time. The answer is the new meeting, which `replaces` it;
        until the calendar has confirmed, the old one stands."""
        meeting = self.meeting(meeting_id)
        slot = self.checked()["slot"]
        conversation: Conversation = meeting.lead.conversation

        def move(request_id: UUID) -> Response:
            self._require_ahead(meeting, request_id)
            booked = meetings.reschedule(
                conversation_id=conversation.pk,
                slot_id=slot,
                calendar=registry.calendar(),
                turn_id=request_id,
                turn_index=0,
                now=self.now,
                by=self.staff,
            )
            return _answer(booked, request_id, confirmed=200)

        return repeats.continue_once(request, user=self.staff, conversation=conversation, act=move)

    def _require_ahead(self, meeting: Meeting, request_id: UUID) -> None:
        """The service moves whatever the lead has ahead: it must be the one that was named."""
        ahead = meeting.state == MeetingState.CONFIRMED and meeting.during.upper > self.now
        if not ahead and not Meeting.objects.filter(turn_id=request_id).exists():
            raise _refusal(BookingStatus.NO_MEETING)


@extend_schema(tags=["meetings"])
class MeetingCancel(StaffView):
    """Not at all."""

    serializer_class = CancelSerializer

    @extend_schema(operation_id="meetings_cancel", responses=MeetingSerializer)
    def post(self, _request: Request, meeting_id: UUID) -> Response:
        """Call a meeting off; the calendar tells who was invited. Again: changes nothing."""
        meeting = self.meeting(meeting_id)
        comment = self.checked()["comment"]
        if meeting.state != MeetingState.CANCELLED:
            ended = meetings.cancel(
                meeting_id=meeting.pk,
                by=self.staff,
                comment=comment,
                calendar=registry.calendar(),
                now=self.now,
            )
            if ended.status != BookingStatus.CANCELLED:
                raise _refusal(ended.status)
        return _shown(meeting.pk, 200)


@extend_schema(tags=["meetings"])
class MeetingOutcome(StaffView):
    """How it went."""

    serializer_class = OutcomeSerializer

    @extend_schema(operation_id="meetings_note_outcome", responses=MeetingSerializer)
    def post(self, _request: Request, meeting_id: UUID) -> Response:
        """Note that a meeting took place or that the lead did not come; the latest note holds.
        Only once it has begun, and not for one that was called off or moved."""
        meeting = self.meeting(meeting_id)
        outcome = self.checked()["outcome"]
        try:
            meetings.note_outcome(meeting_id=meeting.pk, outcome=outcome, now=self.now)
        except meetings.MeetingStateError as error:
            raise DomainError(
                _("This cannot be said of a meeting in this state or before it begins."),
                code="meeting_state",
            ) from error
        return _shown(meeting.pk, 200)


def _answer(booked: Booked, request_id: UUID, *, confirmed: int) -> Response:
    if booked.meeting is None or booked.status in REFUSALS:
        raise _refusal(booked.status, booked)
    if booked.status == BookingStatus.CONFIRMED:
        return _shown(booked.meeting.id, confirmed)
    if not Meeting.objects.filter(pk=booked.meeting.id, turn_id=request_id).exists():
        raise DomainError(
            _("Another time is being booked for this lead right now."), code="meeting_state"
        )
    return _shown(booked.meeting.id, 202)


def _refusal(status: BookingStatus, booked: Booked | None = None) -> DomainError:
    status_code, code, text = REFUSALS[status]
    alternatives = SlotSerializer(booked.alternatives if booked else (), many=True).data
    extra = {"alternatives": alternatives} if code == "slot_gone" else {}
    return DomainError(text, code=code, status_code=status_code, extra=extra)


def _shown(meeting_id: UUID, status: int) -> Response:
    # Booking may have given an unowned lead to the host: the answer is shown all the same.
    meeting = meeting_rows(Meeting.objects.all()).get(pk=meeting_id)
    return Response(MeetingSerializer(meeting).data, status=status)
