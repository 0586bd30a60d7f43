"""domain.md §1, "what they must never be able to do": people who hold every role, on one deployment.

Each of them did one thing. Whatever roles they hold besides, what that bars them from is refused, whichever
of the two came first; and what it does not bar them from is not.
"""

from __future__ import annotations

import pytest

from apps.alerts import api as alerts
from apps.alerts.data import EngagementDecision, OperatorDecision, PictureKind
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotPermitted
from apps.deployments import api as deployments
from apps.deployments.data import Duty
from apps.deployments.models import DeploymentDuty
from apps.deployments.pages.listing import list_page
from tests.support.alert_stage import make_stage
from tests.support.days import CHECKED, IMPORTED, PLANNED, START, astronaut, listed, make_day
from tests.support.plans import REASONS
from tests.support.trained import make_people

ALL = frozenset(Role) - {Role.SYSTEM, Role.OVERSIGHT}
PLANNING = {"edit", "import", "seal"}
DECIDING = {"approve", "return", "refuse", "accept"}
COMMANDING = {"silver", "make ready", "start"}
ON_THE_DAY = {"operator", "engagement", "engineer"}
NEVER = {
    # Approve anything they drafted or built; choose whom to look for and then say whether it is them.
    "drafted": DECIDING | COMMANDING | ON_THE_DAY,
    "imported": DECIDING | COMMANDING | ON_THE_DAY,
    # Plan, operate, or adjudicate the same deployment.
    "approved": PLANNING | COMMANDING | ON_THE_DAY,
    "returned": PLANNING | COMMANDING | ON_THE_DAY,
    "accepted": PLANNING | COMMANDING | ON_THE_DAY,
    # Be its planner, AO or operator.
    "silver": PLANNING | DECIDING | {"operator"},
    "operator": PLANNING | DECIDING | COMMANDING | {"engineer"},
    "engagement": PLANNING | DECIDING | {"engineer"},
    # See watchlist names, adjudicate.
    "engineer": PLANNING | DECIDING | {"operator", "engagement", "names"},
}
DUTIES = {duty.value: duty for duty in (Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER)}


class Try:
    """What each person tries; a refusal for another reason than what they did before is a fault here."""

    def __init__(self, day, people):
        self.day, self.people = day, people
        self.tried: set[tuple[str, str]] = set()

    def all(self, attempt, operation, now, did, **arguments):
        for name in sorted(did):
            if attempt not in NEVER[name]:
                continue
            with pytest.raises(NotPermitted) as refused:
                self.day.step(operation, self.people[name], now, **arguments)
            assert refused.value.code == "duties_separated", (name, attempt)
            self.tried.add((name, attempt))


def test_what_somebody_did_bars_them_from_the_rest_of_the_deployment(real_db):
    day = make_day()
    people = make_people(day.force.id, dict.fromkeys(NEVER, ALL))
    day.planner = people["drafted"]
    day.draft()
    for name, duty in DUTIES.items():
        day.step(deployments.record_duty, people[name], PLANNED, duty=duty)
    trying, done = Try(day, people), {"drafted", *DUTIES}
    trying.all("edit", deployments.amend, PLANNED, done, authority=day.plan(max_subjects=5))
    day.step(deployments.submit, day.planner, PLANNED)
    day.step(deployments.return_, people["returned"], PLANNED, reasons=REASONS)
    done.add("returned")
    trying.all("edit", deployments.amend, PLANNED, done, authority=day.plan(max_subjects=5))
    day.step(deployments.amend, day.planner, PLANNED, authority=day.plan(max_subjects=5))
    day.step(deployments.submit, day.planner, PLANNED)
    asked = {"reasons": REASONS}
    trying.all(
        "approve", deployments.approve, PLANNED, done, authority_hash=day.get().authority_hash, **asked
    )
    trying.all("return", deployments.return_, PLANNED, done, **asked)
    trying.all("refuse", deployments.refuse, PLANNED, done, **asked)
    day.approve(actor=people["approved"])
    day.verify()
    done.add("approved")
    sent = {"rows": [listed()], "pictures": {"astronaut.png": astronaut()}.__getitem__}
    trying.all("edit", deployments.amend, PLANNED, done, authority=day.plan(max_subjects=6))
    trying.all("import", deployments.import_watchlist, IMPORTED, done, accept_warnings=True, **sent)
    day.step(deployments.import_watchlist, people["imported"], IMPORTED, accept_warnings=True, **sent)
    done.add("imported")
    trying.all("seal", deployments.seal_watchlist, IMPORTED, done)
    day.step(deployments.seal_watchlist, people["imported"], IMPORTED)
    seal = day.get().watchlist_seal_hash
    trying.all("accept", deployments.accept_watchlist, IMPORTED, done, seal_hash=seal)
    day.step(deployments.accept_watchlist, people["accepted"], IMPORTED, seal_hash=seal)
    done.add("accepted")
    trying.all("names", list_page, CHECKED, done)
    trying.all("make ready", deployments.make_ready, CHECKED, done)
    the_duties(day, people, trying)
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    trying.all("start", deployments.start, START, done)
    missed = {(name, attempt) for name, barred in NEVER.items() for attempt in barred} - trying.tried
    # What comes before somebody's own step in a deployment's life cannot be tried after it.
    assert {name for name, _ in missed} <= {"imported", "accepted", "approved", "returned"}
    assert {attempt for _, attempt in missed} <= PLANNING | DECIDING


def the_duties(day, people, trying):
    """Both ways: every duty of the day is open to exactly those whom nothing they did keeps from it."""
    for name, person in people.items():
        for attempt, duty in DUTIES.items():
            asked = {"deployment_id": day.deployment_id, "duty": duty, "actor": person}
            assert day.call(deployments.can_take_duty, **asked) is (attempt not in NEVER[name]), (
                name,
                attempt,
            )
            trying.tried |= {(name, attempt)} & {(name, barred) for barred in NEVER[name]}


def test_an_urgent_officer_alone_decides_nothing(real_db):
    """The role moves nothing yet; and who holds it besides is barred as everybody is."""
    day = make_day()
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    urgent = day.person("urgent", Role.URGENT_AUTHORISING_OFFICER)
    for operation, typed in (
        (deployments.approve, {"authority_hash": day.get().authority_hash}),
        (deployments.return_, {}),
        (deployments.refuse, {}),
    ):
        with pytest.raises(NotPermitted):
            day.step(operation, urgent, PLANNED, reasons=REASONS, **typed)


# Alerts

BARRED_FROM_ALERTS = {
    Duty.PLANNER: {"operator", "engagement", "picture"},
    Duty.AUTHORISING: {"operator", "engagement", "picture"},
    Duty.SILVER: {"operator", "picture"},
    Duty.ENGINEER: {"operator", "engagement", "picture"},
    Duty.OPERATOR: set(),
    Duty.ENGAGEMENT: set(),
}


def test_who_did_something_else_on_the_deployment_has_no_part_in_its_alerts(real_db):
    stage = make_stage(subjects=len(Duty) + 1)
    dispatched = stage.raise_alert()
    stage.decide(dispatched.id, OperatorDecision.MATCH)
    people = make_people(stage.force.id, {duty.value: ALL for duty in Duty})
    for subject_id, (duty, barred) in zip(stage.subjects[1:], BARRED_FROM_ALERTS.items(), strict=True):
        person = people[duty.value]
        with stage.context():
            DeploymentDuty.objects.create(
                deployment_id=stage.deployment_id,
                actor_id=person.id,
                actor_label=person.label,
                duty=duty,
                first_at=utc_now(),
            )
        raised = stage.raise_alert(subject_id=subject_id)
        common = {"actor": person, "now": utc_now()}
        attempts = {
            "picture": lambda c=common, a=raised: alerts.view_picture(
                alert_id=a.id, which=PictureKind.PROBE, **c
            ),
            "operator": lambda c=common, a=raised: alerts.operator_decide(
                alert_id=a.id, decision=OperatorDecision.NOT_A_MATCH, **c
            ),
            "engagement": lambda c=common: alerts.engagement_decide(
                alert_id=dispatched.id, decision=EngagementDecision.ENGAGE, reason="", **c
            ),
        }
        for name, attempt in attempts.items():
            if name in barred:
                with pytest.raises(NotPermitted) as refused:
                    stage.within(attempt)
                assert refused.value.code == "duties_separated", (duty, name)
        if "operator" not in barred:
            stage.within(attempts["operator"])


def test_one_person_never_takes_both_decisions_of_an_alert(real_db):
    stage = make_stage()
    [person] = make_people(stage.force.id, {"both": ALL}).values()
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH, person)
    with pytest.raises(NotPermitted) as refused, stage.context():
        alerts.engagement_decide(
            alert_id=alert.id, decision=EngagementDecision.ENGAGE, reason="", actor=person, now=utc_now()
        )
    assert refused.value.code == "same_person"


@pytest.mark.parametrize("role", [Role.FORCE_ADMIN, Role.OVERSIGHT, Role.SYSTEM_ENGINEER])
def test_who_sees_no_face_by_their_role_sees_none(real_db, role):
    stage = make_stage()
    alert = stage.raise_alert()
    person = stage.person("somebody", role)
    for which in PictureKind:
        with pytest.raises(NotPermitted), stage.context():
            alerts.view_picture(alert_id=alert.id, which=which, actor=person.actor, now=utc_now())
