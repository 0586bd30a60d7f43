"""What an authorising officer should have in view before deciding: what changed since somebody last decided,
what became of the conditions set then, reasons that say little or were said before, and what else the force
does near in time and place. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Q

from apps.core.wording import say_list, say_moment, say_window
from apps.deployments.assessment_queries import assessments_by_id
from apps.deployments.data import AssessmentRef, Authority, CameraRef, DecisionData, DeploymentData
from apps.deployments.documents.before import LastApproval, last_approval, last_decision
from apps.deployments.documents.nearby import Nearby, nearby
from apps.deployments.models import AuthorityRevision
from apps.deployments.pages.labels import (
    ASSESSMENT_LABELS,
    CATEGORY_LABELS,
    FIELD_LABELS,
    NEARBY_LABELS,
    URGENT_LABELS,
    use_case_labels,
)
from apps.deployments.queries import as_data, conditions, decisions, rows
from apps.deployments.rules.assessments import AssessmentData
from apps.deployments.rules.authority import PLANNED_FIELDS, REASONED_FIELDS, compare

# Fewer characters than this can hardly be the reason for measuring everybody who passes.
THIN_REASON = 120
# Where signs stand may be said in a sentence: a warning on each paragraph would warn of none.
THIN_PLAN = 40
# Every paragraph that somebody wrote and an officer relies on.
PARAGRAPHS: Mapping[str, str] = {**REASONED_FIELDS, **PLANNED_FIELDS}
SHOWN = 10
BASELINES = {
    "return": "was returned",
    "approve": "was approved",
    "narrow": "was last in force, as narrowed",
    "submit": "was first submitted",
}
NOTHING_KNOWN: Mapping[UUID, AssessmentData] = MappingProxyType({})


@dataclass(frozen=True)
class Change:
    """One part of the authority, as it was and as it is."""

    what: str
    before: str
    after: str
    narrower: bool


@dataclass(frozen=True)
class Compared:
    """How the authority differs from an earlier version; `since` names that version in words."""

    since: str
    at: datetime | None
    by: str
    reasons: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Doubt:
    """A reason that is short, or word for word that of another deployment of the force; it may be both."""

    what: str
    length: int
    least: int
    copied_from: DeploymentData | None

    @property
    def is_thin(self) -> bool:
        return self.length < self.least


@dataclass(frozen=True)
class Reading:
    """Aids to reading one authority. None of them forbids anything: the officer judges."""

    compared: Compared | None
    opened_before: Compared | None
    doubts: tuple[Doubt, ...]
    nearby: Nearby
    # The approval before this decision, with its conditions and what was narrowed under it.
    before: LastApproval | None
    decisions: tuple[DecisionData, ...]
    # The planner's words when they submitted it again, after it was returned.
    answer: DecisionData | None


def reading(*, deployment: DeploymentData, seen_hash: str = "") -> Reading:
    """A constant number of queries. `seen_hash` is the version somebody read before it changed, if any."""
    log = decisions(deployment_id=deployment.id)
    versions = list(AuthorityRevision.objects.filter(deployment_id=deployment.id))
    by_hash = {version.content_hash: Authority.from_canonical(version.content) for version in versions}
    opened = by_hash.get(seen_hash) if seen_hash != deployment.authority_hash else None
    before = last_approval(log, conditions(deployment_id=deployment.id))
    known = assessments_by_id(
        ids={ref.id for text in (deployment.authority, *by_hash.values()) for ref in text.assessments}
    )
    return Reading(
        compared=_since_decision(deployment.authority, log, by_hash, before, known),
        opened_before=None
        if opened is None
        else Compared("you opened it", None, "", "", changes(opened, deployment.authority, known)),
        doubts=doubts(deployment),
        nearby=nearby(deployment=deployment),
        before=before,
        decisions=tuple(log),
        answer=_answer(log),
    )


def _answer(log: Sequence[DecisionData]) -> DecisionData | None:
    submissions = [row for row in log if row.kind == "submit"]
    return submissions[-1] if submissions and submissions[-1].reasons else None


def _since_decision(
    authority: Authority,
    log: Sequence[DecisionData],
    by_hash: Mapping[str, Authority],
    before: LastApproval | None,
    known: Mapping[UUID, AssessmentData],
) -> Compared | None:
    """Against the last text that was in force, or that an officer returned; where none decided, against the
    first one submitted."""
    submissions = [row for row in log if row.kind == "submit"]
    found = last_decision(log) or (submissions[0] if submissions else None)
    if found is None:
        return None
    narrowed = before.narrowings if before is not None and before.decision is found else ()
    last = narrowed[-1] if narrowed else found
    if last.content_hash not in by_hash:
        return None
    return Compared(
        since=f"it {BASELINES[last.kind]}",
        at=last.decided_at,
        by=last.actor_label,
        reasons=found.reasons,
        changes=changes(by_hash[last.content_hash], authority, known),
    )


def changes(
    old: Authority, new: Authority, known: Mapping[UUID, AssessmentData] = NOTHING_KNOWN
) -> tuple[Change, ...]:
    """Each part that differs, in words, in the order of the document. `known`: the assessments of both."""
    amendment = compare(old, new)
    changed = set(amendment.widened) | set(amendment.narrowed)
    return tuple(
        Change(
            what=words,
            before=_said(name, old, known),
            after=_said(name, new, known),
            narrower=name in amendment.narrowed,
        )
        for name, words in FIELD_LABELS.items()
        if name in changed
    )


def _said(name: str, authority: Authority, known: Mapping[UUID, AssessmentData]) -> str:
    if name == "window":
        return say_window(authority.window_start, authority.window_end)
    if name == "assessments":
        return say_list([_assessment(each, known) for each in authority.assessments])
    value: Any = getattr(authority, name)
    if name in SAYINGS:
        return SAYINGS[name](value)
    if name == "use_case":
        return use_case_labels(rehearsal=authority.rehearsal).get(value, value)
    if name in {"legal_bases", "sources", "approaches"}:
        return say_list(list(value))
    return str(value)


def _points(polygon: Sequence[Sequence[float]]) -> str:
    return " · ".join(f"{first}, {second}" for first, second in polygon)


def camera_words(camera: CameraRef) -> str:
    """Its name and, where it has them, its zone and the width of a far face in per cent of the picture."""
    said = []
    if camera.zone:
        zone = " · ".join(f"{x * 100:g}, {y * 100:g}" for x, y in camera.zone)
        said.append(f"zone in % of the picture: {zone}")
    if camera.far_face is not None:
        said.append(f"a face at the far edge is {camera.far_face * 100:g}% of its width")
    return f"{camera.name} ({'; '.join(said)})" if said else camera.name


def _assessment(ref: AssessmentRef, known: Mapping[UUID, AssessmentData]) -> str:
    kind, row = ASSESSMENT_LABELS.get(ref.kind, ref.kind), known.get(ref.id)
    return f"{kind} ({ref.sha256[:12]}…)" if row is None else f"{kind} ({row.name})"


SAYINGS: Mapping[str, Callable[[Any], str]] = {
    "polygon": lambda polygon: _points(polygon) or "not drawn",
    "alternatives": lambda places: "; ".join(f"{each.name}: {_points(each.polygon)}" for each in places),
    "rehearsal": lambda value: "yes" if value else "no",
    "categories": lambda codes: say_list([CATEGORY_LABELS.get(code, code) for code in codes]),
    "nearby": lambda codes: say_list([NEARBY_LABELS.get(code, code) for code in codes]),
    "urgent_grounds": lambda code: URGENT_LABELS.get(code, code) or "none: an ordinary plan",
    "starts_by": lambda at: "the end of the window" if at is None else say_moment(at),
    "cameras": lambda cameras: say_list([camera_words(camera) for camera in cameras]),
    "footfall": lambda number: f"{number:,}",
}


def doubts(deployment: DeploymentData) -> tuple[Doubt, ...]:
    """Reasons to read twice. A copy is the same letters, spaces and all: nothing is guessed from likeness."""
    texts = {name: getattr(deployment.authority, name) for name in PARAGRAPHS}
    sources = _sources(deployment, texts)
    found = (
        Doubt(
            PARAGRAPHS[name],
            len(" ".join(text.split())),
            THIN_REASON if name in REASONED_FIELDS else THIN_PLAN,
            sources.get(name),
        )
        for name, text in texts.items()
    )
    return tuple(doubt for doubt in found if doubt.is_thin or doubt.copied_from is not None)


def _sources(deployment: DeploymentData, texts: Mapping[str, str]) -> dict[str, DeploymentData]:
    """For each text that is repeated, the newest earlier deployment that has it too. One query.

    A plan made later cannot be where this one was copied from.
    """
    same = Q()
    for name, text in texts.items():
        if text.strip():
            same |= Q(**{f"authority__{name}": text})
    if not same:
        return {}
    sources: dict[str, DeploymentData] = {}
    earlier = rows().filter(created_at__lt=deployment.created_at)
    for row in earlier.filter(same).order_by("-created_at")[:SHOWN]:
        for name, text in texts.items():
            if text.strip() and row.authority.get(name) == text:
                sources.setdefault(name, as_data(row))
    return sources
