"""What keeps a deployment from starting, each with who mends it and a link to where. Reads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from apps.core.data import Actor, Role
from apps.deployments.data import COMPUTED_CHECKS, CheckKind, DeploymentData
from apps.deployments.pages.labels import CHECK_LABELS
from apps.deployments.rules.blockers import About, Blocker
from apps.deployments.rules.policies import CHECK_DUTIES, DUTY_ROLES, STATUS_CHECKERS
from apps.deployments.rules.staffing import ON_DUTY
from apps.deployments.rules.waiting import CONDITION_ROLES, OFFICER, PLANNER, deciders
from apps.deployments.rules.words import one_of_roles


@dataclass(frozen=True)
class Mending:
    """`by` is who can put it right, empty where nobody has to; `url` is empty for whoever cannot."""

    words: str
    by: str = ""
    label: str = ""
    url: str = ""


@dataclass(frozen=True)
class _Place:
    """Where something is put right: a page of the deployment, and whose it is."""

    roles: Iterable[Role]
    label: str
    page: str
    suffix: str = ""


def mendings(blockers: Iterable[Blocker], *, deployment: DeploymentData, actor: Actor) -> tuple[Mending, ...]:
    """In the order of the blockers. A link is only given to somebody who may use it."""
    return tuple(_mending(blocker, deployment, actor) for blocker in blockers)


def _mending(blocker: Blocker, deployment: DeploymentData, actor: Actor) -> Mending:
    if blocker.about not in PLACES:
        return Mending(blocker.words)
    place = PLACES[blocker.about](blocker, deployment)
    roles = tuple(place.roles)
    url = reverse(f"deployments:{place.page}", args=[deployment.id]) + place.suffix
    can = actor.has(*roles)
    return Mending(blocker.words, one_of_roles(roles), place.label if can else "", url if can else "")


def _list(blocker: Blocker, deployment: DeploymentData) -> _Place:
    if deployment.watchlist_seal_hash is None:
        return _Place(PLANNER, "The list", "watchlist")
    return _Place(deciders(deployment), "Accept the list", "accept-list")


def _check(blocker: Blocker, deployment: DeploymentData) -> _Place:
    item = blocker.item
    if item is None or item in COMPUTED_CHECKS:
        return _list(blocker, deployment)
    roles = _recorders(item)
    if item is CheckKind.SIGNAGE and deployment.authority.approaches:
        return _Place(roles, "The signs", "signs")
    return _Place(roles, f"Record: {CHECK_LABELS[item]}", "checklist", f"?item={item}")


def _recorders(item: CheckKind) -> tuple[Role, ...]:
    return tuple(sorted({role for duty in CHECK_DUTIES[item] for role in DUTY_ROLES[duty]}))


def _staffing(blocker: Blocker, deployment: DeploymentData) -> _Place:
    """Whoever may take the duty that is missing; where only the number is too small, everybody who counts."""
    duties = ON_DUTY if blocker.duty is None else (blocker.duty,)
    roles = tuple(sorted({role for duty in duties for role in DUTY_ROLES[duty]}))
    return _Place(roles, "Take a duty", "run", "#duties")


# A window that has not begun, and a notice that the platform is looking for, are nobody's to mend.
PLACES: Mapping[About, Callable[[Blocker, DeploymentData], _Place]] = {
    About.APPROVAL: lambda *_: _Place((*PLANNER, *OFFICER), "The authority", "authority"),
    About.CONFIRMATION: lambda *_: _Place(OFFICER, "Confirm the approval", "confirm"),
    About.CONDITION: lambda *_: _Place(CONDITION_ROLES, "The conditions", "conditions"),
    About.ASSESSMENT: lambda *_: _Place(PLANNER, "The plan", "plan"),
    About.PLAN: lambda *_: _Place(PLANNER, "The plan", "plan"),
    About.LIST: _list,
    About.STATUS: lambda *_: _Place(STATUS_CHECKERS, "Check the status", "status-check"),
    About.STAFFING: _staffing,
    About.CHECK: _check,
    About.SIGN: lambda *_: _Place(_recorders(CheckKind.SIGNAGE), "The signs", "signs"),
}
