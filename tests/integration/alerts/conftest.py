"""Fixtures. What touches Django is imported inside them: pytest reads this file before Django is set up."""

import pytest


@pytest.fixture
def stage(real_db):
    from tests.support.alert_stage import make_stage

    return make_stage("north")


@pytest.fixture
def other_stage(real_db):
    from tests.support.alert_stage import make_stage

    return make_stage("south")


@pytest.fixture
def dispatched(stage):
    from tests.support import engaging

    return engaging.dispatched(stage)


@pytest.fixture
def engaged(stage, dispatched):
    from apps.alerts import api as alerts
    from apps.alerts.data import EngagementDecision
    from tests.support.engaging import do

    do(stage, alerts.engagement_decide, dispatched, decision=EngagementDecision.ENGAGE, reason="")
    return dispatched
