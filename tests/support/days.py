"""A deployment driven to any state by the operations that people's buttons call, at times passed in.

The one person listed is the astronaut whose portrait comes inside scikit-image: a real face, really enrolled.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.test import Client
from PIL import Image

from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import COMPUTED_CHECKS, Authority, CameraRef, CheckKind, DeploymentData, Duty
from apps.deployments.data import DeploymentState as S
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.notices import api as notices
from apps.notices.data import Verification
from apps.watchlists.data import EntryRow
from tests.support.assessed import assessed
from tests.support.consents import agree, everybody_agrees
from tests.support.plans import END, REASONS, START, make_authority
from tests.support.signs import put_up_signs
from tests.support.trained import add_roles, make_people, make_person

PLANNED = START - timedelta(days=9)
VERIFIED = START - timedelta(days=8)
IMPORTED = START - timedelta(hours=3)
CHECKED = START - timedelta(hours=1)
PEOPLE = {
    "planner": Role.PLANNER,
    "officer": Role.AUTHORISING_OFFICER,
    "silver": Role.SILVER_COMMANDER,
    "operator": Role.OPERATOR,
    "engagement": Role.ENGAGEMENT_OFFICER,
    "engineer": Role.SYSTEM_ENGINEER,
}
PATH = (S.DRAFT, S.SUBMITTED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.READY, S.LIVE)


@cache
def astronaut() -> bytes:
    """Head and shoulders, so that enrolling takes a tenth of a second."""
    spec = importlib.util.find_spec("skimage")
    assert spec is not None
    assert spec.origin is not None
    with Image.open(Path(spec.origin).parent / "data" / "astronaut.png") as whole:
        portrait = whole.crop((100, 0, 356, 256))
    out = io.BytesIO()
    portrait.save(out, "PNG")
    return out.getvalue()


def anonymous_fetch(url: str) -> tuple[int, str]:
    """The public page through the whole of Django, as somebody who is not signed in."""
    answer = Client().get(urlsplit(url).path)
    return answer.status_code, answer.content.decode()


# Whoever a test lists agreed, each by a consent of their own, which a test may withdraw.
OWN_CONSENT = "CONSENT-TS-001"


def listed(reference: str = "TS-001", *, now: datetime = IMPORTED) -> EntryRow:
    return EntryRow(
        reference=reference,
        display_name=f"Test subject {reference}",
        category="blue_list",
        offence="",
        legal_basis="consent",
        source_system="test pictures",
        source_record=reference,
        captured_date=now.date(),
        lawfully_held=True,
        selected_by="Test Planner",
        selected_reason="Consenting test subject of the rehearsal",
        status_checked_at=now,
        date_of_birth=None,
        consent_reference=f"CONSENT-{reference}",
        picture_name="astronaut.png",
    )


@dataclass
class Day:
    """One force, its people, and one deployment."""

    force: ForceData
    deployment_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        people = make_people(self.force.id, {label: (role,) for label, role in PEOPLE.items()})
        self.planner, self.officer, self.silver = people["planner"], people["officer"], people["silver"]
        self.operator, self.engagement = people["operator"], people["engagement"]
        self.engineer = people["engineer"]
        agree(self.force.id, OWN_CONSENT)
        everybody_agrees(self.force.id)
        self.system = Actor.system(force_id=self.force.id, label="test sweep")

    def person(self, label: str, *roles: Role) -> Actor:
        return make_person(self.force.id, label, *roles)

    def with_roles(self, person: Actor, *roles: Role) -> Actor:
        """The same person with further roles: what they *did* must still count."""
        add_roles(person, set(roles) - person.roles)
        return replace(person, roles=person.roles | set(roles))

    def call(self, operation: Callable[..., Any], /, **arguments: Any) -> Any:
        """One call in a context, and so in a transaction, of its own."""
        with force_context(self.force.id):
            return operation(**arguments)

    def step(self, operation: Callable[..., Any], actor: Actor, now: datetime, /, **arguments: Any) -> Any:
        return self.call(operation, deployment_id=self.deployment_id, actor=actor, now=now, **arguments)

    def get(self) -> DeploymentData:
        return self.call(deployments.get, deployment_id=self.deployment_id)

    def plan(self, **changes: object) -> Authority:
        """A complete plan with this force's cameras."""
        with force_context(self.force.id):
            cameras = deployments.list_cameras() or [
                deployments.register_camera(name=name, actor=self.engineer, now=PLANNED)
                for name in ("North side", "South side")
            ]
        refs = tuple(CameraRef(camera.id, camera.name) for camera in cameras)
        if "assessments" not in changes:
            changes["assessments"] = assessed(self.force.id, self.planner)
        return make_authority(**({"cameras": refs} | changes))

    def draft(
        self, *, publish_at: datetime | None = None, day_of: UUID | None = None, **changes: object
    ) -> DeploymentData:
        drafted = self.call(
            deployments.draft,
            authority=self.plan(**changes),
            actor=self.planner,
            now=PLANNED,
            publish_at=publish_at,
            day_of=day_of,
        )
        self.deployment_id = drafted.id
        return drafted

    def approve(
        self, *, now: datetime = PLANNED, actor: Actor | None = None, **changes: Any
    ) -> DeploymentData:
        asked = {"reasons": REASONS, "authority_hash": self.get().authority_hash} | changes
        return self.step(deployments.approve, actor or self.officer, now, **asked)

    def verify(self, *, now: datetime = VERIFIED, fetch: Any = anonymous_fetch) -> Verification:
        return notices.verify_public(deployment_id=self.deployment_id, now=now, fetch=fetch)

    def import_list(self, *, now: datetime = IMPORTED, **changes: Any) -> Any:
        pictures = {"astronaut.png": astronaut()}
        asked = {"rows": [listed()], "pictures": pictures.__getitem__, "accept_warnings": True} | changes
        return self.step(deployments.import_watchlist, self.planner, now, **asked)

    def accept(self, *, now: datetime = IMPORTED) -> DeploymentData:
        seal_hash = self.get().watchlist_seal_hash
        return self.step(deployments.accept_watchlist, self.officer, now, seal_hash=seal_hash)

    def take_duties(self, *, now: datetime = CHECKED) -> None:
        """The people without whom the staffing cannot pass; who records an item is on duty by that."""
        for actor, duty in ((self.operator, Duty.OPERATOR), (self.engagement, Duty.ENGAGEMENT)):
            self.step(deployments.record_duty, actor, now, duty=duty)

    def signs(self, *, now: datetime = CHECKED) -> None:
        """Each approach has its photographed sign."""
        self.call(put_up_signs, deployment_id=self.deployment_id, actor=self.engineer, now=now)

    def check(self, *, now: datetime = CHECKED, without: CheckKind | None = None) -> None:
        self.take_duties(now=now)
        self.signs(now=now)
        for kind in set(CheckKind) - COMPUTED_CHECKS - {without}:
            actor = self.silver if kind is CheckKind.STAFFING else self.engineer
            self.step(deployments.record_check, actor, now, kind=kind, passed=True)

    def to(self, state: S) -> DeploymentData:
        """From nothing to `state` of PATH, everything in order. LIST_SEALED is accepted and checked too."""
        self.draft()
        steps: dict[S, Callable[[], object]] = {
            S.SUBMITTED: lambda: self.step(deployments.submit, self.planner, PLANNED),
            S.NOTICE_PUBLISHED: lambda: (self.approve(), self.verify()),
            S.LIST_SEALED: lambda: (
                self.import_list(),
                self.step(deployments.seal_watchlist, self.planner, IMPORTED),
                self.accept(),
                self.check(),
            ),
            S.READY: lambda: self.step(deployments.make_ready, self.silver, CHECKED),
            S.LIVE: lambda: self.step(deployments.start, self.silver, START),
        }
        for reached in PATH[1 : PATH.index(state) + 1]:
            steps[reached]()
        found = self.get()
        assert found.state is state
        return found


def make_day(name: str = "north", **settings: Any) -> Day:
    slug = f"{name}-{uuid4().hex[:10]}"
    settings = {"sign_check_minutes": 240} | settings
    return Day(
        forces.create_force(slug=slug, name=f"{name.title()} Police {slug[-10:]}", now=PLANNED, **settings)
    )


__all__ = ["CHECKED", "END", "IMPORTED", "PLANNED", "START", "VERIFIED", "Day", "anonymous_fetch", "make_day"]
