"""Lists of made-up templates, stored the way an import stores them, so that searching needs no photograph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import numpy as np

from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.recognition import api as recognition
from apps.recognition.evaluation.duplicates import SameFace, SameFaceBasis
from apps.watchlists import api as watchlists
from apps.watchlists import operations_import
from apps.watchlists.data import Criteria, EntryRow
from apps.watchlists.intake import Candidate, Examination
from tests.support.consents import AGREED

PACK_ID = "opencv-zoo"
DIMENSION = 128
JPEG = b"\xff\xd8 a normalised picture that must be gone one day \xff\xd9"


def unit_templates(count: int, *, seed: int) -> np.ndarray:
    """(count, 128) float32 random directions."""
    templates = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return templates / np.linalg.norm(templates, axis=1, keepdims=True)


def near(template: np.ndarray, *, seed: int = 0, noise: float = 0.02) -> np.ndarray:
    """Another shot of the same face: a small step away, of length 1."""
    moved = template + np.random.default_rng(seed).normal(scale=noise, size=template.shape)
    return (moved / np.linalg.norm(moved)).astype(np.float32)


def entry(reference: str, *, expires_at: datetime | None = None) -> EntryRow:
    return EntryRow(
        reference=reference,
        display_name=f"Unforgettable Name {reference}",
        category="blue_list",
        offence=f"unmistakable offence {reference}",
        legal_basis="consent",
        source_system="studio",
        source_record=reference,
        captured_date=date(2026, 1, 1),
        lawfully_held=True,
        selected_by="PC Example",
        selected_reason="rehearsal",
        status_checked_at=None,
        date_of_birth=None,
        consent_reference=f"consent {reference}",
        picture_name=f"{reference}.jpg",
        expires_at=expires_at,
    )


@dataclass(frozen=True)
class Tenant:
    """A force with one person for each role that matters here."""

    id: UUID
    planner: Actor
    officer: Actor
    operator: Actor
    engineer: Actor

    def system(self) -> Actor:
        return Actor.system(force_id=self.id, label="test sweep")


def make_tenant(name: str) -> Tenant:
    slug = f"{name}-{uuid4().hex[:10]}"
    force = forces.create_force(slug=slug, name=slug, now=utc_now())

    def person(label: str, role: Role) -> Actor:
        return Actor(id=uuid4(), label=label, force_id=force.id, roles=frozenset({role}))

    return Tenant(
        id=force.id,
        planner=person("planner", Role.PLANNER),
        officer=person("officer", Role.AUTHORISING_OFFICER),
        operator=person("operator", Role.OPERATOR),
        engineer=person("engineer", Role.SYSTEM_ENGINEER),
    )


@dataclass(frozen=True)
class Listed:
    """A stored list; `subject_ids[i]` is the subject of `templates[i]`."""

    tenant: Tenant
    watchlist_id: UUID
    deployment_id: UUID
    subject_ids: list[UUID]
    templates: np.ndarray
    seal_hash: str | None

    def search(self, probes: np.ndarray, **changes: object):
        asked = {"deployment_id": self.deployment_id, "seal_hash": self.seal_hash} | changes
        with force_context(self.tenant.id):
            return watchlists.search(templates=np.atleast_2d(probes), **asked)

    def found(self, probe: np.ndarray) -> UUID:
        (hit,) = self.search(probe).hits
        return hit.subject_id


def store_list(
    tenant: Tenant,
    templates: np.ndarray,
    *,
    owners: list[int] | None = None,
    expires_at: dict[int, datetime] | None = None,
    sealed: bool = True,
    now: datetime | None = None,
) -> Listed:
    """`owners[i]` is the number of the person on picture i (by default each picture is another person)."""
    now = now or utc_now()
    owners = list(range(len(templates))) if owners is None else owners
    rows = {n: entry(f"TS-{n:05}", expires_at=(expires_at or {}).get(n)) for n in set(owners)}
    subjects: dict[str, list[Candidate]] = {}
    for template, owner in zip(templates, owners, strict=True):
        candidate = Candidate(1, rows[owner], 0.9, (), template, lambda: JPEG)
        subjects.setdefault(rows[owner].reference, []).append(candidate)
    deployment_id = uuid4()
    criteria = Criteria(frozenset({"blue_list"}), len(rows), True, PACK_ID, 0.0, consents=AGREED)
    with force_context(tenant.id):
        watchlist = operations_import._create_list(
            deployment_id,
            criteria,
            recognition.manifest(PACK_ID),
            purge_due_at=now + timedelta(hours=24),
            actor=tenant.planner,
            now=now,
        )
        compared = SameFace(1.0, SameFaceBasis.ASSUMED, 0)
        found = Examination(subjects, (), (), compared)
        operations_import._store(watchlist, found, criteria, actor=tenant.planner, now=now)
        data = watchlists.get(watchlist_id=watchlist.id)
        if sealed:
            data = watchlists.seal(watchlist_id=watchlist.id, actor=tenant.planner, now=now)
        by_reference = dict(watchlist.subjects.values_list("reference", "id"))
    subject_ids = [by_reference[rows[owner].reference] for owner in owners]
    return Listed(tenant, watchlist.id, deployment_id, subject_ids, templates, data.seal_hash)
