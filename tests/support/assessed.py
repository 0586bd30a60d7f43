"""The assessments that a plan rests on, in force through every year that a test plays in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from apps.core.data import Actor
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import AssessmentKind, AssessmentRef

FIRST, LAST = date(2020, 1, 1), date(2040, 12, 31)
RECORDED = datetime(2026, 11, 2, 9, tzinfo=UTC)
NEEDED = (AssessmentKind.DPIA, AssessmentKind.EIA)
PUBLIC = {AssessmentKind.DPIA}


def pdf(words: str = "") -> bytes:
    """A whole PDF as far as anybody looks at it."""
    return b"%PDF-1.7\n% " + words.encode() + b"\n%%EOF\n"


def assessed(
    force_id: UUID,
    actor: Actor,
    *kinds: AssessmentKind,
    pack_id: str = "opencv-zoo",
    now: datetime = RECORDED,
) -> tuple[AssessmentRef, ...]:
    """How an authority names them; uploaded by `actor`, a planner, unless they are there."""
    with force_context(force_id):
        there = {row.kind: row for row in deployments.list_assessments()}
        for kind in kinds or NEEDED:
            if kind in there:
                continue
            there[kind] = deployments.upload_assessment(
                new=deployments.NewAssessment(
                    kind=kind,
                    title=f"{kind.upper()} of the force",
                    version="1",
                    in_force_from=FIRST,
                    in_force_until=LAST,
                    content=pdf(kind),
                    is_public=kind in PUBLIC,
                    pack_id=pack_id if kind == AssessmentKind.BIAS else "",
                ),
                actor=actor,
                now=now,
            )
        return tuple(there[kind].ref for kind in kinds or NEEDED)
