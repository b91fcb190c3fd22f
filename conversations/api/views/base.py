"""What every door shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Lower
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated, NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.views import APIView

from conversations.api.problems import DomainError
from conversations.models import Attachment, Conversation, Lead, Meeting, Message, User
from conversations.services.visibility import (
    visible_conversations,
    visible_leads,
    visible_meetings,
    visible_messages,
)


class StaffView(GenericAPIView[Any]):
    """A door for staff. Rows are looked up among those that this person sees, or not found."""

    @property
    def staff(self) -> User:
        """Who asks."""
        user = self.request.user
        if not isinstance(user, User):
            raise NotAuthenticated
        return user

    @cached_property
    def now(self) -> datetime:
        """One clock per request."""
        return timezone.now()

    def get_serializer_context(self) -> dict[str, Any]:
        """Hand the clock to what compares times."""
        return {**super().get_serializer_context(), "now": self.now}

    def checked(self, data: Any = None) -> dict[str, Any]:
        """Read the request by the view's serializer, or answer 400."""
        serializer = self.get_serializer(data=self.request.data if data is None else data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def lead(self, lead_id: UUID) -> Lead:
        """Find a visible lead; of one that was merged say where it is now."""
        rows = lead_rows(visible_leads(self.staff))
        found = rows.filter(pk=lead_id).first()
        if found is None:
            self._refuse(rows, pk__in=Lead.objects.filter(pk=lead_id).values("merged_into"))
        return found

    def conversation(self, conversation_id: UUID) -> Conversation:
        """Find a visible conversation; of one that was merged say where it goes on."""
        rows = conversation_rows(visible_conversations(self.staff))
        found = rows.filter(pk=conversation_id).first()
        if found is None:
            gone = Conversation.objects.filter(pk=conversation_id)
            self._refuse(rows, lead__in=gone.values("lead__merged_into"))
        return found

    def _refuse(self, rows: QuerySet[Any], **kept: Any) -> NoReturn:
        """No edit follows on its own: the caller has to see the kept one first."""
        row = rows.filter(**kept).first()
        if row is None:
            raise NotFound
        extra = {"merged_into": str(row.pk)}
        text = _("It was merged into another one.")
        raise DomainError(text, code="merged", status_code=404, extra=extra)

    def message(self, message_id: UUID) -> Message:
        """Find a visible message."""
        return get_object_or_404(visible_messages(self.staff), pk=message_id)

    def attachment(self, attachment_id: UUID) -> Attachment:
        """Find a file that is here, of a visible message."""
        rows = Attachment.objects.filter(
            message__in=visible_messages(self.staff), state=Attachment.State.STORED
        )
        return get_object_or_404(rows, pk=attachment_id)

    def meeting(self, meeting_id: UUID) -> Meeting:
        """Find a visible meeting."""
        return get_object_or_404(meeting_rows(visible_meetings(self.staff)), pk=meeting_id)


@extend_schema(exclude=True)
class UnknownView(APIView):
    """An address below /api/v1/ that is none: said as a problem document too."""

    http_method_names = ()

    def http_method_not_allowed(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Whatever the method, there is nothing here."""
        raise NotFound


def lead_rows(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """Bring what LeadSerializer shows."""
    own = Conversation.objects.filter(lead=OuterRef("pk")).values("pk")
    return rows.select_related("owner").annotate(conversation_key=Subquery(own))


def conversation_rows(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Bring what ConversationSerializer shows."""
    return rows.select_related("lead__owner")


def message_rows(rows: QuerySet[Message]) -> QuerySet[Message]:
    """Bring what MessageSerializer shows, but for the reactions."""
    siblings = Message.objects.filter(conversation=OuterRef("conversation")).values("pk")
    quoted = siblings.filter(provider_message_id=OuterRef("in_reply_to"))
    target = siblings.filter(provider_message_id=OuterRef("target"))
    files = Prefetch("attachments", Attachment.objects.order_by("created_at", "id"))
    return (
        rows.select_related("staff")
        .prefetch_related(files)
        .annotate(target=KT("content__target"))
        .annotate(reply_to_id=Subquery(quoted[:1]), about_id=Subquery(target[:1]))
    )


def meeting_rows(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Bring what MeetingSerializer shows, and the start to sort by."""
    related = ("lead__owner", "lead__conversation", "salesperson__user")
    return rows.select_related(*related).annotate(starts_at=Lower("during"))
