"""Plays deployments through the operations that people's buttons call, with `now` passed in.

Each step is one call in a force context, and so in a transaction, of its own, taken by the person whose step
it is. What happened more than a few minutes ago is marked simulated in the audit
(docs/adr/0004-one-real-clock.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.demo import people as cast_of_people
from apps.demo import signs
from apps.demo.assessments import recorded
from apps.demo.faces import Faces
from apps.demo.people import Person
from apps.demo.plan import Place, rehearsal_authority
from apps.demo.rehearsal import APPROVAL_REASONS, CHECKS, Listed, blue_list_row
from apps.deployments import api as deployments
from apps.deployments.data import Authority, CameraRef, DeploymentData, Duty
from apps.forces.data import ForceData
from apps.notices import api as notices
from apps.watchlists.data import EntryRow

PACK = "opencv-zoo"
PICTURE_AGE = timedelta(days=40)
Fetch = Callable[[str], tuple[int, str]]


@dataclass
class Player:
    """One force with its people. `fetch` stands in for a stranger's look at a notice, in tests."""

    force: ForceData
    people: Mapping[str, Person]
    faces: Faces
    fetch: Fetch | None = None
    _actors: dict[str, Actor] = field(default_factory=dict)
    _cameras: dict[str, CameraRef] = field(default_factory=dict)

    @property
    def system(self) -> Actor:
        return Actor.system(force_id=self.force.id, label="recognition")

    def actor(self, name: str) -> Actor:
        if name not in self._actors:
            with force_context(self.force.id):
                self._actors[name] = cast_of_people.actor(self.people[name], self.force.id)
        return self._actors[name]

    def call(self, operation: Callable[..., Any], /, **arguments: Any) -> Any:
        with force_context(self.force.id):
            return operation(**arguments)

    def step(
        self, operation: Callable[..., Any], deployment_id: UUID, who: str, now: datetime, **arguments: Any
    ) -> Any:
        """One step of one person on one deployment."""
        return self.call(operation, deployment_id=deployment_id, actor=self.actor(who), now=now, **arguments)

    def get(self, deployment_id: UUID) -> DeploymentData:
        found: DeploymentData = self.call(deployments.get, deployment_id=deployment_id)
        return found

    def cameras(self, names: Sequence[str], now: datetime) -> list[CameraRef]:
        """Registered by the engineer on first use."""
        for name in names:
            if name not in self._cameras:
                camera = self.call(
                    deployments.register_camera, name=name, actor=self.actor("engineer"), now=now
                )
                self._cameras[name] = CameraRef(camera.id, camera.name)
        return [self._cameras[name] for name in names]

    def plan(self, place: Place, window: tuple[datetime, datetime], now: datetime) -> Authority:
        """A complete rehearsal at `place`, its cameras registered."""
        return rehearsal_authority(
            cameras=self.cameras(place.cameras, now),
            window_start=window[0],
            window_end=window[1],
            pack_id=PACK,
            assessments=self.call(recorded, planner=self.actor("planner"), now=now),
            place=place,
        )

    def draft(self, authority: Authority, now: datetime) -> UUID:
        drafted: DeploymentData = self.call(
            deployments.draft, authority=authority, actor=self.actor("planner"), now=now
        )
        return drafted.id

    def submit(self, deployment_id: UUID, now: datetime) -> None:
        self.step(deployments.submit, deployment_id, "planner", now)

    def approve(self, deployment_id: UUID, now: datetime) -> None:
        """The notice publishes itself with it, and is then looked at from outside."""
        self.step(
            deployments.approve,
            deployment_id,
            "authoriser",
            now,
            reasons=APPROVAL_REASONS,
            authority_hash=self.get(deployment_id).authority_hash,
        )
        seen = notices.verify_public(
            deployment_id=deployment_id, now=now + timedelta(minutes=1), fetch=self.fetch
        )
        if not seen.verified:
            raise RuntimeError(f"the public notice was not available: {seen.status} {seen.reason}")
        present = utc_now()
        if self.get(deployment_id).authority.window_end > present:
            # From now on the platform looks by itself, and would find that nobody did for days.
            self.call(notices.looked_meanwhile, deployment_id=deployment_id, until=present)

    def list_rows(self, now: datetime) -> list[EntryRow]:
        planner = self.people["planner"].display_name
        return [
            replace(
                blue_list_row(Listed(reference, PurePath(f"{reference}.jpg")), now),
                selected_by=planner,
                captured_date=(now - PICTURE_AGE).date(),
                selected_reason="Consenting member of staff who walks past on the day",
            )
            for reference in self.faces.listed
        ]

    def put_list(self, deployment_id: UUID, now: datetime) -> None:
        """Import, seal, and the officer's acceptance, some minutes apart."""
        pictures = {f"{reference}.jpg": jpeg for reference, jpeg in self.faces.listed.items()}
        report = self.step(
            deployments.import_watchlist,
            deployment_id,
            "planner",
            now,
            rows=self.list_rows(now),
            pictures=pictures.__getitem__,
            accept_warnings=True,
        )
        if not report.committed:
            raise RuntimeError(f"the list was refused: {report.refused}")

    def seal_and_accept(self, deployment_id: UUID, sealed_at: datetime, accepted_at: datetime) -> None:
        self.step(deployments.seal_watchlist, deployment_id, "planner", sealed_at)
        self.step(
            deployments.accept_watchlist,
            deployment_id,
            "authoriser",
            accepted_at,
            seal_hash=self.get(deployment_id).watchlist_seal_hash,
        )

    def check(self, deployment_id: UUID, now: datetime, apart: Callable[[], timedelta]) -> datetime:
        """People take their duties and tick the checklist, `apart` one from the next. Returns when done."""
        for who, duty in (
            ("operator", Duty.OPERATOR),
            ("operator2", Duty.OPERATOR),
            ("engagement", Duty.ENGAGEMENT),
        ):
            self.step(deployments.record_duty, deployment_id, who, now, duty=duty)
            now += apart()
        for look in signs.looks(self.get(deployment_id).authority):
            self.step(deployments.record_sign, deployment_id, "commander", now, **look)
            now += apart()
        for who, kind, note in CHECKS:
            self.step(deployments.record_check, deployment_id, who, now, kind=kind, passed=True, note=note)
            now += apart()
        return now

    def start(self, deployment_id: UUID, ready_at: datetime, started_at: datetime) -> None:
        self.step(deployments.make_ready, deployment_id, "commander", ready_at)
        self.step(deployments.start, deployment_id, "commander", started_at)
