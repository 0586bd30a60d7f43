"""A live deployment with people on duty and a short list, as rows: what the alerts app stands on.

The rows are those that the operations of the lower apps would leave; here they are written at once, so that a
test of an alert does not depend on how a list is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import cv2
import numpy as np
from django.db import transaction
from django.test import Client

from apps.alerts import api as alerts
from apps.alerts.data import AlertData, OperatorDecision, Outcome
from apps.alerts.models import Alert, Counter
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.deployments.data import Authority, CameraRef, DeploymentState
from apps.deployments.models import Deployment
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.vault import api as vault
from apps.vault.data import BlobKind, KeyPurpose
from apps.watchlists.data import Category, WatchlistState
from apps.watchlists.models import Picture, Subject, Watchlist
from tests.support.signing_in import signed_in
from tests.support.trained import make_accounts

PASSWORD = "seven purple otters dancing"
THRESHOLD = 0.45
SEAL = "5" * 64
DIMENSION = 128


def jpeg(colour: tuple[int, int, int]) -> bytes:
    """A plain picture, BGR colour; big enough to be seen on a page."""
    ok, encoded = cv2.imencode(".jpg", np.full((160, 128, 3), colour, dtype=np.uint8))
    assert ok
    return encoded.tobytes()


PROBE = jpeg((40, 160, 40))
CANDIDATE = jpeg((160, 40, 40))


@dataclass
class Person:
    actor: Actor
    username: str

    def client(self, **options: Any) -> Client:
        return signed_in(self.username, **options)


@dataclass
class Stage:
    force: ForceData
    deployment_id: UUID = field(default_factory=uuid4)
    cameras: tuple[CameraRef, ...] = ()
    subjects: list[UUID] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    @property
    def system(self) -> Actor:
        return Actor.system(force_id=self.force.id, label="recognition")

    def context(self):
        return force_context(self.force.id)

    def person(self, name: str, *roles: Role) -> Person:
        """Made on first use; later calls return the same person."""
        if name not in self.people:
            ((username, actor),) = make_accounts(self.force.id, {name: roles}, password=PASSWORD).values()
            self.people[name] = Person(actor, username)
        return self.people[name]

    @property
    def operator(self) -> Person:
        return self.person("operator", Role.OPERATOR)

    @property
    def officer(self) -> Person:
        return self.person("officer", Role.ENGAGEMENT_OFFICER)

    @property
    def silver(self) -> Person:
        return self.person("silver", Role.SILVER_COMMANDER)

    def wanted(self) -> None:
        """From now on who is listed is suspected, not a volunteer: only such are arrested."""
        with self.context():
            Subject.objects.filter(id__in=self.subjects).update(
                category=Category.SUSPECTED.value, status_checked_at=utc_now() - timedelta(minutes=30)
            )

    def raise_alert(
        self, *, now: datetime | None = None, actor: Actor | None = None, **changes: Any
    ) -> AlertData:
        now = now or utc_now()
        deployment_id = changes.pop("deployment_id", self.deployment_id)
        with self.context():
            return alerts.raise_alert(
                deployment_id=deployment_id,
                actor=actor or self.system,
                now=now,
                **self.sighting(now=now, **changes),
            )

    def sighting(self, *, now: datetime, **changes: Any) -> dict[str, Any]:
        """What recognition saw of the first subject just before `now`, but for what `changes`."""
        seen: dict[str, Any] = {
            "camera_id": self.cameras[0].id,
            "track_id": uuid4().hex,
            "subject_id": self.subjects[0],
            "cosine_similarity": 0.6172,
            "threshold": THRESHOLD,
            "captured_at": now - timedelta(milliseconds=400),
            "probe_jpeg": PROBE,
            "template": np.full(DIMENSION, DIMENSION**-0.5, dtype=np.float32),
        }
        return seen | changes

    def many(self, count: int) -> None:
        """Alerts 1 to `count`, there at once: the first by the operation, its likes as rows."""
        first = self.raise_alert()
        with self.context():
            row = Alert.objects.get(id=first.id)
            values = {field.attname: getattr(row, field.attname) for field in Alert._meta.fields}
            Alert.objects.bulk_create(
                Alert(
                    **values
                    | {"id": uuid4(), "number": number, "track_id": uuid4().hex, "key_id": uuid4()}
                    | dict.fromkeys(("revision", "raised_revision", "asked_revision"), number)
                    | {"subject_id": self.subjects[number % len(self.subjects)]}
                )
                for number in range(2, count + 1)
            )
            Counter.objects.filter(deployment_id=self.deployment_id).update(
                last_number=count, last_revision=count
            )

    def alert(self, alert_id: UUID) -> AlertData:
        with self.context():
            return alerts.get(alert_id=alert_id)

    def outcomes(self, alert_id: UUID) -> tuple[Outcome, ...]:
        with self.context():
            return alerts.outcomes_of(alert_id=alert_id)

    def within(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The function's answer, called in the force's context."""
        with self.context():
            return function(*args, **kwargs)

    def expire(self, alert: AlertData) -> None:
        """The sweep at the moment the alert's time ends. It passes over a row that a page writes to just now,
        and would come again in a second: here it waits for that row first."""
        with self.context(), transaction.atomic():
            Alert.objects.select_for_update().get(id=alert.id)
            assert alerts.expire_undecided(now=alert.expires_at) == 1

    def decide(self, alert_id: UUID, decision: OperatorDecision, actor: Actor | None = None) -> AlertData:
        actor = actor or self.operator.actor
        with self.context():
            return alerts.operator_decide(alert_id=alert_id, decision=decision, actor=actor, now=utc_now())


def make_stage(
    name: str = "north", *, subjects: int = 3, pictures: tuple[bytes, ...] = (CANDIDATE,), **settings: Any
) -> Stage:
    """`pictures` are taken in turn for the subjects. `settings` are the force's."""
    slug = f"{name}-{uuid4().hex[:8]}"
    stage = Stage(
        forces.create_force(slug=slug, name=f"{name.title()} Police {slug[-4:]}", now=utc_now(), **settings)
    )
    with stage.context():
        stage.cameras = (CameraRef(uuid4(), "North gate"), CameraRef(uuid4(), "Station steps"))
        watchlist_id = _list(stage, subjects, pictures)
        _live_deployment(stage, watchlist_id)
    return stage


def _live_deployment(stage: Stage, watchlist_id: UUID) -> None:
    now = utc_now()
    planner = stage.person("planner", Role.PLANNER, Role.OPERATOR)
    approver = stage.person("approver", Role.AUTHORISING_OFFICER, Role.OPERATOR, Role.ENGAGEMENT_OFFICER)
    authority = Authority(
        place_name="Market Square",
        polygon=((51.9, -0.2), (51.9, -0.19), (51.91, -0.2)),
        window_start=now - timedelta(hours=1),
        window_end=now + timedelta(hours=5),
        use_case="crime_hotspot",
        necessity="n",
        proportionality="p",
        less_intrusive_means="l",
        collateral_intrusion="c",
        policing_purpose="p",
        legal_bases=("common law",),
        categories=(Category.BLUE_LIST.value,),
        max_subjects=10,
        cameras=stage.cameras,
        pack_id="opencv-zoo",
        threshold=THRESHOLD,
        rehearsal=True,
    )
    Deployment.objects.create(
        id=stage.deployment_id,
        reference=f"LFR-{uuid4().hex[:6].upper()}",
        state=DeploymentState.LIVE,
        authority=authority.canonical(),
        authority_hash=authority.sha256(),
        approved_hash=authority.sha256(),
        window_start=authority.window_start,
        window_end=authority.window_end,
        lapses_at=authority.window_end,
        planner_id=planner.actor.id,
        planner_label=planner.actor.label,
        approver_id=approver.actor.id,
        approver_label=approver.actor.label,
        approved_at=now - timedelta(days=9),
        notice_published_at=now - timedelta(days=9),
        notice_verified_at=now - timedelta(days=9),
        watchlist_id=watchlist_id,
        watchlist_seal_hash=SEAL,
        accepted_seal_hash=SEAL,
        sealed_at=now - timedelta(hours=2),
        started_at=now - timedelta(hours=1),
        created_at=now - timedelta(days=10),
    )


def _list(stage: Stage, count: int, pictures: tuple[bytes, ...]) -> UUID:
    now = utc_now()
    key_id = vault.create_key(purpose=KeyPurpose.WATCHLIST, owner_id=stage.deployment_id, now=now)
    watchlist = Watchlist.objects.create(
        deployment_id=stage.deployment_id,
        state=WatchlistState.SEALED,
        blue_list_only=True,
        max_subjects=10,
        pack_id="opencv-zoo",
        pack_version="1",
        dimension=DIMENSION,
        key_id=key_id,
        imported_at=now,
        imported_by_label="planner",
        seal_hash=SEAL,
        sealed_at=now,
        accepted_at=now,
        purge_due_at=now + timedelta(hours=24),
    )
    for number in range(count):
        stage.subjects.append(_subject(watchlist, number, pictures[number % len(pictures)], now).id)
    return watchlist.id


def _subject(watchlist: Watchlist, number: int, picture: bytes, now: datetime) -> Subject:
    subject = Subject.objects.create(
        watchlist=watchlist,
        reference=f"TEST-{number + 1:02}",
        display_name=f"Test Subject {number + 1}",
        category=Category.BLUE_LIST.value,
        offence="an invented serious offence",
        legal_basis="consent",
        selected_by="DS Planner",
        selected_reason="rehearsal",
        consent_reference="consent-1",
    )
    blobs = [
        vault.store(key_id=watchlist.key_id, kind=kind, plaintext=content, now=now)
        for kind, content in ((BlobKind.PICTURE, picture), (BlobKind.TEMPLATE, b"\0" * 512))
    ]
    Picture.objects.create(
        subject=subject,
        source_system="studio",
        source_record="1",
        captured_date=date(2025, 9, 1),
        picture_blob_id=blobs[0],
        template_blob_id=blobs[1],
        template_sha256="0" * 64,
        pack_id="opencv-zoo",
        pack_version="1",
        quality_score=0.9,
    )
    return subject
