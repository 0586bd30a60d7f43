"""The steps of a plan with what is still to do in each, for the planner's list of tasks. No queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from apps.deployments.data import DeploymentData
from apps.deployments.planning.plans import field_of
from apps.deployments.planning.steps import GROUPS, STEPS, PlanStep, step_of


@dataclass(frozen=True)
class Task:
    step: PlanStep
    # What is missing there, in sentences.
    lacks: tuple[str, ...]
    is_filled: bool

    @property
    def words(self) -> str:
        if self.lacks:
            return "To do"
        return "Done" if self.is_filled else "Optional"

    @property
    def colour(self) -> str:
        return {"To do": "waiting", "Done": "done", "Optional": "off"}[self.words]


@dataclass(frozen=True)
class Tasks:
    """`elsewhere` are reasons that no step puts right."""

    groups: tuple[tuple[str, tuple[Task, ...]], ...]
    elsewhere: tuple[str, ...]

    @property
    def done(self) -> int:
        return sum(not task.lacks for _, tasks in self.groups for task in tasks)

    @property
    def total(self) -> int:
        return len(STEPS)


def tasks(deployment: DeploymentData, reasons: Iterable[str]) -> Tasks:
    """`reasons` are those against submitting it."""
    lacks: defaultdict[str, list[str]] = defaultdict(list)
    for reason in reasons:
        step = step_of(field_of(reason))
        lacks["" if step is None else step.slug].append(reason)
    return Tasks(
        groups=tuple(
            (title, tuple(Task(step, tuple(lacks[step.slug]), _filled(step, deployment)) for step in steps))
            for title, steps in GROUPS
        ),
        elsewhere=tuple(lacks[""]),
    )


def _filled(step: PlanStep, deployment: DeploymentData) -> bool:
    """Whether something was chosen in a step that may be left as it is."""
    authority = deployment.authority
    chosen = {
        "alternatives": bool(authority.alternatives),
        "zones": any(camera.zone or camera.far_face for camera in authority.cameras),
        "publication": deployment.publish_at is not None,
        "urgent": bool(authority.urgent_grounds),
    }
    return chosen.get(step.slug, True)
