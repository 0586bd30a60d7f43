"""Another model, and what becomes of the list: its pictures are measured again under another approval.

Where the plan names another model, saving it has ended the approval already (`planning.amend`). Where the
files of the model were exchanged, the planner takes the plan back here. Either way the earlier list stays for
the force's hours, and once the plan is approved again its pictures can be measured with the new model.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.deployments import facts, queries
from apps.deployments.data import DeploymentData, Duty
from apps.deployments.operations._steps import bring_purge_forward, finish, lock, note_duty
from apps.deployments.operations.confirmed import lapse_approval
from apps.deployments.operations.import_jobs import purge_due_at, send
from apps.deployments.rules import gates
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason
from apps.deployments.rules.remaking import is_there
from apps.deployments.rules.states import DEPLOYMENTS, VOID
from apps.watchlists import api as watchlists
from apps.watchlists.data import ImportJobData


@transaction.atomic
def remake_list(*, deployment_id: UUID, actor: Actor, now: datetime) -> ImportJobData:
    """Have the pictures of the earlier list measured with the plan's model, as an import to be decided on.

    Raises NotPermitted, RuleViolated, InvalidTransition.
    """
    row = lock(deployment_id)
    known = facts.of(queries.as_data(row))
    gates.check_remake(known, actor, now)
    if not is_there(known.watchlist):  # the gate has refused this already; mypy cannot know
        raise AssertionError("there is a list to measure again")
    job = watchlists.stage_remake(
        watchlist_id=known.watchlist.id,
        purge_due_at=purge_due_at(known.deployment),
        actor=actor,
        now=now,
    )
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    send(job.id)
    return job


@transaction.atomic
def take_back_for_model(*, deployment_id: UUID, reason: str, actor: Actor, now: datetime) -> DeploymentData:
    """End an approval whose model has other files now than those that made the list; back to the draft.

    The list stays for the force's hours. Raises NotPermitted, RuleViolated, InvalidTransition.
    """
    row = lock(deployment_id)
    known = facts.of(queries.as_data(row))
    gates.check_take_back(known, actor)
    transition = DEPLOYMENTS.apply(VOID, current=known.deployment.state, actor=actor)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    old = known.deployment
    bring_purge_forward(row, since=min(now, old.authority.window_end), now=now)
    lapse_approval(row, now=now)
    row.watchlist_id = row.watchlist_seal_hash = row.accepted_seal_hash = row.sealed_at = None
    payload = {"voided_hash": old.approved_hash, "edition": known.edition}
    return finish(
        row,
        transition,
        actor=actor,
        now=now,
        reasons=reason,
        duty=Duty.PLANNER,
        payload=payload,
        event="deployment.voided",
    )
