"""What an authorising officer should have in view before deciding: what changed since somebody last decided,
reasons that say little or were said before, and what else the force does nearby in time. Reads only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from apps.core.wording import say_list, say_moment, say_window
from apps.deployments.data import (
    AssessmentRef,
    Authority,
    CameraRef,
    DecisionData,
    DeploymentData,
    DeploymentState,
)
from apps.deployments.models import AuthorityRevision
from apps.deployments.pages.labels import (
    ASSESSMENT_LABELS,
    CATEGORY_LABELS,
    FIELD_LABELS,
    NEARBY_LABELS,
    URGENT_LABELS,
    use_case_labels,
)
from apps.deployments.queries import as_data, decisions, rows
from apps.deployments.rules.authority import REASONED_FIELDS, compare

# Fewer characters than this can hardly be the reason for measuring everybody who passes.
THIN_TEXT = 120
NEARBY = timedelta(days=14)
SHOWN = 10
NEVER_RAN = frozenset({DeploymentState.REFUSED, DeploymentState.CANCELLED, DeploymentState.EXPIRED})
BASELINES = {"return": "was returned", "approve": "was approved", "submit": "was first submitted"}


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
    copied_from: DeploymentData | None

    @property
    def is_thin(self) -> bool:
        return self.length < THIN_TEXT


@dataclass(frozen=True)
class Reading:
    """Aids to reading one authority. None of them forbids anything: the officer judges."""

    compared: Compared | None
    opened_before: Compared | None
    doubts: tuple[Doubt, ...]
    nearby: tuple[DeploymentData, ...]
    decisions: tuple[DecisionData, ...]
    # The planner's words when they submitted it again, after it was returned.
    answer: DecisionData | None


def reading(*, deployment: DeploymentData, seen_hash: str = "") -> Reading:
    """A constant number of queries. `seen_hash` is the version somebody read before it changed, if any."""
    log = decisions(deployment_id=deployment.id)
    versions = list(AuthorityRevision.objects.filter(deployment_id=deployment.id))
    by_hash = {version.content_hash: Authority.from_canonical(version.content) for version in versions}
    opened = by_hash.get(seen_hash) if seen_hash != deployment.authority_hash else None
    return Reading(
        compared=_since_decision(deployment.authority, log, by_hash),
        opened_before=None
        if opened is None
        else Compared("you opened it", None, "", "", changes(opened, deployment.authority)),
        doubts=doubts(deployment),
        nearby=nearby(deployment=deployment),
        decisions=tuple(log),
        answer=_answer(log),
    )


def _answer(log: Sequence[DecisionData]) -> DecisionData | None:
    submissions = [row for row in log if row.kind == "submit"]
    return submissions[-1] if submissions and submissions[-1].reasons else None


def _since_decision(
    authority: Authority, log: Sequence[DecisionData], by_hash: Mapping[str, Authority]
) -> Compared | None:
    """Against the version an officer last decided on; where none did, against the first one submitted."""
    officers = [row for row in log if row.kind in {"return", "approve"}]
    submissions = [row for row in log if row.kind == "submit"]
    found = officers[-1] if officers else (submissions[0] if submissions else None)
    if found is None or found.content_hash not in by_hash:
        return None
    return Compared(
        since=f"it {BASELINES[found.kind]}",
        at=found.decided_at,
        by=found.actor_label,
        reasons=found.reasons,
        changes=changes(by_hash[found.content_hash], authority),
    )


def changes(old: Authority, new: Authority) -> tuple[Change, ...]:
    """Each part that differs, in words, in the order of the document."""
    amendment = compare(old, new)
    changed = set(amendment.widened) | set(amendment.narrowed)
    return tuple(
        Change(
            what=words,
            before=_said(name, old),
            after=_said(name, new),
            narrower=name in amendment.narrowed,
        )
        for name, words in FIELD_LABELS.items()
        if name in changed
    )


def _said(name: str, authority: Authority) -> str:
    if name == "window":
        return say_window(authority.window_start, authority.window_end)
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
    """Its name and, where it has one, its zone in per cent of the picture."""
    if not camera.zone:
        return camera.name
    zone = " · ".join(f"{x * 100:g}, {y * 100:g}" for x, y in camera.zone)
    return f"{camera.name} (zone in % of the picture: {zone})"


def _assessment(each: AssessmentRef) -> str:
    return f"{ASSESSMENT_LABELS.get(each.kind, each.kind)} ({each.sha256[:12]}…)"


SAYINGS: Mapping[str, Callable[[Any], str]] = {
    "polygon": lambda polygon: _points(polygon) or "not drawn",
    "alternatives": lambda places: "; ".join(f"{each.name}: {_points(each.polygon)}" for each in places),
    "rehearsal": lambda value: "yes" if value else "no",
    "categories": lambda codes: say_list([CATEGORY_LABELS.get(code, code) for code in codes]),
    "nearby": lambda codes: say_list([NEARBY_LABELS.get(code, code) for code in codes]),
    "urgent_grounds": lambda code: URGENT_LABELS.get(code, code) or "none: an ordinary plan",
    "starts_by": lambda at: "the end of the window" if at is None else say_moment(at),
    "cameras": lambda cameras: say_list([camera_words(camera) for camera in cameras]),
    "assessments": lambda found: say_list([_assessment(each) for each in found]),
    "footfall": lambda number: f"{number:,}",
}


def doubts(deployment: DeploymentData) -> tuple[Doubt, ...]:
    """Reasons to read twice. A copy is the same letters, spaces and all: nothing is guessed from likeness."""
    texts = {name: getattr(deployment.authority, name) for name in REASONED_FIELDS}
    sources = _sources(deployment, texts)
    found = (
        Doubt(REASONED_FIELDS[name], len(" ".join(text.split())), sources.get(name))
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


def nearby(*, deployment: DeploymentData) -> tuple[DeploymentData, ...]:
    """Other deployments of the force within a fortnight of this one that ran or may still run."""
    start = deployment.authority.window_start
    around = (
        rows()
        .filter(window_start__range=(start - NEARBY, start + NEARBY))
        .exclude(id=deployment.id)
        .exclude(state__in=sorted(NEVER_RAN))
        .order_by("window_start")[:SHOWN]
    )
    return tuple(as_data(row) for row in around)
