"""The base of every view of the API: the door, the force's context, problems, writes that are done once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.forces import api as forces
from apps.integration import door, idempotency
from apps.integration.data import Caller, Scope
from apps.integration.problems import CONTENT_TYPE, Problem, Refused, problem_of
from apps.integration.throttling import TokenThrottle

WRITES = frozenset({Scope.DEPLOYMENTS_WRITE, Scope.WATCHLIST_IMPORT})
LEAVING = "An administrator has confirmed that this force leaves. Nothing is written for it any more."


class ApiView(APIView):
    """A view names the scope of each method in `scopes`; a method without one is not there."""

    scopes: ClassVar[Mapping[str, Scope]]
    authentication_classes: ClassVar[list[Any]] = []
    permission_classes: ClassVar[list[Any]] = []
    parser_classes: ClassVar[list[Any]] = [JSONParser]
    renderer_classes: ClassVar[list[Any]] = [JSONRenderer]
    throttle_classes: ClassVar[list[Any]] = [TokenThrottle]
    metadata_class = None
    caller: Caller
    actor: Actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Like the middleware of the pages: the token's force is open around the view *and its rendering*."""
        scope = self.scopes.get((request.method or "").lower().replace("head", "get"))
        if scope is None:
            return self._not_there(request)
        try:
            self.caller = door.admit(
                header=request.headers.get("Authorization", ""),
                address=door.address_of(request),
                scope=scope,
                now=utc_now(),
            )
        except Refused as refused:
            return problem_of(refused).response(instance=request.path)
        with force_context(self.caller.token.force_id):
            response = super().dispatch(request, *args, **kwargs)
            response["Cache-Control"] = "no-store"
            if isinstance(response, Response):
                response.render()
            if response.status_code >= 500:
                transaction.set_rollback(True)
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.actor = door.actor_of(self.caller)
        if self.caller.scope in WRITES:
            leaving = forces.leaving()
            if leaving is not None and leaving.confirmations:
                raise Refused(403, "force_leaving", LEAVING)
        if "deployment_id" in kwargs:
            # Before anything of the request is read: of a deployment that is not there nothing else is said.
            deployments.get(deployment_id=kwargs["deployment_id"])

    def _not_there(self, request: HttpRequest) -> HttpResponseBase:
        allowed = ", ".join(sorted(method.upper() for method in self.scopes))
        refused = Refused(405, "method_not_allowed", f"Allowed here: {allowed}.", headers={"Allow": allowed})
        return problem_of(refused).response(instance=request.path)

    def handle_exception(self, exc: Exception) -> Response:
        problem: Problem = problem_of(exc)
        body = problem.body(instance=self.request.path)
        response = Response(
            body, status=problem.status, headers=dict(problem.headers), content_type=CONTENT_TYPE
        )
        response.exception = True
        return response

    def query(self, serializer: type[Serializer]) -> dict[str, Any]:
        """The parameters of the address. Raises ValidationError, also for one that is not known."""
        # As a plain mapping: what is sent twice counts as its last value, as everywhere in Django.
        return _validated(serializer(data=self.request.query_params.dict(), context={"view": self}))

    def sent(self, serializer: type[Serializer], **options: Any) -> dict[str, Any]:
        """The body. Raises ValidationError, also for a field that is not known."""
        return _validated(serializer(data=self.request.data, context={"view": self}, **options))

    def once(self, operation: Callable[[], tuple[int, Any]]) -> Response:
        """A write, done once however often it is sent (`idempotency.py`)."""
        request = self.request
        write = idempotency.Write(
            token_id=self.caller.token.id,
            key=idempotency.key_of(request.headers),
            method=request.method or "",
            path=request.path,
            fingerprint=idempotency.fingerprint(request.method or "", request.path, request.data),
        )
        answer = idempotency.once(write, operation, now=utc_now())
        headers = {"Idempotency-Replayed": "true"} if answer.is_replayed else {}
        return Response(answer.body, status=answer.status, headers=headers)


def _validated(serializer: Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found
