"""The page of a deployment leads to its casework, with how that stands, for whoever works on it."""

import re

import pytest

from apps.casework import operations
from apps.core.data import Role
from apps.deployments.data import DeploymentState
from tests.support.casework import WORDS, arrested, complaint, do, hours, result
from tests.support.cast import make_cast
from tests.support.days import make_day
from tests.support.signing_in import signed_in


def page(stage, role=Role.PLANNER):
    answer = stage.person(f"reads {role}", role).client().get(f"/deployments/{stage.deployment_id}/")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_it_says_what_is_not_recorded_yet_and_then_what_is(stage):
    shown = page(stage)
    assert "Hours and cost Not recorded yet" in shown
    assert "Results of arrests No arrest" in shown
    assert "Complaints None recorded" in shown
    number = arrested(stage)
    arrested(stage)
    hours(stage)
    result(stage, number)
    case_id = complaint(stage)
    shown = page(stage)
    assert "Hours and cost Recorded" in shown
    assert "Results of arrests 1 of 2 not recorded yet" in shown
    assert "Complaints 1, of which 1 is open" in shown
    do(stage, operations.step_complaint, case_id=case_id, step="withdraw", words=WORDS)
    assert "Complaints 1, none open" in page(stage)


def test_the_links_lead_there(stage):
    client = stage.person("reads planner", Role.PLANNER).client()
    shown = client.get(f"/deployments/{stage.deployment_id}/").content.decode()
    for anchor in ("hours", "arrests", "complaint"):
        assert f'href="/casework/deployments/{stage.deployment_id}/#{anchor}"' in shown
    there = client.get(f"/casework/deployments/{stage.deployment_id}/").content.decode()
    for anchor in ("hours", "arrests", "complaint"):
        assert f'id="{anchor}"' in there


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER])
def test_others_see_nothing_of_it(stage, role):
    assert "Hours and cost" not in page(stage, role)


def test_before_it_began_there_is_none(real_db):
    day = make_day("north")
    planner = signed_in(make_cast(day)["planner"].username)
    deployment = day.to(DeploymentState.LIST_SEALED)
    answer = planner.get(f"/deployments/{deployment.id}/")
    assert answer.status_code == 200
    assert "Hours and cost" not in answer.content.decode()
