"""Two people at once on one plan, each on a page of its own: neither is in the other's way. Reads only."""

from __future__ import annotations

from typing import Any

from apps.deployments.data import Authority, DeploymentData
from apps.deployments.models import AuthorityRevision
from apps.deployments.planning.plans import plan_version
from apps.deployments.planning.steps import PlanStep
from apps.deployments.planning.values import initial_of


def version_to_save(*, deployment: DeploymentData, step: PlanStep, opened: str) -> str:
    """The version that a step was opened at, or the present one where nothing on that step changed since.

    Only a step is laid over a plan, so what a colleague wrote on another page stays either way. What is no
    version of this plan is given back, and refused by whoever saves it.
    """
    now = plan_version(deployment)
    content_hash, _, publishes = opened.partition("@")
    if opened == now or publishes != now.partition("@")[2]:
        return opened
    row = AuthorityRevision.objects.filter(deployment_id=deployment.id, content_hash=content_hash).last()
    if row is None:
        return opened
    then = Authority.from_canonical(row.content)
    return now if _typed(then, step) == _typed(deployment.authority, step) else opened


def _typed(authority: Authority, step: PlanStep) -> dict[str, Any]:
    """What stands in the fields of the step."""
    zones = step.slug in {"cameras", "zones"}
    return {
        name: value
        for name, value in initial_of(authority).items()
        if name in step.names or (zones and name.startswith(("zone_", "far_")))
    }
