"""One face under two identities of an upload: who decides, and that the upload is checked again afterwards.

What a decision means is the watchlists' business (`apps/watchlists/decisions.py`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.errors import InvalidTransition, RuleViolated
from apps.core.text import check_prose
from apps.deployments import facts, queries
from apps.deployments.data import Duty, Step
from apps.deployments.operations._steps import enter, note_duty
from apps.deployments.operations.import_jobs import send
from apps.deployments.rules import gates
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_import, check_reason
from apps.deployments.rules.separation import check_names
from apps.watchlists import api as watchlists
from apps.watchlists.data import Settlement, StagedPictureGone
from apps.watchlists.decisions import Cases

OVER = "No list can be imported now, so nothing is compared."


@transaction.atomic
def face_cases(*, deployment_id: UUID, actor: Actor, now: datetime) -> Cases:
    """The pairs of the upload that waits for a person. Raises NotPermitted, NotFound, StagedPictureGone."""
    check_still_open(deployment_id, actor, now)
    return watchlists.face_cases(deployment_id=deployment_id, actor=actor, now=now)


@transaction.atomic
def view_conflict_picture(*, deployment_id: UUID, line: int, actor: Actor, now: datetime) -> bytes:
    """Raises NotPermitted, NotFound, StagedPictureGone."""
    check_still_open(deployment_id, actor, now)
    return watchlists.view_conflict_picture(deployment_id=deployment_id, line=line, actor=actor, now=now)


def check_still_open(deployment_id: UUID, actor: Actor, now: datetime) -> None:
    """Whoever is its system engineer sees no names; nobody does once no list can be imported any more."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    check_names(known.duties, actor=actor)
    try:
        check_import(known.deployment, force=known.force, now=now)
    except (RuleViolated, InvalidTransition) as over:
        raise StagedPictureGone(OVER) from over


@transaction.atomic
def settle_faces(
    *,
    deployment_id: UUID,
    job_id: UUID,
    pair: tuple[str, str],
    choice: Settlement,
    reason: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Say who two identities are. True when the whole upload is checked again.

    Raises RuleViolated where the choice or its reason cannot be taken.
    """
    row, _ = enter(deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    check_prose(reason=reason)
    again = watchlists.settle_faces(
        deployment_id=deployment_id,
        job_id=job_id,
        pair=pair,
        choice=choice,
        reason=reason,
        actor=actor,
        now=now,
    )
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    return sent(job_id, again)


@transaction.atomic
def confirm_faces(
    *, deployment_id: UUID, job_id: UUID, pair: tuple[str, str], agrees: bool, actor: Actor, now: datetime
) -> bool:
    """A second person on "these are two people"; no duty of the deployment comes with it."""
    check_still_open(deployment_id, actor, now)
    again = watchlists.confirm_faces(
        deployment_id=deployment_id, job_id=job_id, pair=pair, agrees=agrees, actor=actor, now=now
    )
    return sent(job_id, again)


@transaction.atomic
def take_back_faces(
    *, deployment_id: UUID, job_id: UUID, pair: tuple[str, str], actor: Actor, now: datetime
) -> bool:
    """The pair is open again; True when the upload is checked again for it."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    gates.check_step(Step.IMPORT_LIST, known, actor, now)
    again = watchlists.take_back_faces(
        deployment_id=deployment_id, job_id=job_id, pair=pair, actor=actor, now=now
    )
    return sent(job_id, again)


def sent(job_id: UUID, again: bool) -> bool:
    """What was decided, with a message to the worker when the upload is to be checked again for it."""
    if again:
        send(job_id)
    return again
