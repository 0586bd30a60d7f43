"""For the record: that recognition ran while the word that somebody is wanted was old, from when to when."""

from __future__ import annotations

from datetime import datetime

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentState
from apps.deployments.rules.starting import status_since
from apps.deployments.rules.states import RUNNING
from apps.watchlists import api as watchlists

GREW_OLD, CHECKED_AGAIN = "deployment.status_grew_old", "deployment.status_checked_again"


def note_old_status(*, now: datetime) -> int:
    """Write down what changed for the running deployments of the open force. Returns how many changed."""
    running = [queries.as_data(row) for row in queries.rows().filter(state__in=sorted(RUNNING))]
    ids = [deployment.id for deployment in running]
    if not ids:
        return 0
    began = audit.last_times(verb=GREW_OLD, object_ids=ids)
    ended = audit.last_times(verb=CHECKED_AGAIN, object_ids=ids)
    actor = Actor.system(force_id=current_force_id(), label="status of the list", origin="ops.sweep")
    changed = 0
    for deployment in running:
        since = status_since(facts.rules_of(deployment), now)
        people, oldest = watchlists.old_status(deployment_id=deployment.id, since=since)
        at = began.get(deployment.id)
        until = ended.get(deployment.id)
        noted = at is not None and (until is None or until < at)
        # While it is suspended nobody is looked for, and nothing goes on before all are checked.
        if bool(people) == noted or (people and deployment.state is not DeploymentState.LIVE):
            continue
        payload = {} if oldest is None else {"people": people, "checked_at": oldest.isoformat()}
        audit.record(
            actor=actor,
            verb=GREW_OLD if people else CHECKED_AGAIN,
            object_type="deployment",
            object_id=deployment.id,
            payload=payload,
            now=now,
        )
        changed += 1
    return changed
