"""A system engineer never sees the name of anybody listed: nor through what a colleague wrote as a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.urls import NoReverseMatch, reverse

from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind
from apps.deployments.data import DeploymentState as S
from apps.deployments.urls import urlpatterns
from tests.support.cast import make_cast, make_member
from tests.support.days import PLANNED, START, make_day

# Of nobody who is on the list, so that no other redaction finds it.
CANARY = "Zebedee Quillfeather"
WHY = f"The man by the kiosk was {CANARY}, whom two officers knew at once."


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def cast(day):
    """Somebody is named wherever a colleague writes why: narrowed, checked, suspended."""
    found = make_cast(day)
    planned = day.to(S.LIVE).authority
    shorter = replace(planned, window_end=planned.window_end - timedelta(hours=1))
    day.step(deployments.amend, day.planner, START, authority=shorter, reason=WHY)
    told = {"kind": CheckKind.SIGNAGE, "passed": True, "note": WHY}
    day.step(deployments.record_check, day.silver, START, **told)
    day.step(deployments.suspend, day.silver, START, reason=WHY)
    return found


def pages_of(member, day):
    """Every page of the deployment that this person gets to see, by its name."""
    client, found = member.client(), {}
    for route in urlpatterns:
        try:
            address = reverse(f"deployments:{route.name}", args=[day.deployment_id])
        except NoReverseMatch:
            continue
        answer = client.get(address)
        if answer.status_code == 200:
            found[route.name] = answer.content.decode()
    return found


def test_an_engineer_reads_who_gave_a_reason_and_when_and_a_commander_the_reason(day, cast):
    with time_machine.travel(START):
        engineers, silvers = (pages_of(cast[name], day) for name in ("engineer", "silver"))
        items = {
            name: cast[name].client().get(f"/deployments/{day.deployment_id}/checklist/?item=signage")
            for name in ("engineer", "silver")
        }
    assert {"page", "run", "checklist", "authority"} <= set(engineers)
    for name, page in engineers.items():
        assert "Zebedee" not in page, name
    assert "Zebedee" not in items["engineer"].content.decode()
    assert engineers["page"].count("A reason was given") >= 2
    suspended = f"By {day.silver.label} on "
    assert suspended in engineers["run"]
    assert "A reason was given" in engineers["run"]
    for name in ("page", "run", "checklist", "authority"):
        assert CANARY in silvers[name], name
    assert CANARY in items["silver"].content.decode()


def test_an_engineer_does_not_read_why_a_plan_was_returned(day):
    cast = make_cast(day)
    day.to(S.SUBMITTED)
    day.step(deployments.return_, day.officer, PLANNED, reasons=WHY)
    address = f"/deployments/{day.deployment_id}/"
    with time_machine.travel(PLANNED):
        for name, reads in (("engineer", False), ("planner", True)):
            page = cast[name].client().get(address).content.decode()
            assert "Why it was returned" in page
            assert (CANARY in page) is reads, name


def test_who_holds_another_role_beside_reads_it(day, cast):
    both = make_member(day, "both", Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER)
    with time_machine.travel(START):
        page = both.client().get(f"/deployments/{day.deployment_id}/").content.decode()
    assert CANARY in page
