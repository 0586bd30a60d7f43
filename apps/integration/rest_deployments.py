"""Deployments: list, read, draft, change, submit, cancel. Each is one call to an operation of the pages."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DeploymentState
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.integration.base import ApiView
from apps.integration.data import Scope
from apps.integration.plans import authority_of, deployment_json, plan_json, row_json
from apps.integration.problems import Refused
from apps.integration.serializers_deployments import (
    CameraListSerializer,
    CancelSerializer,
    ChangeSerializer,
    DeploymentListSerializer,
    DeploymentSerializer,
    DraftSerializer,
    ListQuery,
    PlanSerializer,
    SubmitSerializer,
    plain,
)

READ, WRITE = Scope.DEPLOYMENTS_READ, Scope.DEPLOYMENTS_WRITE
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the plan that was read.",
)


class DeploymentView(ApiView):
    """What the views of deployments share."""

    @property
    def force(self) -> ForceData:
        return forces.get_force(force_id=self.caller.token.force_id)

    def shown(self, deployment: DeploymentData) -> Any:
        return plain(DeploymentSerializer, deployment_json(deployment, force=self.force, now=utc_now()))


class Cameras(ApiView):
    scopes: ClassVar = {"get": READ}

    @extend_schema(operation_id="list_cameras", responses=CameraListSerializer, tags=["deployments"])
    def get(self, request: Request) -> Response:
        """The registered cameras of the force, which a plan names by id."""
        found = [{"id": camera.id, "name": camera.name} for camera in deployments.list_cameras()]
        return Response(plain(CameraListSerializer, {"items": found}))


class Deployments(DeploymentView):
    scopes: ClassVar = {"get": READ, "post": WRITE}

    @extend_schema(
        operation_id="list_deployments",
        parameters=[ListQuery],
        responses=DeploymentListSerializer,
        tags=["deployments"],
    )
    def get(self, request: Request) -> Response:
        """The deployments of the force, the latest window first."""
        asked = self.query(ListQuery)
        page = deployments.list_page(
            states=[DeploymentState(asked["state"])] if "state" in asked else None,
            starts_from=asked.get("starts_from"),
            starts_before=asked.get("starts_before"),
            before=asked.get("cursor"),
            limit=asked["limit"],
        )
        found = {"items": [row_json(each) for each in page.items], "next": page.before}
        return Response(plain(DeploymentListSerializer, found))

    @extend_schema(
        operation_id="draft_deployment",
        request=DraftSerializer,
        responses={201: DeploymentSerializer},
        tags=["deployments"],
    )
    def post(self, request: Request) -> Response:
        """Draft a plan, however incomplete."""
        sent = self.sent(DraftSerializer)

        def draft() -> tuple[int, Any]:
            drafted = deployments.start_plan(
                authority=authority_of(sent, force=self.force),
                publish_at=sent["publish_at"],
                actor=self.actor,
                now=utc_now(),
            )
            return 201, self.shown(drafted)

        answer = self.once(draft)
        answer["Location"] = f"{request.path}{answer.data['id']}/"
        return answer


class Deployment(DeploymentView):
    scopes: ClassVar = {"get": READ}

    @extend_schema(operation_id="read_deployment", responses=DeploymentSerializer, tags=["deployments"])
    def get(self, request: Request, deployment_id: UUID) -> Response:
        """One deployment with its plan."""
        return Response(self.shown(deployments.get(deployment_id=deployment_id)))


class Plan(DeploymentView):
    scopes: ClassVar = {"get": READ, "patch": WRITE}

    @extend_schema(
        operation_id="read_plan",
        responses={200: OpenApiResponse(PlanSerializer, "The plan. Its ETag is its version.")},
        tags=["deployments"],
    )
    def get(self, request: Request, deployment_id: UUID) -> Response:
        """The plan by itself, with its version as ETag."""
        return self._plan(deployments.get(deployment_id=deployment_id))

    @extend_schema(
        operation_id="change_plan",
        request=ChangeSerializer(partial=True),
        parameters=[IF_MATCH],
        responses=PlanSerializer,
        tags=["deployments"],
    )
    def patch(self, request: Request, deployment_id: UUID) -> Response:
        """Change what is sent, of the very version that was read: nobody's change is overwritten unseen."""
        version = self._version()
        sent = self.sent(ChangeSerializer, partial=True)
        before = deployments.get(deployment_id=deployment_id)
        saved = deployments.save_plan(
            deployment_id=deployment_id,
            authority=authority_of(sent, force=self.force, before=before.authority),
            publish_at=sent.get("publish_at", before.publish_at),
            version=version,
            reason=sent.get("reason", ""),
            accept_voiding=sent.get("accept_voiding", False),
            actor=self.actor,
            now=utc_now(),
        )
        return self._plan(saved)

    def _version(self) -> str:
        """The version that the client means. Raises Refused."""
        sent = self.request.headers.get("If-Match", "").strip()
        if not sent:
            raise Refused(428, "version_missing", "Send the ETag of the plan that you read as If-Match.")
        return sent[1:-1] if len(sent) > 1 and sent[0] == sent[-1] == '"' else ""

    def _plan(self, deployment: DeploymentData) -> Response:
        found = plain(PlanSerializer, plan_json(deployment))
        return Response(found, headers={"ETag": f'"{found["version"]}"'})


class Submission(DeploymentView):
    scopes: ClassVar = {"post": WRITE}

    @extend_schema(
        operation_id="submit_deployment",
        request=SubmitSerializer,
        responses=DeploymentSerializer,
        tags=["deployments"],
    )
    def post(self, request: Request, deployment_id: UUID) -> Response:
        """Put the plan that was read to an Authorising Officer."""
        sent = self.sent(SubmitSerializer)

        def submit() -> tuple[int, Any]:
            submitted = deployments.submit_plan(
                deployment_id=deployment_id,
                version=sent["version"],
                answer=sent["answer"],
                actor=self.actor,
                now=utc_now(),
            )
            return 200, self.shown(submitted)

        return self.once(submit)


class Cancellation(DeploymentView):
    scopes: ClassVar = {"post": WRITE}

    @extend_schema(
        operation_id="cancel_deployment",
        request=CancelSerializer,
        responses=DeploymentSerializer,
        tags=["deployments"],
    )
    def post(self, request: Request, deployment_id: UUID) -> Response:
        """Call a deployment off before it starts."""
        sent = self.sent(CancelSerializer)

        def cancel() -> tuple[int, Any]:
            cancelled = deployments.cancel(
                deployment_id=deployment_id,
                reason=sent["reason"],
                done=sent["done"],
                collected=sent["collected"],
                actor=self.actor,
                now=utc_now(),
            )
            return 200, self.shown(cancelled)

        return self.once(cancel)
