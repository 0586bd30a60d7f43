"""A plan as the values of its form, a new plan, and what a copy takes over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apps.core.clock import london
from apps.deployments.data import LEGAL_BASES, Authority
from apps.deployments.documents.drawing import write_places, write_points, write_zone
from apps.deployments.forms.plan_fields import AT_ONCE, LATER
from apps.deployments.planning.local_time import FIRST, SECOND
from apps.deployments.planning.plans import PlanChoices

# Fields of the form that are parts of an authority under the same name.
PARAGRAPHS = (
    "policing_purpose",
    "place_reason",
    "nearby_measures",
    "necessity",
    "proportionality",
    "less_intrusive_means",
    "collateral_intrusion",
    "criteria",
    "vulnerable",
    "signage_plan",
    "engagement_plan",
    "resourcing_plan",
    "urgent_reason",
)
TEXTS = ("operation", "place_name", "use_case", "pack_id", "urgent_grounds", *PARAGRAPHS)
LINES = ("legal_bases", "sources", "approaches")
SAME = ("categories", "nearby", "rehearsal")
NUMBERS = ("max_subjects", "footfall")


def blank_authority(choices: PlanChoices, start: datetime, end: datetime) -> Authority:
    """What a new plan starts with: nothing about place, list or reasons is guessed."""
    only = choices.packs[0] if len(choices.packs) == 1 else None
    return Authority(
        place_name="",
        use_case="",
        policing_purpose="",
        necessity="",
        proportionality="",
        less_intrusive_means="",
        collateral_intrusion="",
        polygon=(),
        window_start=start,
        window_end=end,
        legal_bases=LEGAL_BASES,
        categories=(),
        max_subjects=0,
        cameras=(),
        pack_id=only.id if only else "",
        threshold=only.threshold if only else 0.0,
        rehearsal=only is not None and only.rehearsal_only,
    )


def initial_of(authority: Authority, *, publish_at: datetime | None = None) -> dict[str, Any]:
    """The form as it was when this plan was saved."""
    start, end = london(authority.window_start), london(authority.window_end)
    latest = authority.starts_by and london(authority.starts_by)
    return {
        **{name: getattr(authority, name) for name in TEXTS},
        **{name: "\n".join(getattr(authority, name)) for name in LINES},
        **{name: getattr(authority, name) or None for name in NUMBERS},
        "polygon": write_points(authority.polygon),
        "alternatives": write_places(authority.alternatives),
        "categories": list(authority.categories),
        "nearby": list(authority.nearby),
        "rehearsal": authority.rehearsal,
        "cameras": [str(camera.id) for camera in authority.cameras],
        **{f"zone_{camera.id}": write_zone(camera.zone) for camera in authority.cameras},
        **{f"far_{each.id}": each.far_face and round(each.far_face * 100, 2) for each in authority.cameras},
        "assessments": [str(each.id) for each in authority.assessments],
        "threshold": f"{authority.threshold:g}" if authority.threshold else "",
        **_when("start", authority.window_start),
        **_when("end", authority.window_end),
        "end_date": end.date() if end.date() != start.date() else None,
        "starts_by_time": latest and latest.time(),
        "starts_by_date": latest.date() if latest and latest.date() != start.date() else None,
        "publish": AT_ONCE if publish_at is None else LATER,
        "publish_date": publish_at and london(publish_at).date(),
        "publish_time": publish_at and london(publish_at).time(),
    }


def _when(prefix: str, instant: datetime) -> dict[str, Any]:
    local = london(instant)
    twice = local.replace(fold=FIRST).utcoffset() != local.replace(fold=SECOND).utcoffset()
    return {
        f"{prefix}_date": local.date(),
        f"{prefix}_time": local.time(),
        f"{prefix}_fold": str(local.fold) if twice else "",
    }
