"""Leads' files."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from conversations import downloads
from conversations.api.views.base import StaffView


class AnyTypeRenderer(JSONRenderer):
    """Lets clients ask for the type of the file; only problems are rendered."""

    media_type = "*/*"


@extend_schema(tags=["messages"])
class AttachmentFile(StaffView):
    """One file, as its sender sent it."""

    renderer_classes = (AnyTypeRenderer,)

    @extend_schema(
        operation_id="attachments_download",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, attachment_id: UUID) -> HttpResponseBase:
        """Download a file, or the part that `Range` asks for.

        Images, sounds and videos come with their own type, all others as bytes.
        """
        row = self.attachment(attachment_id)
        try:
            return downloads.file_response(request, row, inline=False)
        except FileNotFoundError as error:
            raise NotFound from error
