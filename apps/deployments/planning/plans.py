"""What a planner needs while writing: what can be chosen, what a change would do, what was copied."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from apps.core.errors import RuleViolated
from apps.core.wording import say_moment
from apps.deployments import queries
from apps.deployments.assessment_queries import list_assessments
from apps.deployments.data import Amendment, AssessmentRef, Authority, CameraData, DeploymentData
from apps.deployments.documents.content import AUTHORITY_VERSION, LATER_TEXT_FIELDS, TEXT_FIELDS
from apps.deployments.documents.reading import Change, changes
from apps.deployments.models import AuthorityRevision
from apps.deployments.pages.labels import ASSESSMENT_LABELS, CATEGORY_LABELS
from apps.deployments.rules.assessments import AssessmentData, lapsing
from apps.deployments.rules.authority import OPERATIONAL, PLANNED_FIELDS, REASONED_FIELDS, Lack, compare
from apps.deployments.rules.notice_clock import earliest_start, latest_publication
from apps.deployments.rules.policies import check_amendable
from apps.deployments.rules.states import APPROVED_STATES
from apps.forces.data import ForceData
from apps.recognition import api as recognition

GRADE_WORDS = {
    True: "its evidence allows operations",
    False: "its evidence allows rehearsals with the Blue List only",
}

# So many plans of one place are looked at for the cameras that it has.
RECENT_PLANS = 5
# What the public notice shows of a plan. It names no camera, no threshold and no size of the list.
SHOWN_PUBLICLY = frozenset(
    {
        "place_name",
        "polygon",
        "window",
        "use_case",
        "policing_purpose",
        "categories",
        "legal_bases",
        "rehearsal",
    }
)


@dataclass(frozen=True)
class PackChoice:
    """A model pack with what its evidence is good for, in words. `threshold` is a cosine similarity."""

    id: str
    words: str
    evidence: str
    threshold: float
    rehearsal_only: bool


@dataclass(frozen=True)
class AssessmentChoice:
    """An assessment of the force, with its days in force in words."""

    found: AssessmentData
    words: str

    @property
    def id(self) -> UUID:
        return self.found.id

    @property
    def ref(self) -> AssessmentRef:
        return self.found.ref


@dataclass(frozen=True)
class PlanChoices:
    """What a plan of this force may choose from. `earliest` is the first start if it were public now."""

    categories: list[tuple[str, str]]
    # Those that a plan for the same place used come first; the others by name.
    cameras: list[CameraData]
    used_here: frozenset[UUID]
    packs: list[PackChoice]
    assessments: list[AssessmentChoice]
    max_subjects: int
    notice_days: int
    earliest: datetime


def plan_choices(*, force: ForceData, now: datetime, place: str = "") -> PlanChoices:
    """Two queries; another one with a `place`."""
    used_here = _cameras_used_at(place) if place else frozenset()
    return PlanChoices(
        categories=[(code, label) for code, label in CATEGORY_LABELS.items() if code in force.categories],
        cameras=sorted(queries.list_cameras(), key=lambda camera: camera.id not in used_here),
        used_here=used_here,
        packs=[_pack(pack_id) for pack_id in recognition.known_packs()],
        assessments=[_assessment(each) for each in list_assessments()],
        max_subjects=force.max_watchlist_size,
        notice_days=force.notice_minimum_days,
        earliest=earliest_start(now, force.notice_minimum_days),
    )


def _cameras_used_at(place: str) -> frozenset[UUID]:
    """The cameras of the latest approved plans for a place of this name."""
    recent = queries.rows().filter(authority__place_name=place, approved_at__isnull=False)
    plans = recent.order_by("-created_at").values_list("authority", flat=True)[:RECENT_PLANS]
    return frozenset(UUID(camera["id"]) for plan in plans for camera in plan["cameras"])


def _assessment(found: AssessmentData) -> AssessmentChoice:
    span = f"in force from {_day(found.in_force_from)} to {_day(found.in_force_until)}"
    model = f" of {found.pack_id}" if found.pack_id else ""
    return AssessmentChoice(found, f"{ASSESSMENT_LABELS[found.kind]}{model}: {found.name}, {span}")


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def in_force(choices: PlanChoices, start: datetime, end: datetime) -> list[AssessmentRef]:
    """The assessments that are in force on every day of a window."""
    return [each.ref for each in choices.assessments if each.found.covers(start, end)]


def lapsing_of(authority: Authority, choices: PlanChoices, *, now: datetime) -> list[str]:
    """What the plan rests on and lapses before the window or soon after, in sentences."""
    return lapsing(authority, {each.id: each.found for each in choices.assessments}, now=now)


def _pack(pack_id: str) -> PackChoice:
    manifest = recognition.manifest(pack_id)
    operational = str(manifest.evidence_grade) == OPERATIONAL
    return PackChoice(
        id=pack_id,
        words=f"{pack_id}: {GRADE_WORDS[operational]}",
        evidence=" ".join(manifest.evidence.split()),
        threshold=manifest.default_threshold,
        rehearsal_only=not operational,
    )


def plan_version(deployment: DeploymentData) -> str:
    """Changes with everything a plan form can change, and with nothing else."""
    at = "" if deployment.publish_at is None else deployment.publish_at.isoformat()
    return f"{deployment.authority_hash}@{at}"


def keep_equal(new: Authority, old: Authority) -> Authority:
    """`new`, with `old`'s value wherever a form cannot show the difference: white space and seconds.

    Otherwise opening an approved plan and saving it untouched would void its approval.
    """
    kept: dict[str, Any] = {
        name: getattr(old, name)
        for name in (*TEXT_FIELDS, *LATER_TEXT_FIELDS)
        if _squeezed(getattr(new, name)) == _squeezed(getattr(old, name))
    }
    if {_squeezed(basis) for basis in new.legal_bases} == {_squeezed(basis) for basis in old.legal_bases}:
        kept["legal_bases"] = old.legal_bases
    for name in ("window_start", "window_end", "starts_by"):
        before = getattr(old, name)
        if before is not None and getattr(new, name) == before.replace(second=0, microsecond=0):
            kept[name] = before
    # An older way of writing the same down is no change of it either.
    wanted = replace(new, **kept, version=AUTHORITY_VERSION)
    return old if compare(old, wanted).is_nothing else wanted


def _squeezed(text: str) -> str:
    return " ".join(text.split())


@dataclass(frozen=True)
class Weighed:
    """What a change of a plan would do. `refused` says why it cannot be done at all, `is_public` whether the
    notice shows anything of it."""

    amendment: Amendment
    changes: tuple[Change, ...]
    voids: bool
    restarts_notice: bool
    is_public: bool
    refused: tuple[str, ...]


def weigh_change(*, deployment: DeploymentData, authority: Authority) -> Weighed:
    """The classification that saving will use (domain.md §2), before anything is saved. No queries."""
    amendment = compare(deployment.authority, authority)
    try:
        check_amendable(deployment, amendment)
        refused: tuple[str, ...] = ()
    except RuleViolated as problem:
        refused = problem.reasons
    return Weighed(
        amendment=amendment,
        changes=changes(deployment.authority, authority),
        voids=deployment.state in APPROVED_STATES and amendment.is_widening,
        restarts_notice=bool(amendment.moved) and deployment.notice_published_at is not None,
        is_public=bool(SHOWN_PUBLICLY & {*amendment.widened, *amendment.narrowed}),
        refused=refused,
    )


def check_publication(authority: Authority, publish_at: datetime | None, *, notice_days: int) -> None:
    """domain.md §3: at the latest the start minus the minimum."""
    if publish_at is None:
        return
    latest = latest_publication(authority.window_start, notice_days)
    if publish_at > latest:
        raise RuleViolated(
            [
                f"The notice must be out by {say_moment(latest)}, {notice_days} days before the start. "
                "Choose an earlier time."
            ],
            code="publish_late",
        )


def copy_of(
    source: Authority, *, cameras: Collection[UUID], assessments: Iterable[AssessmentRef] = ()
) -> Authority:
    """The words, place and choices of an earlier plan. Never its urgency or its latest start; of its cameras
    those that are still registered, of its `assessments` those that are given as still in force."""
    kept = set(assessments)
    return replace(
        source,
        cameras=[camera for camera in source.cameras if camera.id in cameras],
        assessments=[each for each in source.assessments if each in kept],
        starts_by=None,
        urgent_grounds="",
        urgent_reason="",
        version=AUTHORITY_VERSION,
    )


@dataclass(frozen=True)
class CopyNote:
    """From which deployment a plan was copied, and which of its texts nobody has changed since.

    `unchanged` maps fields to their words.
    """

    deployment_id: UUID
    reference: str
    unchanged: dict[str, str]


def copy_note(*, deployment: DeploymentData) -> CopyNote | None:
    """None for a plan that was written from the start. Two queries at most."""
    first = AuthorityRevision.objects.filter(deployment_id=deployment.id, number=1).first()
    source = None if first is None else first.changes.get("copied_from")
    row = None if source is None else queries.rows().filter(id=UUID(source)).first()
    if row is None:
        return None
    earlier = Authority.from_canonical(row.authority)
    same = {
        name: words
        for name, words in {**REASONED_FIELDS, **PLANNED_FIELDS}.items()
        if _squeezed(getattr(earlier, name))
        and _squeezed(getattr(earlier, name)) == _squeezed(getattr(deployment.authority, name))
    }
    return CopyNote(row.id, row.reference, same)


# Which part of the form a reason is about that is not a `Lack`. The first whose words it contains answers.
REASON_FIELDS = (
    ("urgent", "urgent_grounds"),
    ("impact assessment", "assessments"),
    ("bias evidence", "assessments"),
    ("recognition model", "rehearsal"),
    ("model pack", "pack_id"),
    ("rehearsal", "rehearsal"),
    ("days' notice", "start_date"),
    ("window", "start_date"),
)


def field_of(reason: str) -> str:
    """The field of the plan's form in which this can be put right; empty when there is none."""
    if isinstance(reason, Lack):
        return reason.field
    lowered = reason.lower()
    return next((name for words, name in REASON_FIELDS if words in lowered), "")
