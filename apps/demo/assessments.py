"""The assessments that the demonstration's plans rest on. Their files say what they are."""

from __future__ import annotations

from datetime import UTC, date, datetime

from apps.core.clock import london
from apps.core.data import Actor
from apps.core.typesetting import typeset
from apps.deployments import api as deployments
from apps.deployments.data import AssessmentKind, AssessmentRef
from apps.forces import api as forces

# What a rehearsal needs (domain.md §2), since passers-by are measured on it too, and what an operation needs
# besides. There is no bias evidence: nobody has measured the default model by group.
TITLES = {
    AssessmentKind.DPIA: "Data protection impact assessment: vans with cameras",
    AssessmentKind.EIA: "Equality impact assessment: live facial recognition",
    AssessmentKind.CIA: "Community impact assessment: live facial recognition",
}
BEFORE_YEARS, AFTER_YEARS = 2, 2


def recorded(*, planner: Actor, now: datetime) -> tuple[AssessmentRef, ...]:
    """How a plan names them; uploaded on first use. Needs an open force context."""
    there = {row.kind: row.ref for row in deployments.list_assessments()}
    year, force_name = london(now).year, forces.get_force(force_id=planner.force_id).name
    for kind, title in TITLES.items():
        if kind not in there:
            new = deployments.NewAssessment(
                kind=kind,
                title=title,
                version="1",
                in_force_from=date(year - BEFORE_YEARS, 1, 1),
                in_force_until=date(year + AFTER_YEARS, 12, 31),
                content=_document(title, force_name, year),
                is_public=True,
            )
            there[kind] = deployments.upload_assessment(new=new, actor=planner, now=now).ref
    return tuple(there[kind] for kind in TITLES)


def _document(title: str, force_name: str, year: int) -> bytes:
    at = datetime(year - BEFORE_YEARS, 1, 1, tzinfo=UTC)
    return typeset("demo/assessment.typ", data={"title": title, "force": force_name}, at=at)
