"""The page on which a planner decides about a picture that is there twice. One picture a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from apps.core.data import Actor
from apps.deployments import queries
from apps.deployments.data import DeploymentData
from apps.deployments.operations.same_picture import repeat_cases
from apps.watchlists.data import Keep
from apps.watchlists.decisions import Side
from apps.watchlists.repeats import KeptSaid, RepeatCase, RepeatCases

SAID: Mapping[Keep, str] = MappingProxyType(
    {
        Keep.FIRST: "Line {first} stays, line {second} is left out",
        Keep.SECOND: "Line {second} stays, line {first} is left out",
        Keep.BOTH: "Lines {first} and {second} are two photographs",
        Keep.NEITHER: "Lines {first} and {second} are left out",
    }
)


@dataclass(frozen=True)
class Said:
    """A decision in words."""

    decided: KeptSaid
    words: str


@dataclass(frozen=True)
class PicturePage:
    """`case` is the picture to decide on now, None when there is none left."""

    deployment: DeploymentData
    cases: RepeatCases
    case: RepeatCase | None
    said: tuple[Said, ...]

    @property
    def sides(self) -> tuple[Side, ...]:
        return () if self.case is None else (self.case.first, self.case.second)


def picture_page(*, deployment_id: UUID, actor: Actor, now: datetime) -> PicturePage:
    """Raises NotPermitted, NotFound, StagedPictureGone when no upload waits for a person."""
    cases = repeat_cases(deployment_id=deployment_id, actor=actor, now=now)
    return PicturePage(
        deployment=queries.get(deployment_id=deployment_id),
        cases=cases,
        case=cases.open[0] if cases.open else None,
        said=tuple(Said(each, _words(each)) for each in cases.decided),
    )


def _words(said: KeptSaid) -> str:
    return SAID[said.choice].format(first=said.first_line, second=said.second_line)
