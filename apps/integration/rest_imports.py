"""Importing a list: faces go in, counts and reasons come out. No seal and no acceptance is here."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.clock import utc_now
from apps.core.errors import NotFound
from apps.deployments import api as deployments
from apps.integration.base import ApiView
from apps.integration.data import Scope
from apps.integration.operations import note_read
from apps.integration.serializers_conflicts import ConflictsSerializer, conflicts_json
from apps.integration.serializers_deployments import plain
from apps.integration.serializers_imports import (
    ConfirmSerializer,
    ImportSerializer,
    MoreSerializer,
    NothingSerializer,
    UploadSerializer,
    import_json,
)
from apps.watchlists import api as watchlists
from apps.watchlists.data import ImportJobData, UploadedList

IMPORT = Scope.WATCHLIST_IMPORT


class ImportView(ApiView):
    """What the views of imports share."""

    def job(self, deployment_id: UUID, job_id: UUID, *, with_report: bool = False) -> ImportJobData:
        """Raises NotFound, also for an upload of another deployment."""
        job = watchlists.get_import(job_id=job_id, with_report=with_report)
        if job.deployment_id != deployment_id:
            raise NotFound("there is no such upload of this deployment")
        return job


class Imports(ImportView):
    scopes: ClassVar = {"post": IMPORT}
    parser_classes: ClassVar = [MultiPartParser]

    @extend_schema(
        operation_id="begin_import",
        request={"multipart/form-data": UploadSerializer},
        responses={202: ImportSerializer},
        tags=["watchlist import"],
    )
    def post(self, request: Request, deployment_id: UUID) -> Response:
        """Upload a list, which is kept encrypted and checked in the background."""
        sent = self.sent(UploadSerializer)
        upload = UploadedList(
            csv=sent.get("csv"),
            archive=sent.get("archive"),
            pictures=[(each.name, each) for each in sent["pictures"]],
        )

        def begin() -> tuple[int, Any]:
            job = deployments.begin_import(
                deployment_id=deployment_id, upload=upload, actor=self.actor, now=utc_now()
            )
            return 202, plain(ImportSerializer, import_json(job))

        answer = self.once(begin)
        answer["Location"] = f"{request.path}{answer.data['id']}/"
        return answer


class Import(ImportView):
    scopes: ClassVar = {"get": IMPORT}

    @extend_schema(operation_id="read_import", responses=ImportSerializer, tags=["watchlist import"])
    def get(self, request: Request, deployment_id: UUID, job_id: UUID) -> Response:
        """How far it is, and once it is checked, why each refused row is refused."""
        job = self.job(deployment_id, job_id, with_report=True)
        if job.report is not None:
            note_read(
                "import_report", deployment_id, {"job_id": str(job_id)}, actor=self.actor, now=utc_now()
            )
        return Response(plain(ImportSerializer, import_json(job)))


class MorePictures(ImportView):
    scopes: ClassVar = {"post": IMPORT}
    parser_classes: ClassVar = [MultiPartParser]

    @extend_schema(
        operation_id="extend_import",
        request={"multipart/form-data": MoreSerializer},
        responses={202: ImportSerializer},
        tags=["watchlist import"],
    )
    def post(self, request: Request, deployment_id: UUID, job_id: UUID) -> Response:
        """Further pictures for an upload that is not confirmed: those that its rows name and that are missing
        or were refused. It is checked again; what was looked at before is not looked at again."""
        sent = self.sent(MoreSerializer)
        self.job(deployment_id, job_id)
        upload = UploadedList(
            archive=sent.get("archive"), pictures=[(each.name, each) for each in sent["pictures"]]
        )

        def extend() -> tuple[int, Any]:
            job = deployments.add_pictures(
                deployment_id=deployment_id, job_id=job_id, upload=upload, actor=self.actor, now=utc_now()
            )
            return 202, plain(ImportSerializer, import_json(job))

        return self.once(extend)


class Conflicts(ImportView):
    scopes: ClassVar = {"get": IMPORT}

    @extend_schema(
        operation_id="read_import_conflicts", responses=ConflictsSerializer, tags=["watchlist import"]
    )
    def get(self, request: Request, deployment_id: UUID, job_id: UUID) -> Response:
        """What a person has to decide before an upload can be imported: who somebody is, and which of two
        rows stays. A system reads it and shows people the way; it never decides."""
        job = self.job(deployment_id, job_id, with_report=True)
        items = watchlists.open_items(job_id=job_id, actor=self.actor)
        if items.faces or items.pictures:
            counts = {"faces": len(items.faces), "pictures": len(items.pictures), "job_id": str(job_id)}
            note_read("import_conflicts", deployment_id, counts, actor=self.actor, now=utc_now())
        return Response(plain(ConflictsSerializer, conflicts_json(job, items)))


class Confirmation(ImportView):
    scopes: ClassVar = {"post": IMPORT}
    parser_classes: ClassVar = [JSONParser]

    @extend_schema(
        operation_id="confirm_import",
        request=ConfirmSerializer,
        responses={202: ImportSerializer},
        tags=["watchlist import"],
    )
    def post(self, request: Request, deployment_id: UUID, job_id: UUID) -> Response:
        """Import what was checked. Pictures with a warning never come onto a list in this way, and while a
        person has something to decide (see the conflicts) it is refused with 409, waits-for-person."""
        sent = self.sent(ConfirmSerializer)
        self.job(deployment_id, job_id)

        def confirm() -> tuple[int, Any]:
            job = deployments.confirm_import(
                job_id=job_id,
                accept_refusals=sent["without_refused"],
                accept_warnings=False,
                actor=self.actor,
                now=utc_now(),
            )
            return 202, plain(ImportSerializer, import_json(job))

        return self.once(confirm)


class Discarding(ImportView):
    scopes: ClassVar = {"post": IMPORT}

    @extend_schema(
        operation_id="discard_import",
        request=NothingSerializer,
        responses=ImportSerializer,
        tags=["watchlist import"],
    )
    def post(self, request: Request, deployment_id: UUID, job_id: UUID) -> Response:
        """Destroy an upload that is not a list yet."""
        self.sent(NothingSerializer)
        self.job(deployment_id, job_id)

        def discard() -> tuple[int, Any]:
            job = deployments.discard_import(job_id=job_id, actor=self.actor, now=utc_now())
            return 200, plain(ImportSerializer, import_json(job))

        return self.once(discard)
