"""The sweep writes down that recognition runs although somebody's status was not checked in time."""

from datetime import timedelta

import pytest

from apps.audit import api as audit
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.ops import tasks
from tests.support.days import START, make_day
from tests.support.wanted import with_people


@pytest.fixture
def wanted(real_db):
    return with_people(make_day("north", status_valid_hours=4))


def test_the_sweep_notes_it(wanted):
    wanted.step(deployments.start, wanted.silver, START)
    for hours in (0.5, 2, 2.1):
        assert tasks.sweep_force(force_id=wanted.force.id, now=START + timedelta(hours=hours)) == []
    with force_context(wanted.force.id):
        noted = [e for e in audit.events_about(object_id=wanted.deployment_id) if "status_grew" in e.verb]
    assert [event.at for event in noted] == [START + timedelta(hours=2)]
    assert noted[0].payload["people"] == 3
    assert "TS-00" not in str(noted[0].payload)
