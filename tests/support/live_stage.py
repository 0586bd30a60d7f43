"""A deployment taken to LIVE by the operations themselves, with a real list of real faces.

The weeks before happen with `now` eight days ago, as an officer would have lived them; from the import on it
is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import COMPUTED_CHECKS, Authority, CameraRef, CheckKind, DeploymentData, Duty
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.recognition import api as recognition
from apps.watchlists.data import Category, EntryRow
from tests.support.assessed import assessed
from tests.support.consents import agree
from tests.support.plans import PLANNED
from tests.support.signs import put_up_signs
from tests.support.trained import make_people, make_person

PACK = "opencv-zoo"
WORDS = "written out at the length that an officer would need to decide"


@dataclass
class LiveStage:
    force: ForceData
    planner: Actor
    officer: Actor
    silver: Actor
    engineer: Actor
    deployment_id: UUID
    cameras: tuple[CameraRef, ...]
    subjects: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def camera_id(self) -> UUID:
        return self.cameras[0].id

    def context(self):
        return force_context(self.force.id)

    def get(self) -> DeploymentData:
        with self.context():
            return deployments.get(deployment_id=self.deployment_id)

    def end(self) -> None:
        with self.context():
            deployments.end(deployment_id=self.deployment_id, actor=self.silver, now=utc_now())

    def suspend(self) -> None:
        with self.context():
            deployments.suspend(
                deployment_id=self.deployment_id, reason="a test asks", actor=self.silver, now=utc_now()
            )

    def resume(self) -> None:
        with self.context():
            deployments.resume(deployment_id=self.deployment_id, actor=self.silver, now=utc_now())

    def revoke(self) -> None:
        with self.context():
            deployments.revoke(
                deployment_id=self.deployment_id, reasons=WORDS, actor=self.officer, now=utc_now()
            )

    def narrow_to(self, *cameras: CameraRef) -> None:
        with self.context():
            present = deployments.get(deployment_id=self.deployment_id).authority.canonical()
            present["cameras"] = [
                {"id": str(camera.id), "name": camera.name, "zone": camera.zone} for camera in cameras
            ]
            deployments.amend(
                deployment_id=self.deployment_id,
                authority=Authority.from_canonical(present),
                reason=WORDS,
                actor=self.planner,
                now=utc_now(),
            )

    def gaps(self) -> list[Any]:
        with self.context():
            return list(deployments.gaps(deployment_id=self.deployment_id))


def make_live_stage(
    listed: Mapping[str, bytes],
    *,
    name: str = "north",
    cameras: int = 1,
    threshold: float | None = None,
    start: bool = True,
    window_end: datetime | None = None,
) -> LiveStage:
    """`listed`: reference → picture (JPEG). With `start` False it stops at READY."""
    slug = f"{name}-{uuid4().hex[:8]}"
    force = forces.create_force(slug=slug, name=f"{name.title()} {slug[-8:]}", now=utc_now())
    crew = (Role.PLANNER, Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER, Role.SYSTEM_ENGINEER)
    people = make_people(force.id, {role.value: (role,) for role in crew})
    agree(force.id, *(f"consent-{reference}" for reference in listed))
    with force_context(force.id):
        stage = LiveStage(
            force,
            *people.values(),
            deployment_id=uuid4(),
            cameras=_cameras(people["system_engineer"], cameras),
        )
        _plan(stage, threshold, window_end)
    with force_context(force.id):
        stage.subjects = _list(stage, listed)
        _check_and_start(stage, start)
    return stage


def _cameras(engineer: Actor, number: int) -> tuple[CameraRef, ...]:
    made = [
        deployments.register_camera(name=f"Camera {index + 1}", actor=engineer, now=utc_now())
        for index in range(number)
    ]
    return tuple(CameraRef(camera.id, camera.name) for camera in made)


def _plan(stage: LiveStage, threshold: float | None, window_end: datetime | None) -> None:
    now = utc_now()
    before = now - timedelta(days=8)
    system = Actor.system(force_id=stage.force.id, label="notices")
    authority = Authority(
        place_name="Market Square",
        polygon=((51.9, -0.2), (51.9, -0.19), (51.91, -0.2)),
        window_start=now - timedelta(minutes=30),
        window_end=window_end or now + timedelta(hours=4),
        use_case="crime_hotspot",
        necessity=WORDS,
        proportionality=WORDS,
        less_intrusive_means=WORDS,
        collateral_intrusion=WORDS,
        policing_purpose=WORDS,
        legal_bases=("common law",),
        categories=(Category.BLUE_LIST.value,),
        max_subjects=50,
        cameras=stage.cameras,
        pack_id=PACK,
        threshold=threshold or recognition.manifest(PACK).default_threshold,
        rehearsal=True,
        assessments=assessed(stage.force.id, stage.planner),
        **PLANNED,
    )
    drafted = deployments.draft(authority=authority, actor=stage.planner, now=before)
    stage.deployment_id = drafted.id
    deployments.submit(deployment_id=drafted.id, actor=stage.planner, now=before)
    deployments.approve(
        deployment_id=drafted.id,
        authority_hash=drafted.authority_hash,
        reasons=WORDS,
        actor=stage.officer,
        now=before,
    )
    deployments.mark_notice_published(deployment_id=drafted.id, actor=system, now=before)
    deployments.mark_notice_verified(deployment_id=drafted.id, actor=system, now=before)


def _list(stage: LiveStage, listed: Mapping[str, bytes]) -> dict[str, UUID]:
    from apps.watchlists.models import Subject  # the api gives ids without references

    now = utc_now()
    report = deployments.import_watchlist(
        deployment_id=stage.deployment_id,
        rows=[_row(reference, now) for reference in listed],
        pictures=lambda picture: listed[picture],
        accept_warnings=True,
        actor=stage.planner,
        now=now,
    )
    assert report.committed, report.refused
    sealed = deployments.seal_watchlist(deployment_id=stage.deployment_id, actor=stage.planner, now=now)
    deployments.accept_watchlist(
        deployment_id=stage.deployment_id,
        seal_hash=sealed.watchlist_seal_hash or "",
        actor=stage.officer,
        now=now,
    )
    return dict(Subject.objects.filter(watchlist_id=report.watchlist_id).values_list("reference", "id"))


def _row(reference: str, now: datetime) -> EntryRow:
    return EntryRow(
        reference=reference,
        display_name=f"Test subject {reference}",
        category=Category.BLUE_LIST.value,
        offence="",
        legal_basis="consent",
        source_system="test photographs",
        source_record=reference,
        captured_date=date(2024, 1, 1),
        lawfully_held=True,
        selected_by="a planner",
        selected_reason="rehearsal",
        status_checked_at=now,
        date_of_birth=date(1980, 1, 1),
        consent_reference=f"consent-{reference}",
        picture_name=reference,
    )


def _check_and_start(stage: LiveStage, start: bool) -> None:
    for role, duty in ((Role.OPERATOR, Duty.OPERATOR), (Role.ENGAGEMENT_OFFICER, Duty.ENGAGEMENT)):
        colleague = make_person(stage.force.id, role.value, role)
        deployments.record_duty(deployment_id=stage.deployment_id, duty=duty, actor=colleague, now=utc_now())
    put_up_signs(deployment_id=stage.deployment_id, actor=stage.silver, now=utc_now())
    for kind in CheckKind:
        if kind not in COMPUTED_CHECKS:
            deployments.record_check(
                deployment_id=stage.deployment_id, kind=kind, passed=True, actor=stage.silver, now=utc_now()
            )
    deployments.make_ready(deployment_id=stage.deployment_id, actor=stage.silver, now=utc_now())
    if start:
        deployments.start(deployment_id=stage.deployment_id, actor=stage.silver, now=utc_now())
