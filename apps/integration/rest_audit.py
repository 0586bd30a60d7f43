"""The audit record of a force, as an outsider can verify it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

from channels.db import database_sync_to_async
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.integration.base import ApiView
from apps.integration.data import Scope
from apps.integration.serializers_reading import ExportQuery

LINES = "application/x-ndjson"


class LinesRenderer(JSONRenderer):
    """So that JSON lines can be asked for. What is rendered is only ever a problem."""

    media_type = LINES
    format = "ndjson"


class AuditExport(ApiView):
    scopes: ClassVar = {"get": Scope.AUDIT_EXPORT}
    renderer_classes: ClassVar = [LinesRenderer, JSONRenderer]

    @extend_schema(
        operation_id="export_audit",
        parameters=[ExportQuery],
        responses={(200, LINES): OpenApiTypes.STR},
        tags=["audit"],
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The whole chain with its anchors, one JSON object a line, without the names of people. Each export
        is on record."""
        asked = self.query(ExportQuery)
        export = audit.begin_export(
            kind=audit.ExportKind.CHAIN,
            filters=audit.Filters(),
            reason=asked["reason"],
            actor=self.actor,
            now=utc_now(),
            by_standing_token=True,
        )
        return StreamingHttpResponse(_streamed(audit.chunks(export)), content_type=LINES)


async def _streamed(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """One chunk after the other, each in a thread of its own: no connection is kept while somebody reads."""
    following = database_sync_to_async(lambda: next(chunks, None), thread_sensitive=False)
    while (chunk := await following()) is not None:
        yield chunk
