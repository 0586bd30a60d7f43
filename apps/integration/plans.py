"""Between the JSON of a plan and the authority that it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.serializers import ValidationError

from apps.deployments import api as deployments
from apps.deployments.data import AssessmentRef, Authority, CameraRef, DeploymentData, Place
from apps.forces.data import ForceData
from apps.recognition import api as recognition

TEXTS = (
    "place_name",
    "use_case",
    "policing_purpose",
    "necessity",
    "proportionality",
    "less_intrusive_means",
    "collateral_intrusion",
    "operation",
    "place_reason",
    "nearby_measures",
    "criteria",
    "vulnerable",
    "signage_plan",
    "engagement_plan",
    "resourcing_plan",
    "urgent_grounds",
    "urgent_reason",
)
LISTS = ("legal_bases", "categories", "nearby", "sources", "approaches")
SAME = (
    *TEXTS,
    *LISTS,
    "window_start",
    "window_end",
    "starts_by",
    "max_subjects",
    "footfall",
    "rehearsal",
)


def authority_of(sent: Mapping[str, Any], *, force: ForceData, before: Authority | None = None) -> Authority:
    """The authority that was sent; what was not sent is as `before`. Raises ValidationError for what the
    force does not have, as the form of the page does not offer it."""
    found = {name: sent.get(name, getattr(before, name, None)) for name in SAME}
    pack_id = sent.get("pack_id", before.pack_id if before else "")
    errors = _errors(sent, found, pack_id, force)
    cameras = before.cameras if before and "cameras" not in sent else _cameras(sent["cameras"], errors)
    cameras = _zoned(cameras, sent.get("zones"), before, errors)
    assessments: Sequence[AssessmentRef] = before.assessments if before else ()
    if "assessments" in sent:
        assessments = _assessments(sent["assessments"], errors)
    if errors:
        raise ValidationError(errors)
    polygon = before.polygon if before and "area" not in sent else _polygon(sent["area"])
    threshold = before.threshold if before and "threshold" not in sent else sent["threshold"]
    if threshold is None:
        threshold = recognition.manifest(pack_id).default_threshold if pack_id else 0.0
    return Authority(
        polygon=polygon,
        cameras=cameras,
        pack_id=pack_id,
        threshold=threshold,
        alternatives=before.alternatives if before and "alternatives" not in sent else _places(sent),
        assessments=assessments,
        **found,
    )


def _places(sent: Mapping[str, Any]) -> list[Place]:
    return [Place(each["name"], tuple(_polygon(each["area"]))) for each in sent["alternatives"]]


def _zoned(
    cameras: Sequence[CameraRef],
    sent: list[Mapping[str, Any]] | None,
    before: Authority | None,
    errors: dict[str, list[str]],
) -> list[CameraRef]:
    """The cameras with the zones that were sent; what was not sent of a camera is as it was."""
    named = [each["camera"] for each in sent or ()]
    problems = [f"The camera {each} is there twice." for each in sorted(set(named)) if named.count(each) > 1]
    strange = set(named) - {camera.id for camera in cameras}
    problems += [f"The plan does not choose the camera {each}." for each in sorted(strange)]
    if problems:
        errors["zones"] = problems
    known = {each.id: (each.zone, each.far_face) for each in (before.cameras if before else ())}
    for each in sent or ():
        _, far_face = known.get(each["camera"], ((), None))
        # A change has no defaults: what is left out of it is absent.
        known[each["camera"]] = _outline(each["zone"]), each.get("far_face", far_face)
    return [CameraRef(camera.id, camera.name, *known.get(camera.id, ())) for camera in cameras]


def _outline(zone: Sequence[Mapping[str, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((point["x"], point["y"]) for point in zone)


def _assessments(ids: list[UUID], errors: dict[str, list[str]]) -> list[AssessmentRef]:
    """The force's assessments with these ids; one of another force is as unknown as any other."""
    known = deployments.assessments_by_id(ids=ids)
    missing = sorted(str(each) for each in set(ids) - known.keys())
    if missing:
        errors["assessments"] = [f"There is no assessment {each} in this force." for each in missing]
    return [known[each].ref for each in set(ids) & known.keys()]


def _polygon(area: list[Mapping[str, float]]) -> list[tuple[float, float]]:
    return [(corner["latitude"], corner["longitude"]) for corner in area]


def _errors(
    sent: Mapping[str, Any], found: Mapping[str, Any], pack_id: str, force: ForceData
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if found["window_end"] <= found["window_start"]:
        errors["window_end"] = ["It must end after it starts."]
    foreign = sorted({str(category) for category in sent.get("categories", ())} - force.categories)
    if foreign:
        errors["categories"] = [f"This force does not list {', '.join(foreign)}."]
    if pack_id and pack_id not in recognition.known_packs():
        errors["pack_id"] = ["There is no such model pack."]
    return errors


def _cameras(ids: list[UUID], errors: dict[str, list[str]]) -> list[CameraRef]:
    """The registered cameras with these ids; one of another force is as unknown as any other."""
    known = {camera.id: camera.name for camera in deployments.list_cameras()}
    missing = sorted(str(each) for each in set(ids) - known.keys())
    if missing:
        errors["cameras"] = [f"There is no camera {each} in this force." for each in missing]
    return [CameraRef(each, known[each]) for each in set(ids) & known.keys()]


def _corners(polygon: Sequence[Sequence[float]]) -> list[dict[str, float]]:
    return [{"latitude": point[0], "longitude": point[1]} for point in polygon]


def plan_json(deployment: DeploymentData) -> dict[str, Any]:
    """For PlanSerializer."""
    authority = deployment.authority
    return {
        "version": deployments.plan_version(deployment),
        "sha256": deployment.authority_hash,
        "area": _corners(authority.polygon),
        "alternatives": [
            {"name": place.name, "area": _corners(place.polygon)} for place in authority.alternatives
        ],
        "cameras": [
            {
                "id": camera.id,
                "name": camera.name,
                "zone": [{"x": point[0], "y": point[1]} for point in camera.zone],
                "far_face": camera.far_face,
            }
            for camera in authority.cameras
        ],
        "assessments": [
            {"id": each.id, "kind": each.kind, "sha256": each.sha256} for each in authority.assessments
        ],
        "pack_id": authority.pack_id,
        "threshold": authority.threshold,
        "publish_at": deployment.publish_at,
        **{name: getattr(authority, name) for name in SAME},
    }


def deployment_json(deployment: DeploymentData, *, force: ForceData, now: datetime) -> dict[str, Any]:
    """For DeploymentSerializer."""
    waits = deployments.waits_for(deployment=deployment, now=now, force=force)
    same = (
        *("id", "reference", "state", "state_since", "approved_at", "notice_published_at"),
        *("notice_verified_at", "sealed_at", "started_at", "ended_at", "created_at"),
    )
    return {
        **{name: getattr(deployment, name) for name in same},
        "waits_for": waits.words,
        "planner": deployment.planner_label,
        "plan": plan_json(deployment),
        "approved_sha256": deployment.approved_hash,
        "sealed_list_sha256": deployment.watchlist_seal_hash,
    }


def row_json(deployment: DeploymentData) -> dict[str, Any]:
    """For DeploymentRowSerializer."""
    authority = deployment.authority
    return {
        "id": deployment.id,
        "reference": deployment.reference,
        "state": deployment.state,
        "place_name": authority.place_name,
        "window_start": authority.window_start,
        "window_end": authority.window_end,
        "rehearsal": authority.rehearsal,
    }
