"""Who is at the console of a deployment now, and on which step they may decide.

Kept in Valkey alone, under the force and the deployment, and gone by itself seconds after the last question
of a page: it says who could answer an alert at this moment, so it is neither stored nor counted, and nobody's
work is measured by it. When Valkey is away nobody can say who is there: that is `None`, never "nobody".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from redis.exceptions import RedisError

from apps.alerts import policies
from apps.alerts.data import Step
from apps.core import redis
from apps.core.data import Actor, Role
from apps.core.errors import DomainError
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentData, Duty, DutyData

log = logging.getLogger(__name__)

# A page asks every two seconds; a browser that let it sleep is not somebody at the console.
PRESENT_FOR = timedelta(seconds=10)
MOST_PEOPLE = 200
# Whether somebody is trained changes by the day, and a page asks every two seconds.
TRAINED_AGAIN = timedelta(seconds=60)
STEP_ROLES: Mapping[Step, tuple[Role, Duty]] = {
    Step.OPERATOR: (Role.OPERATOR, Duty.OPERATOR),
    Step.ENGAGEMENT: (Role.ENGAGEMENT_OFFICER, Duty.ENGAGEMENT),
}
NOBODY_WORDS: Mapping[Step, str] = {
    Step.OPERATOR: "No operator is at a console.",
    Step.ENGAGEMENT: "No engagement officer is at a console.",
}


@dataclass(frozen=True)
class Present:
    """Somebody with the console open. `steps`: on which they may decide; none for who only looks on, and none
    while the page is `covered`: covered or hidden, so that an alert is before nobody's eyes."""

    person_id: UUID
    label: str
    steps: frozenset[Step]
    since: datetime
    covered: bool = False


class Sign(StrEnum):
    """Which page tells of somebody, and how."""

    CONSOLE = "console"
    # The console, covered or hidden because nobody uses it.
    COVERED = "covered"
    # A page that belongs to an alert and is filled in now, in front of the console.
    BESIDE = "beside"


@dataclass(frozen=True)
class _Kept:
    """What is kept of somebody: for which steps they are trained, of which that was asked, and when; and when
    they were last at a page beside the console."""

    person: Present
    able: frozenset[Step]
    asked_of: frozenset[Step]
    asked_at: datetime
    beside_at: datetime | None = None


def steps_of(*, actor: Actor, deployment: DeploymentData, duties: Collection[DutyData]) -> frozenset[Step]:
    """The steps of this deployment that this person's roles and what they did on it leave open to them."""
    if actor.id in {None, deployment.planner_id, deployment.approver_id}:
        return frozenset()
    return frozenset(
        step
        for step, (role, duty) in STEP_ROLES.items()
        if actor.has(role) and _is_free(duties, actor=actor, duty=duty)
    )


def _is_free(duties: Collection[DutyData], *, actor: Actor, duty: Duty) -> bool:
    try:
        deployments.check_duty(duties, actor=actor, duty=duty)
    except DomainError:
        return False
    return True


def beat(
    *,
    deployment_id: UUID,
    actor: Actor,
    steps: frozenset[Step],
    trained: Callable[[Step], bool],
    now: datetime,
    sign: Sign = Sign.CONSOLE,
) -> tuple[Present, ...] | None:
    """Note that this person's page has asked; everybody who is there, they included. None: nobody can say.

    Of `steps` those count for which they are `trained`, which is asked at first and once a minute.
    """
    name = _key(deployment_id)
    try:
        there = _living(redis.client().hgetall(name), now)
        if actor.id is not None and (actor.id in there or len(there) < MOST_PEOPLE):
            there[actor.id] = _now_here(there.get(actor.id), actor, steps, trained, now, sign)
            pipe = redis.client().pipeline(transaction=False)
            pipe.hset(name, str(actor.id), _packed(there[actor.id], now))
            pipe.expire(name, int(PRESENT_FOR.total_seconds()) * 2)
            pipe.execute()
    except RedisError as problem:
        log.warning("who is at the console could not be noted: %s", type(problem).__name__)
        return None
    return _ordered(there)


def _now_here(
    before: _Kept | None,
    actor: Actor,
    steps: frozenset[Step],
    trained: Callable[[Step], bool],
    now: datetime,
    sign: Sign,
) -> _Kept:
    if before and before.asked_of == steps and abs(now - before.asked_at) < TRAINED_AGAIN:
        able, asked_at = before.able, before.asked_at
    else:
        able, asked_at = frozenset(step for step in steps if trained(step)), now
    beside_at = before.beside_at if before else None
    if sign is Sign.BESIDE:
        beside_at = now
    # The console is hidden behind the page that they fill in.
    covered = sign is Sign.COVERED and not (beside_at and abs(now - beside_at) < PRESENT_FOR)
    person = Present(
        person_id=policies.person(actor),
        label=actor.label,
        steps=frozenset() if covered else able,
        since=before.person.since if before else now,
        covered=covered,
    )
    return _Kept(person, able, steps, asked_at, beside_at)


def present(*, deployment_id: UUID, now: datetime) -> tuple[Present, ...] | None:
    """Everybody whose page asked within the last seconds. None while nobody can say."""
    try:
        return _ordered(_living(redis.client().hgetall(_key(deployment_id)), now))
    except RedisError as problem:
        log.warning("who is at the console could not be read: %s", type(problem).__name__)
        return None


def missing_steps(there: Sequence[Present] | None) -> frozenset[Step]:
    """The steps on which nobody who is there may decide; none while nobody can say."""
    if there is None:
        return frozenset()
    return frozenset(Step).difference(*(person.steps for person in there))


def nobody_words(there: Sequence[Present] | None) -> str:
    """Who is missing, in words; empty when each step has somebody, and while nobody can say."""
    missing = missing_steps(there)
    return " ".join(words for step, words in NOBODY_WORDS.items() if step in missing)


def _key(deployment_id: UUID) -> str:
    return redis.key("present", current_force_id().hex, deployment_id.hex)


def _packed(kept: _Kept, now: datetime) -> str:
    return json.dumps(
        {
            "label": kept.person.label,
            "steps": sorted(kept.person.steps),
            "since": kept.person.since.isoformat(),
            "covered": kept.person.covered,
            "able": sorted(kept.able),
            "beside_at": kept.beside_at.isoformat() if kept.beside_at else "",
            "asked_of": sorted(kept.asked_of),
            "asked_at": kept.asked_at.isoformat(),
            "at": now.isoformat(),
        }
    )


def _living(found: Mapping[bytes | str, bytes | str], now: datetime) -> dict[UUID, _Kept]:
    there: dict[UUID, _Kept] = {}
    for person, packed in found.items():
        said, person_id = json.loads(packed), UUID(person if isinstance(person, str) else person.decode())
        # By how far, not in which direction: two web machines' clocks differ by a little.
        if abs(now - datetime.fromisoformat(said["at"])) < PRESENT_FOR:
            there[person_id] = _Kept(
                Present(
                    person_id,
                    said["label"],
                    _steps(said["steps"]),
                    datetime.fromisoformat(said["since"]),
                    said["covered"],
                ),
                _steps(said["able"]),
                _steps(said["asked_of"]),
                datetime.fromisoformat(said["asked_at"]),
                datetime.fromisoformat(said["beside_at"]) if said["beside_at"] else None,
            )
    return there


def _steps(said: Collection[str]) -> frozenset[Step]:
    return frozenset(Step(step) for step in said)


def _ordered(there: Mapping[UUID, _Kept]) -> tuple[Present, ...]:
    found = (kept.person for kept in there.values())
    return tuple(sorted(found, key=lambda person: (person.since, person.label)))
