"""One picture twice under one identity of an upload: a planner says which row stays.

What a decision means is the watchlists' business (`apps/watchlists/repeats.py`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor
from apps.core.text import check_prose
from apps.deployments import facts, queries
from apps.deployments.data import Duty, Step
from apps.deployments.operations._steps import enter, note_duty
from apps.deployments.operations.same_face import check_still_open, sent
from apps.deployments.rules import gates
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason
from apps.watchlists import api as watchlists
from apps.watchlists.data import Keep
from apps.watchlists.repeats import RepeatCases


@transaction.atomic
def repeat_cases(*, deployment_id: UUID, actor: Actor, now: datetime) -> RepeatCases:
    """The repeated pictures of the upload that waits. Raises NotPermitted, NotFound, StagedPictureGone."""
    check_still_open(deployment_id, actor, now)
    return watchlists.repeat_cases(deployment_id=deployment_id, actor=actor, now=now)


@transaction.atomic
def settle_picture(
    *,
    deployment_id: UUID,
    job_id: UUID,
    lines: tuple[int, int],
    choice: Keep,
    reason: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """Say which of two rows stays. True when the whole upload is checked again.

    Raises RuleViolated where the choice or its reason cannot be taken.
    """
    row, _ = enter(deployment_id, Step.IMPORT_LIST, actor=actor, now=now)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    check_prose(reason=reason)
    again = watchlists.settle_picture(
        deployment_id=deployment_id,
        job_id=job_id,
        lines=lines,
        choice=choice,
        reason=reason,
        actor=actor,
        now=now,
    )
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    return sent(job_id, again)


@transaction.atomic
def take_back_picture(
    *, deployment_id: UUID, job_id: UUID, lines: tuple[int, int], actor: Actor, now: datetime
) -> bool:
    """The picture is open again; True when the upload is checked again for it."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    gates.check_step(Step.IMPORT_LIST, known, actor, now)
    again = watchlists.take_back_picture(
        deployment_id=deployment_id, job_id=job_id, lines=lines, actor=actor, now=now
    )
    return sent(job_id, again)
