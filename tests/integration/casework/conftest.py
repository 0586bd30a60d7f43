"""A live deployment of one force, and another force beside it. Imports stand in the fixtures: this file is
read before Django is set up."""

import pytest


@pytest.fixture
def stage(real_db):
    from tests.support.alert_stage import make_stage

    return make_stage("north")


@pytest.fixture
def elsewhere(real_db):
    from tests.support.alert_stage import make_stage

    return make_stage("south")
