"""A form that a script sends from its page: it is told where to go on, and the message waits there."""

import pytest

from apps.core.clock import utc_now
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState, Duty
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.usefixtures("real_db")
FROM_PAGE = {"X-Sent-From-Page": "1"}


@pytest.fixture
def stage():
    stage = make_stage()
    on_duty = {"deployment_id": stage.deployment_id, "duty": Duty.SILVER}
    stage.within(deployments.record_duty, **on_duty, actor=stage.silver.actor, now=utc_now())
    return stage


def send(client, stage, headers, reason="A child has climbed the barrier"):
    address = f"/deployments/{stage.deployment_id}/run/"
    return client.post(address, {"step": "suspend", "reason": reason}, headers=headers)


def state(stage):
    return stage.within(deployments.get, deployment_id=stage.deployment_id).state


def test_it_hears_where_to_go_on_and_the_message_waits_there(stage):
    client = stage.silver.client()
    answer = send(client, stage, FROM_PAGE)
    assert (answer.status_code, answer.content) == (204, b"")
    assert not answer.has_header("Location")
    assert answer["X-Go-To"] == f"/deployments/{stage.deployment_id}/run/"
    assert state(stage) is DeploymentState.SUSPENDED
    assert "is suspended. Recognition stopped." in client.get(answer["X-Go-To"]).content.decode()


def test_sent_twice_the_second_changes_nothing_and_says_so(stage):
    client = stage.silver.client()
    send(client, stage, FROM_PAGE)
    again = send(client, stage, FROM_PAGE)
    assert again.status_code == 204
    assert "Nothing was changed by this press" in client.get(again["X-Go-To"]).content.decode()


def test_what_was_refused_comes_as_its_page(stage):
    answer = send(stage.silver.client(), stage, FROM_PAGE, reason="No")
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert state(stage) is DeploymentState.LIVE


def test_whoever_is_signed_out_is_led_to_the_sign_in(stage, client):
    answer = send(client, stage, FROM_PAGE)
    assert answer.status_code == 204
    assert answer["X-Go-To"].startswith("/sign-in/")
    assert state(stage) is DeploymentState.LIVE


def test_a_browser_without_the_script_is_redirected_as_ever(stage):
    answer = send(stage.silver.client(), stage, {})
    assert answer.status_code == 302
    assert answer["Location"] == f"/deployments/{stage.deployment_id}/run/"
