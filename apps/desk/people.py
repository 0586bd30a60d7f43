"""Who could do what at an instant: roles, training, and the duties of that day's deployments.

The force's administrator reads names. The oversight body reads a pseudonym, the same for a person on every
day, in the audit and in the records, and in no other force.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from apps.accounts import api as accounts
from apps.accounts.data import HeldRole
from apps.audit import api as audit
from apps.core.clock import LONDON, london
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.wording import say_role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, DutyData
from apps.deployments.rules.words import DUTY_WORDS

READERS = (Role.FORCE_ADMIN, Role.OVERSIGHT)
MIN_REASON = 5
COLUMNS = ("Person", "Rank", "Role", "Since", "Training", "Duties of the day")
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class DayPerson:
    """Somebody at the instant. `roles` may be empty for whoever lost them but had a duty that day."""

    name: str
    rank: str
    is_service: bool
    roles: tuple[HeldRole, ...]
    duties: tuple[tuple[DeploymentData, str], ...]


def people_on(*, at: datetime, actor: Actor) -> list[DayPerson]:
    """Three queries for any number of people. Raises NotPermitted."""
    if not actor.has(*READERS):
        raise NotPermitted("Only the force's administrator and the oversight body read who could do what.")
    named = actor.has(Role.FORCE_ADMIN) and not actor.has(Role.OVERSIGHT)
    held: defaultdict[UUID, list[HeldRole]] = defaultdict(list)
    for role in accounts.people_on(at=at):
        held[role.user_id].append(role)
    duties: defaultdict[UUID, list[tuple[DeploymentData, DutyData]]] = defaultdict(list)
    for deployment, duty in _duties_of_day(at):
        duties[duty.actor_id].append((deployment, duty))
    found = [_person(user_id, held[user_id], duties[user_id], named) for user_id in {*held, *duties}]
    return sorted(found, key=lambda person: (not person.roles, person.name.lower()))


def deleted_since(at: datetime, *, now: datetime) -> int:
    """How many people who had left the schedule has deleted since then: they may be missing from that day."""
    found = audit.used(start=at, end=now, verbs=("person.deleted",))
    return found.get("person.deleted", (0, None, None))[0]


def _duties_of_day(at: datetime) -> list[tuple[DeploymentData, DutyData]]:
    day = london(at).date()
    start, end = (datetime.combine(d, time(), tzinfo=LONDON) for d in (day, day + timedelta(days=1)))
    return deployments.duties_between(start=start, end=end)


def _person(
    user_id: UUID,
    roles: Sequence[HeldRole],
    duties: Sequence[tuple[DeploymentData, DutyData]],
    named: bool,
) -> DayPerson:
    shown = roles[0].name if roles else duties[0][1].actor_label
    return DayPerson(
        name=shown if named else audit.pseudonym(user_id),
        rank=roles[0].rank if roles else "",
        is_service=bool(roles and roles[0].is_service),
        roles=tuple(roles),
        duties=tuple((deployment, DUTY_WORDS[duty.duty]) for deployment, duty in duties),
    )


@transaction.atomic
def export(*, at: datetime, reason: str, actor: Actor, now: datetime) -> str:
    """The same as CSV. Raises NotPermitted, ReauthenticationNeeded, RuleViolated without a reason."""
    people = people_on(at=at, actor=actor)
    check_reauthenticated(actor)
    if len(" ".join(reason.split())) < MIN_REASON:
        raise RuleViolated(["Write in a few words why."], code="reasons_missing")
    audit.record(
        actor=actor,
        verb="people.exported",
        object_type="people",
        object_id=uuid5(NAMESPACE_URL, f"people/{actor.force_id}"),
        payload={"at": at.isoformat(), "people": len(people)},
        now=now,
        reason=reason,
    )
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for person in people:
        writer.writerows(_rows(person))
    return out.getvalue()


def _rows(person: DayPerson) -> Iterable[list[str]]:
    duties = "; ".join(f"{deployment.reference}: {duty}" for deployment, duty in person.duties)
    roles = [(say_role(r.role), london(r.since).isoformat(), _trained(r.trained)) for r in person.roles]
    for role, since, trained in roles or [("none", "", "")]:
        yield [_cell(text) for text in (person.name, person.rank, role, since, trained, duties)]


def _trained(trained: bool | None) -> str:
    return {True: "current", False: "none current", None: "not needed"}[trained]


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
