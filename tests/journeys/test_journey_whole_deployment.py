"""From draft to published result through every role, on a phone and on a desk; each page is looked at."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.support.assessed import assessed
from tests.support.cast import make_cast
from tests.support.journey import Journey


@pytest.fixture
def journey(off_loop, open_as, server, photos):
    from apps.forces import api as forces
    from tests.support import days

    def make():
        name = "Hertfordshire Constabulary"
        day = days.Day(forces.create_force(slug="hertfordshire", name=name, now=days.PLANNED))
        day.members = make_cast(day)
        assessed(day.force.id, day.members["planner"].actor)
        return day

    return Journey(off_loop(make), open_as, off_loop, server, 390, photos)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_deployment_from_draft_to_published_result(journey):
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=2)
    with time_machine.travel(start - timedelta(days=8)):
        journey.register_cameras()
        journey.plan(start, start + timedelta(hours=4))
        journey.approve()
        address = journey.publish(datetime.now(UTC))
    journey.import_and_seal()
    journey.accept()
    journey.take_duties()
    journey.record_checks()
    journey.start()
    assert "Taking place now" in journey.notice(address, "notice-live")
    journey.suspend_and_resume()
    journey.decide_twice()
    journey.end()
    journey.review()
    published = journey.notice(address, "notice-results")
    assert "Results" in published
    assert "TS-001" not in published
    assert "Test subject" not in published
    with time_machine.travel(start + timedelta(hours=30)):
        journey.purge()
        journey.notice(address, "notice-deleted")
        assert "TS-001" not in journey.record("oversight")
