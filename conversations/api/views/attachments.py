"""Leads' files."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from conversations.api.views.base import StaffView
from conversations.services import file_safety


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
    def get(self, _request: Request, attachment_id: UUID) -> FileResponse:
        """Download a file; images and sounds come with their own type, all others as bytes."""
        row = self.attachment(attachment_id)
        safe = file_safety.handover(
            filename=row.filename, mime_type=row.mime_type, fallback=f"{row.pk}"
        )
        try:
            body = row.file.open("rb")
        except FileNotFoundError as error:
            raise NotFound from error
        return FileResponse(
            body,
            as_attachment=True,
            filename=safe.filename,
            content_type=safe.content_type,
            headers=dict(safe.headers),
        )
