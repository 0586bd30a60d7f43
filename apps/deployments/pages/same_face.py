"""The page on which a person decides who two identities with one face are. One pair a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from apps.core.data import Actor, Role
from apps.deployments import queries
from apps.deployments.data import DeploymentData
from apps.deployments.operations.same_face import face_cases
from apps.watchlists.data import Settlement
from apps.watchlists.decisions import Case, Cases, Decided, Side

SAID: Mapping[Settlement, str] = MappingProxyType(
    {
        Settlement.ONLY_FIRST: "{first} stays, {second} is left out",
        Settlement.ONLY_SECOND: "{second} stays, {first} is left out",
        Settlement.SAME_FIRST: "One person, listed as {first}",
        Settlement.SAME_SECOND: "One person, listed as {second}",
        Settlement.TWO_PEOPLE: "Two people",
        Settlement.NEITHER: "Both are left out",
    }
)


@dataclass(frozen=True)
class Said:
    """A decision in words, and whether this person may take it back."""

    decided: Decided
    words: str


@dataclass(frozen=True)
class FacePage:
    """`case` is the pair to decide or to confirm now, None when this person has nothing to do."""

    deployment: DeploymentData
    cases: Cases
    case: Case | None
    confirming: bool
    number: int
    said: tuple[Said, ...]
    is_planner: bool

    @property
    def sides(self) -> tuple[Side, ...]:
        return () if self.case is None else (self.case.first, self.case.second)

    @property
    def waiting(self) -> int:
        """How many wait for somebody else."""
        return sum(case.decided is not None for case in self.cases.open)


def face_page(*, deployment_id: UUID, actor: Actor, now: datetime) -> FacePage:
    """Raises NotPermitted, NotFound, StagedPictureGone when no upload waits for a person."""
    cases = face_cases(deployment_id=deployment_id, actor=actor, now=now)
    is_planner = actor.has(Role.PLANNER)
    number, case = next(
        ((n, each) for n, each in enumerate(cases.open, start=1) if _is_for(each, actor, is_planner)),
        (0, None),
    )
    return FacePage(
        deployment=queries.get(deployment_id=deployment_id),
        cases=cases,
        case=case,
        confirming=case is not None and case.decided is not None,
        number=number,
        said=tuple(Said(each, _words(each)) for each in cases.decided),
        is_planner=is_planner,
    )


def _is_for(case: Case, actor: Actor, is_planner: bool) -> bool:
    if case.decided is None:
        return is_planner
    return case.decided.decided_by_id != actor.id


def _words(decided: Decided) -> str:
    words = SAID[decided.choice].format(first=decided.first, second=decided.second)
    if decided.choice is not Settlement.TWO_PEOPLE:
        return words
    if decided.waits:
        return f"{words}; waits for a second person"
    return f"{words}; confirmed by {decided.confirmed_by_label}"
