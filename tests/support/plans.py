"""A complete plan of a deployment and the people around it, for unit and integration tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from apps.core.data import Actor, Role
from apps.deployments.data import Authority, CameraRef, DeploymentData, DeploymentState, UseCase
from apps.forces.data import ForceData

FORCE_ID = UUID("00000000-0000-4000-8000-0000000000f0")
# A Thursday in winter, well away from a clock change.
START = datetime(2026, 12, 10, 10, 0, tzinfo=UTC)
END = START + timedelta(hours=6)
CAMERAS = (
    CameraRef(UUID("00000000-0000-4000-8000-00000000000a"), "Camera A"),
    CameraRef(UUID("00000000-0000-4000-8000-00000000000b"), "Camera B"),
)
SQUARE = ((51.80, -0.21), (51.80, -0.20), (51.79, -0.20), (51.79, -0.21))
# Why, and the report that a cancellation after an approval needs.
FLOODED = {
    "reason": "The square is flooded.",
    "done": "Nothing was set up.",
    "collected": "Nothing was collected.",
}
REASONS = "Necessary and proportionate for the reasons in the plan."
PACK_ID = "opencv-zoo"

# What the second version of the authority added, as words and choices of a planner.
PLANNED: dict[str, Any] = {
    "operation": "Operation Lantern",
    "place_reason": "Everybody who crosses the town comes through this square.",
    "nearby_measures": "Nothing of the kind is within five minutes' walk; a constable looked.",
    "criteria": "Members of staff who agreed in writing to take part, and nobody else.",
    "sources": ("Staff who agreed to take part",),
    "vulnerable": "Nobody under 18 and nobody who is vulnerable is listed.",
    "approaches": ("High Street", "Church Lane"),
    "signage_plan": "A sign on a stand 20 metres before the area on each way in.",
    "engagement_plan": "Two officers in uniform answer questions and hand out leaflets.",
    "resourcing_plan": "A commander, an operator, two engagement officers and an engineer.",
    "footfall": 5000,
}

FORCE = ForceData(
    id=FORCE_ID,
    slug="north",
    name="North Police",
    notice_minimum_days=7,
    list_window_hours=24,
    watchlist_keep_hours=24,
    alert_keep_hours=24,
    decision_expiry_s=60,
    max_watchlist_size=1000,
    minimum_staffing=3,
    categories=frozenset({"court_warrant", "suspected", "court_order", "blue_list"}),
    contact_lines=(),
    results_deadline_days=5,
)


def make_authority(**changes: object) -> Authority:
    """A rehearsal to which nothing is missing."""
    complete = Authority(
        place_name="Market Square, Exampleton",
        polygon=SQUARE,
        window_start=START,
        window_end=END,
        use_case=UseCase.CRIME_HOTSPOT,
        necessity="Nothing else finds people in this crowd in time.",
        proportionality="A short window, a small list and signs on every approach.",
        less_intrusive_means="Patrols were tried for three months without success.",
        collateral_intrusion="Passers-by are measured for seconds and forgotten.",
        policing_purpose="Rehearse with consenting staff before any operational use.",
        legal_bases=("common law", "DPA 2018 Part 3 s.35"),
        categories=("blue_list",),
        max_subjects=10,
        cameras=CAMERAS,
        pack_id=PACK_ID,
        threshold=0.42,
        rehearsal=True,
        **PLANNED,
    )
    return replace(complete, **changes)


def make_deployment(**changes: object) -> DeploymentData:
    """Live, with everything in order; `changes` put it out of order."""
    authority = changes.pop("authority", None) or make_authority()
    in_order = DeploymentData(
        id=UUID("00000000-0000-4000-8000-0000000000d0"),
        force_id=FORCE_ID,
        reference="LFR-2026-001",
        state=DeploymentState.LIVE,
        authority=authority,
        authority_hash=authority.sha256(),
        approved_hash=authority.sha256(),
        planner_id=uuid4(),
        planner_label="planner",
        approver_id=uuid4(),
        approver_label="officer",
        approved_at=START - timedelta(days=9),
        publish_at=None,
        notice_published_at=START - timedelta(days=8),
        notice_verified_at=START - timedelta(days=8),
        watchlist_id=uuid4(),
        watchlist_seal_hash="5" * 64,
        accepted_seal_hash="5" * 64,
        sealed_at=START - timedelta(hours=3),
        started_at=START,
        ended_at=None,
        created_at=START - timedelta(days=10),
    )
    return replace(in_order, **changes)


def person(*roles: Role, label: str = "somebody", force_id: UUID = FORCE_ID) -> Actor:
    return Actor(id=uuid4(), label=label, force_id=force_id, roles=frozenset(roles), reauthenticated=True)
