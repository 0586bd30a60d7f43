"""Whoever is kept from a step by what they did before is not told that it is theirs."""

import re

import pytest
import time_machine

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import Duty
from apps.deployments.models import Deployment
from tests.support.alert_stage import make_stage
from tests.support.cast import make_cast
from tests.support.days import PLANNED, START, make_day


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def cast(day):
    return make_cast(day)


def give(day, member, role):
    day.call(accounts.grant_role, user_id=member.actor.id, role=role, actor=day.system, now=PLANNED)


def take(day, user_id, role):
    why = {"reason": "moved on", "actor": day.system, "now": PLANNED}
    day.call(accounts.revoke_role, user_id=user_id, role=role, **why)


def read(member, address, at=PLANNED):
    with time_machine.travel(at):
        answer = member.client().get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def test_a_planner_who_may_authorise_reads_that_it_waits_for_another(day, cast):
    day.to(S.SUBMITTED)
    give(day, cast["planner"], Role.AUTHORISING_OFFICER)
    page = read(cast["planner"], f"/deployments/{day.deployment_id}/")
    assert "What you do next" not in page
    assert "What happens next" in page
    assert "It waits for an authorising officer other than you." in page
    assert "Nobody else in your force" not in page
    assert "<strong>Decide.</strong>" not in read(cast["planner"], "/deployments/")
    assert "What you do next" in read(cast["officer"], f"/deployments/{day.deployment_id}/")
    assert "<strong>Decide.</strong>" in read(cast["officer"], "/deployments/")


def test_and_when_nobody_else_holds_the_role_that_is_said(day, cast):
    day.to(S.SUBMITTED)
    give(day, cast["planner"], Role.AUTHORISING_OFFICER)
    for other in day.call(accounts.holders, roles={Role.AUTHORISING_OFFICER}) - {cast["planner"].actor.id}:
        take(day, other, Role.AUTHORISING_OFFICER)
    page = read(cast["planner"], f"/deployments/{day.deployment_id}/")
    assert "Nobody else in your force holds that role" in page


def _approved(stage, person):
    Deployment.objects.filter(id=stage.deployment_id).update(approver_id=person.actor.id)


def _commands(stage, person):
    done = {"deployment_id": stage.deployment_id, "actor": person.actor, "now": utc_now()}
    deployments.record_duty(duty=Duty.SILVER, **done)


@pytest.mark.parametrize(
    ("role", "did"), [(Role.AUTHORISING_OFFICER, _approved), (Role.SILVER_COMMANDER, _commands)]
)
def test_no_alert_waits_for_an_operator_who_approved_it_or_commands_it(real_db, role, did):
    stage = make_stage("north")
    stage.raise_alert()
    both = stage.person("both", Role.OPERATOR, role)
    before = both.client().get("/").content.decode()
    assert "1 alert waits for an operator." in before
    stage.within(did, stage, both)
    page = both.client().get("/").content.decode()
    assert "alert waits for an operator" not in page
    assert "Console of" not in page
    assert "1 alert waits for an operator." in stage.operator.client().get("/").content.decode()


LINK = re.compile(r'<a[^>]*href="(/[^"#]*)"')


@pytest.mark.slow
def test_no_page_of_a_deployment_offers_a_link_that_refuses_whoever_reads_it(day, cast):
    with time_machine.travel(START):
        day.to(S.LIVE)
    pages = ["", "run/", "checklist/", "authority/"]
    refused = []
    for name, member in cast.items():
        client, tried = member.client(), set()
        with time_machine.travel(START):
            for page in [f"/deployments/{day.deployment_id}/{each}" for each in pages]:
                answer = client.get(page)
                if answer.status_code != 200:
                    continue
                for link in set(LINK.findall(answer.content.decode())) - tried:
                    tried.add(link)
                    if client.get(link).status_code not in (200, 302):
                        refused.append((name, page, link))
    assert not refused
