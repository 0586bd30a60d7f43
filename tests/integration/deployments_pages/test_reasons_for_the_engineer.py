"""A system engineer never sees the name of anybody listed: nor through what a colleague wrote as a reason."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import NoReverseMatch, reverse

from apps.core.data import Actor, Role
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind
from apps.deployments.data import DeploymentState as S
from apps.deployments.urls import urlpatterns
from tests.support.cast import make_cast, make_member
from tests.support.days import PLANNED, START

# Of nobody who is on the list, so that no other redaction finds it.
CANARY = "Zebedee Quillfeather"
WHY = f"The man by the kiosk was {CANARY}, whom two officers knew at once."


@pytest.fixture
def cast(day):
    """Somebody is named wherever a colleague writes why: narrowed, checked, suspended."""
    found = make_cast(day)
    planned = day.to(S.LIVE).authority
    shorter = replace(planned, window_end=planned.window_end - timedelta(hours=1))
    day.step(deployments.amend, day.planner, START, authority=shorter, reason=WHY)
    told = {"kind": CheckKind.ZONE_MARKED, "passed": True, "note": WHY}
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
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/"):
            found[route.name] = answer.content.decode()
    return found


def test_an_engineer_reads_who_gave_a_reason_and_when_and_a_commander_the_reason(day, cast):
    with time_machine.travel(START):
        engineers, silvers = (pages_of(cast[name], day) for name in ("engineer", "silver"))
        items = {
            name: cast[name].client().get(f"/deployments/{day.deployment_id}/checklist/?item=zone_marked")
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


def test_only_a_role_that_reads_names_brings_the_reasons(day, cast):
    """Two roles that read no name read none together, and an administrator alone reads none either."""
    found = {
        "admin": cast["admin"],
        "both": make_member(day, "both", Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN),
        "commander": make_member(day, "commander", Role.SYSTEM_ENGINEER, Role.SILVER_COMMANDER),
    }
    with time_machine.travel(START):
        pages = {name: pages_of(member, day) for name, member in found.items()}
        boards = {
            name: found[name].client().get(f"/board/{day.deployment_id}/").content.decode()
            for name in ("both", "commander")
        }
        files = {
            name: member.client().get(f"/deployments/{day.deployment_id}/authority.pdf").status_code
            for name, member in found.items()
        }
    for name in ("admin", "both"):
        assert {"page", "checklist", "authority"} <= set(pages[name])
        assert not [route for route, page in pages[name].items() if "Zebedee" in page], name
    assert CANARY in pages["commander"]["page"]
    assert CANARY in boards["commander"]
    assert files == {"admin": 403, "both": 403, "commander": 200}


@pytest.mark.parametrize("role", [Role.OVERSIGHT, Role.FORCE_ADMIN, Role.SYSTEM_ENGINEER])
def test_these_three_read_no_reasons_in_any_combination(role):
    kept_out = {Role.OVERSIGHT, Role.FORCE_ADMIN, Role.SYSTEM_ENGINEER}
    actor = Actor(id=uuid4(), label="Kit Elm", force_id=uuid4(), roles=frozenset({role}))
    assert not actor.reads_reasons
    assert not replace(actor, roles=frozenset(kept_out)).reads_reasons
    assert replace(actor, roles=frozenset({role, Role.OPERATOR})).reads_reasons


def test_the_report_on_a_cancellation_is_for_those_who_read_reasons(day):
    found = make_cast(day)
    day.to(S.NOTICE_PUBLISHED)
    report = {"reason": "the event is off", "done": WHY, "collected": WHY}
    day.step(deployments.cancel, day.planner, START, **report)
    assert CANARY in pages_of(found["silver"], day)["page"]
    for name in ("engineer", "admin"):
        page = pages_of(found[name], day)["page"]
        assert "A report was written." in page, name
        assert CANARY not in page, name
