"""What is missing from a plan, by the step in which it is put right, each with the address of its field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.deployments.forms.confirmations import anchor
from apps.deployments.forms.plan import ZONE
from apps.deployments.planning.plans import field_of
from apps.deployments.planning.steps import STEPS, ZONES, PlanStep, step_of
from apps.deployments.rules.assessments import FIELD as ASSESSMENTS
from apps.deployments.rules.authority import Lack

# Where the page of the assessments lists one kind of them.
KIND = "kind-"


@dataclass(frozen=True)
class Missing:
    """`link` is the end of an address below the plan's; empty where no step puts it right."""

    words: str
    link: str


@dataclass(frozen=True)
class MissingThere:
    """What one step lacks. `step` is None for what no step puts right."""

    step: PlanStep | None
    lacks: tuple[Missing, ...]


def link_of(reason: str) -> str:
    """Step and anchor, for instance "cameras/#id_cameras_0"."""
    name = field_of(reason)
    step = step_of(name)
    if step is None:
        return ""
    part = reason.part if isinstance(reason, Lack) else ""
    if part and name == ASSESSMENTS:
        return f"{step.slug}/#{KIND}{part}"
    if part and name == ZONES:
        return f"{step.slug}/#id_{ZONE}{part}"
    return f"{step.slug}/#{anchor(name)}"


def missing(reasons: Iterable[str]) -> tuple[Missing, ...]:
    return tuple(Missing(reason, link_of(reason)) for reason in reasons)


def by_step(reasons: Iterable[str]) -> tuple[MissingThere, ...]:
    """In the order of the steps; what no step puts right comes last."""
    found: dict[str, list[Missing]] = {}
    for reason in reasons:
        step = step_of(field_of(reason))
        found.setdefault("" if step is None else step.slug, []).append(Missing(reason, link_of(reason)))
    order = [*STEPS, ""]
    return tuple(MissingThere(STEPS.get(slug), tuple(found[slug])) for slug in order if slug in found)
