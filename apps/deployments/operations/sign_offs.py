"""An authorising officer signs for one person of the list; the planner leaves out whom nobody signed for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.text import check_prose
from apps.deployments import facts, queries
from apps.deployments.data import Duty
from apps.deployments.facts import DeploymentFacts
from apps.deployments.operations._steps import lock, note_duty
from apps.deployments.rules.policies import MIN_DECISION_REASON, check_reason, check_role
from apps.deployments.rules.separation import check_duty, check_names, check_trained
from apps.watchlists import api as watchlists
from apps.watchlists.data import WatchlistState
from apps.watchlists.sign_offs import SpecialEntry

READERS = (Role.PLANNER, Role.AUTHORISING_OFFICER)


def _list_id(known: DeploymentFacts) -> UUID:
    watchlist = known.watchlist
    if watchlist is None or watchlist.state not in (WatchlistState.IMPORTED, WatchlistState.SEALED):
        raise RuleViolated(["There is no list: nobody waits for a signature."], code="no_list")
    return watchlist.id


@transaction.atomic
def special_entries(*, deployment_id: UUID, actor: Actor, now: datetime) -> tuple[SpecialEntry, ...]:
    """Whom the list has of the groups that need a signature. Raises NotPermitted, NotFound, RuleViolated."""
    known = facts.of(queries.get(deployment_id=deployment_id))
    check_role(actor, *READERS)
    check_names(known.duties, actor=actor)
    return watchlists.special_entries(watchlist_id=_list_id(known), actor=actor, now=now)


def check_may_sign(known: DeploymentFacts, *, actor: Actor, now: datetime) -> None:
    """The approval is always another person's, whatever roles one holds. Raises NotPermitted."""
    check_role(actor, Role.AUTHORISING_OFFICER)
    check_names(known.duties, actor=actor)
    check_duty(known.duties, actor=actor, duty=Duty.AUTHORISING)
    days = (london(now).date(),)
    trained = actor.id is not None and known.trained(actor.id, Role.AUTHORISING_OFFICER, days)
    check_trained(Duty.AUTHORISING, trained=trained, days=days)


@transaction.atomic
def sign_for(
    *,
    deployment_id: UUID,
    subject_id: UUID,
    seen: str,
    granted: bool,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Sign for the entry that was read, or refuse to: then the person is off the list at once.

    Raises NotPermitted, ReauthenticationNeeded, RuleViolated, InvalidTransition once the list is sealed.
    """
    row = lock(deployment_id)
    known = facts.of(queries.as_data(row))
    check_may_sign(known, actor=actor, now=now)
    check_reason(reason, minimum=MIN_DECISION_REASON)
    check_prose(reason=reason)
    check_reauthenticated(actor)
    watchlists.sign_for(
        watchlist_id=_list_id(known),
        subject_id=subject_id,
        seen=seen,
        granted=granted,
        reason=reason,
        actor=actor,
        now=now,
    )
    note_duty(row, Duty.AUTHORISING, actor=actor, now=now)


@transaction.atomic
def leave_out_unsigned(*, deployment_id: UUID, actor: Actor, now: datetime) -> int:
    """Take off everybody for whom nobody signed, so that the list can be sealed. Returns how many."""
    row = lock(deployment_id)
    known = facts.of(queries.as_data(row))
    check_role(actor, Role.PLANNER)
    check_names(known.duties, actor=actor)
    check_duty(known.duties, actor=actor, duty=Duty.PLANNER)
    left_out = watchlists.leave_out_unsigned(watchlist_id=_list_id(known), actor=actor, now=now)
    note_duty(row, Duty.PLANNER, actor=actor, now=now)
    return left_out
