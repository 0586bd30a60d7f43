"""Systems that call the API: a token of a force, and a client that sends it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.integration.data import Scope, TokenData, TokenWish
from apps.integration.operations import create_token
from tests.support.days import Day
from tests.support.plans import PLANNED

PLANS = (Scope.DEPLOYMENTS_READ, Scope.DEPLOYMENTS_WRITE, Scope.WATCHLIST_IMPORT, Scope.NOTICES_READ)
READS = (Scope.NOTICES_READ, Scope.RECORDS_READ, Scope.AUDIT_EXPORT)
REASON = "for the tests of the API"
# Far enough from now that a notice of seven days still fits in.
AHEAD = timedelta(days=20)


def administrator(day: Day) -> Actor:
    return day.person("administrator", Role.FORCE_ADMIN)


@dataclass(frozen=True)
class System:
    """A system with one token; `call` sends it."""

    token: TokenData
    text: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request as a client of the API makes it. Every POST has a key of its own."""
        client = Client(raise_request_exception=False)
        sent = {"Authorization": f"Bearer {self.text}", "Accept": "application/json"} | headers
        if method == "post":
            sent = {"Idempotency-Key": uuid4().hex} | sent
        options: dict[str, Any] = {"headers": sent}
        if body is not None:
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        return getattr(client, method)(f"/api/v1/{path}", **options)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("get", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("post", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("patch", path, body, **headers)

    def upload(self, path: str, files: dict[str, Any], **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.text}", "Idempotency-Key": uuid4().hex} | headers
        return Client(raise_request_exception=False).post(f"/api/v1/{path}", files, headers=sent)


def make_system(day: Day, *scopes: Scope, role: Role = Role.PLANNER, **changes: Any) -> System:
    wish = TokenWish(
        name="Test machine",
        scopes=frozenset(scopes),
        networks=(),
        days=30,
        reason=REASON,
        service_name="Custody system",
        role=role,
    )
    made = day.call(create_token, wish=replace(wish, **changes), actor=administrator(day), now=utc_now())
    return System(*made)


def plan_body(day: Day, *, starts: datetime | None = None, **changes: Any) -> dict[str, Any]:
    """A complete plan as a client writes it."""
    start = starts or (utc_now() + AHEAD).replace(minute=0, second=0, microsecond=0)
    plan = day.plan()
    words = ("policing_purpose", "necessity", "proportionality", "less_intrusive_means")
    return {
        "place_name": plan.place_name,
        "area": [{"latitude": point[0], "longitude": point[1]} for point in plan.polygon],
        "window_start": start.isoformat(),
        "window_end": (start + timedelta(hours=6)).isoformat(),
        "use_case": str(plan.use_case),
        **{name: getattr(plan, name) for name in (*words, "collateral_intrusion")},
        "legal_bases": list(plan.legal_bases),
        "categories": list(plan.categories),
        "max_subjects": plan.max_subjects,
        "cameras": [str(camera.id) for camera in plan.cameras],
        "assessments": [str(each.id) for each in plan.assessments],
        "pack_id": plan.pack_id,
        "rehearsal": True,
        **{name: list(value) if isinstance(value, tuple) else value for name, value in PLANNED.items()},
    } | changes


def problem(answer: Any, status: int, code: str = "") -> dict[str, Any]:
    """The body of an answer that has to be a problem of this status (and code)."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert {"type", "title", "detail", "instance", "reasons"} <= found.keys()
    if code:
        assert found["type"] == f"urn:lfr:problem:{code}"
    return found
