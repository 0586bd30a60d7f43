"""Does anybody on a running list stand there on an old word? Said on each page of the day."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.deployments import facts
from apps.deployments.data import DeploymentData, DeploymentState
from apps.deployments.rules.starting import old_status_reason, status_since
from apps.forces.data import ForceData
from apps.watchlists import api as watchlists

# What a force allows at least (apps/forces/settings.py).
SHORTEST = timedelta(hours=1)


def old_status_words(deployment: DeploymentData, *, now: datetime, force: ForceData | None = None) -> str:
    """A sentence for everybody while it is live; empty when everybody's status was checked in time. `force`:
    with the settings that bind the deployment, where they are known already."""
    if deployment.state is not DeploymentState.LIVE:
        return ""
    oldest = watchlists.oldest_status(deployment_id=deployment.id)
    # One query while nobody's could be old by the rules of any force: consoles ask every few seconds.
    if oldest is None or now - oldest < SHORTEST:
        return ""
    rules = force or facts.rules_of(deployment)
    people, oldest = watchlists.old_status(deployment_id=deployment.id, since=status_since(rules, now))
    return "" if oldest is None else old_status_reason(people, oldest, rules)
