"""The way to a live rehearsal, by the operations that people's buttons call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from apps.core.clock import utc_now
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.demo import people as cast_of_people
from apps.demo import rehearsal, volunteers
from apps.demo.day.officers import Session
from apps.demo.people import actor
from apps.demo.rehearsal import Listed
from apps.demo.script import LISTED
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState
from apps.forces import api as forces
from tests.support.faultlab.lab import CAMERA, Lab
from tests.support.faultlab.watch import Watch

PACK = "opencv-zoo"
AGO = timedelta(days=8)
# The shortest that a force can set: alerts that nobody decides expire within the run.
DECISION_EXPIRY_S = 15


def live(
    lab: Lab, *, cameras: tuple[str, ...] = (CAMERA,), decision_expiry_s: int = DECISION_EXPIRY_S
) -> Any:
    """(force id, people, deployment, the relay's key)."""
    now = utc_now()
    force = forces.create_force(
        slug="eastmere", name="Eastmere Police", now=now - AGO, decision_expiry_s=decision_expiry_s
    )
    people = cast_of_people.create_people(force_id=force.id, slug=force.slug, now=now - AGO)
    listed = [
        Listed(person.reference, lab.photos / person.enrols)
        for person in LISTED
        if person.reference and person.enrols
    ]
    references = {item.reference for item in listed}
    volunteers.agree(force_id=force.id, people=people, references=references, now=now - AGO)
    window = (now - timedelta(seconds=1), now + timedelta(hours=3))
    planned = rehearsal.plan_and_approve(
        force_id=force.id,
        people=people,
        camera_names=list(cameras),
        window=window,
        pack_id=PACK,
        now=now - AGO,
    )
    rehearsal.verify_notice(force_id=force.id, deployment_id=planned.id, now=now - AGO)
    rehearsal.import_listed(
        force_id=force.id,
        deployment_id=planned.id,
        planner=people["planner"],
        listed=listed,
        staging=lab.platform.place.home,
    )
    rehearsal.seal_and_accept(force_id=force.id, deployment_id=planned.id, people=people)
    accepted = rehearsal.current(force.id, planned.id)
    key = rehearsal.enrol_relay(force_id=force.id, deployment=accepted, engineer=people["engineer"])
    started = rehearsal.check_and_start(force_id=force.id, deployment_id=planned.id, people=people)
    return force.id, people, started, key


def watch(lab: Lab) -> Watch:
    sessions = []
    for name in ("operator", "commander"):
        session = Session(lab.platform.base_url, lab.people[name])
        session.sign_in()
        sessions.append(session)
    found = Watch(*sessions, deployment_id=lab.deployment_id)
    found.start()
    return found


def pause_and_go_on(lab: Lab) -> None:
    """Suspend and resume: the loop ends, and a worker has to take a new task from the broker."""
    _by_commander(lab, deployments.suspend, reason="A test asks.")
    lab.until(lambda: lab.shard().released_at is not None, "the shard is released while suspended")
    _by_commander(lab, deployments.resume)


def go_on(lab: Lab) -> None:
    """Where the platform suspended itself meanwhile, the commander goes on, once the camera is heard."""
    if lab.deployment_now().state is not DeploymentState.SUSPENDED:
        return
    with suppress(DomainError):
        _by_commander(lab, deployments.resume)


def _by_commander(lab: Lab, operation: Callable[..., Any], **arguments: Any) -> None:
    with force_context(lab.force_id):
        commander = actor(lab.people["commander"], lab.force_id)
    lab.ask(lambda: operation(deployment_id=lab.deployment_id, actor=commander, now=utc_now(), **arguments))
