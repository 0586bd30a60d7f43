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
