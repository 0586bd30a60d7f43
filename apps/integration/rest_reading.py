"""Notices and records: what the public or a scrutiny body reads, for a system of the force."""

from __future__ import annotations

import re
from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, RuleViolated
from apps.core.paging import Position
from apps.integration.base import ApiView
from apps.integration.data import Scope
from apps.integration.operations import note_read
from apps.integration.serializers_reading import (
    NoticeListSerializer,
    NoticeQuery,
    NoticeSerializer,
    PageQuery,
    RecordListSerializer,
    RecordSerializer,
    notice_json,
    record_row_json,
)
from apps.notices import api as notices
from apps.notices.data import NoticeStatus
from apps.scrutiny import api as scrutiny

REFERENCE = re.compile(r"[A-Za-z0-9-]{3,40}")


class Notices(ApiView):
    scopes: ClassVar = {"get": Scope.NOTICES_READ}

    @extend_schema(
        operation_id="list_notices",
        parameters=[NoticeQuery],
        responses=NoticeListSerializer,
        tags=["notices"],
    )
    def get(self, request: Request) -> Response:
        """The published notices of the force, the latest window first."""
        asked = self.query(NoticeQuery)
        found, following = notices.published_page(
            force_id=self.actor.force_id,
            before=_position(asked.get("cursor")),
            limit=asked["limit"],
            status=NoticeStatus(asked["status"]) if "status" in asked else None,
            starts_from=asked.get("starts_from"),
            starts_before=asked.get("starts_before"),
        )
        items = [notice_json(notice) for notice in found]
        return Response({"items": items, "next": None if following is None else str(following)})


def _position(cursor: str | None) -> Position | None:
    try:
        return None if cursor is None else Position.parse(cursor)
    except (ValueError, OverflowError) as broken:
        raise RuleViolated(["There is no such page. Go back to the first one."], code="page") from broken


class Notice(ApiView):
    scopes: ClassVar = {"get": Scope.NOTICES_READ}

    @extend_schema(operation_id="read_notice", responses=NoticeSerializer, tags=["notices"])
    def get(self, request: Request, deployment_id: UUID) -> Response:
        """The notice of a deployment; for a system that plans, also before it is published."""
        notice = notices.get_for_deployment(deployment_id=deployment_id)
        if notice.content is None and not self.actor.has(Role.PLANNER):
            raise NotFound("there is no published notice for this deployment")
        return Response(notice_json(notice))


class Records(ApiView):
    scopes: ClassVar = {"get": Scope.RECORDS_READ}

    @extend_schema(
        operation_id="list_records", parameters=[PageQuery], responses=RecordListSerializer, tags=["records"]
    )
    def get(self, request: Request) -> Response:
        """The deployments that an officer has decided on, the latest window first."""
        asked = self.query(PageQuery)
        page = scrutiny.record_list(
            before=asked.get("cursor"),
            limit=asked["limit"],
            starts_from=asked.get("starts_from"),
            starts_before=asked.get("starts_before"),
        )
        return Response({"items": [record_row_json(row) for row in page.rows], "next": page.older})


class Record(ApiView):
    scopes: ClassVar = {"get": Scope.RECORDS_READ}

    @extend_schema(operation_id="read_record", responses=RecordSerializer, tags=["records"])
    def get(self, request: Request, reference: str) -> Response:
        """The record of one deployment. That it was taken out is on record."""
        if not REFERENCE.fullmatch(reference):
            raise NotFound("nothing else can be a reference, and the database takes no NUL")
        record = scrutiny.record_by_reference(reference=reference, named=False)
        note_read(
            "record", record.deployment_id, {"reference": record.reference}, actor=self.actor, now=utc_now()
        )
        return Response(scrutiny.as_json(record))
