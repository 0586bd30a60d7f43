"""The one look of relays past the wall: which states end a loan is the database's to say, and no caller's."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection

from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.deployments.data import DeploymentState
from apps.deployments.models import Deployment
from apps.relays.boxes import is_lent_elsewhere
from apps.relays.models import Relay
from apps.relays.policies import OVER
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.usefixtures("real_db")
BOX = "van-box-0001"


@pytest.fixture
def lent():
    """A box with a valid key for a deployment of another force."""
    theirs = make_stage("south")
    with theirs.context():
        Relay.objects.create(
            name="Van 1",
            key_id=uuid4().hex[:16],
            key_sha256=b"0" * 32,
            deployment_id=theirs.deployment_id,
            camera_ids=[],
            enrolled_at=utc_now(),
            box_id=BOX,
        )
    return theirs


def test_the_states_that_end_a_loan_are_those_of_the_rules(lent):
    ours, found = make_stage("north"), {}
    for state in DeploymentState:
        with lent.context():
            Deployment.objects.filter(id=lent.deployment_id).update(state=state)
        with ours.context():
            found[state] = is_lent_elsewhere(box_id=BOX, deployment_id=ours.deployment_id)
    assert {state for state, is_lent in found.items() if not is_lent} == OVER


def test_a_caller_cannot_say_which_states_end_a_loan(lent):
    ours = make_stage("north")
    with (
        pytest.raises(ProgrammingError, match="does not exist"),
        force_context(ours.force.id),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT relays_box_lent_elsewhere(%s, %s, %s)", [BOX, uuid4(), ["live"]])
