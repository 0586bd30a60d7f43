"""Taking one person off the list in force, live, by anybody on duty (domain.md §2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.text import check_prose
from apps.deployments import queries
from apps.deployments.data import DutyData
from apps.deployments.rules.policies import MIN_SHORT_REASON, check_reason, check_role
from apps.deployments.rules.separation import check_names
from apps.deployments.rules.staffing import ON_DUTY
from apps.watchlists import api as watchlists
from apps.watchlists.data import FoundPerson, WatchlistData, WatchlistState

# Not tied to a duty: who chose the people, and who answers for the list.
ANSWERABLE = (Role.PLANNER, Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER)
STREET = (Role.SILVER_COMMANDER, Role.OPERATOR, Role.ENGAGEMENT_OFFICER)


def check_may_remove(actor: Actor, duties: list[DutyData]) -> None:
    """Whoever is on duty here, and may know who is listed. Raises NotPermitted."""
    check_role(actor, *STREET, *ANSWERABLE)
    check_names(duties, actor=actor)
    on_duty = any(
        past.actor_id == actor.id and past.duty in ON_DUTY and past.laid_down_at is None for past in duties
    )
    if not on_duty and not actor.has(*ANSWERABLE):
        raise NotPermitted(
            "Only somebody on duty here can take a person off the list. Take your duty first.",
            code="not_on_duty",
        )


def find_person(*, deployment_id: UUID, words: str, actor: Actor, now: datetime) -> tuple[FoundPerson, ...]:
    """Raises NotPermitted, NotFound, RuleViolated where there is no list, or too little was typed."""
    watchlist = _list(deployment_id, actor)
    return watchlists.find_people(watchlist_id=watchlist.id, words=words, actor=actor, now=now)


@transaction.atomic
def remove_person(*, deployment_id: UUID, subject_id: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """From the moment this commits no search finds them, and open alerts of them say so on every console.

    Raises NotFound for somebody who is not on the list of this deployment any more.
    """
    watchlist = _list(deployment_id, actor)
    check_reason(reason, minimum=MIN_SHORT_REASON)
    check_prose(reason=reason)
    if subject_id not in watchlists.subject_ids(watchlist_id=watchlist.id):
        raise NotFound("this person is not on the list of this deployment any more")
    watchlists.remove_subject(subject_id=subject_id, reason=reason, actor=actor, now=now)


def _list(deployment_id: UUID, actor: Actor) -> WatchlistData:
    deployment = queries.get(deployment_id=deployment_id)
    check_may_remove(actor, queries.duties(deployment_id=deployment.id))
    found = watchlists.get_for_deployment(deployment_id=deployment.id)
    if found is None or found.state not in (WatchlistState.IMPORTED, WatchlistState.SEALED):
        raise RuleViolated(["There is no list: nobody can be found by it."], code="no_list")
    return found
