"""Fixtures. What touches Django is imported inside them: pytest reads this file before Django is set up."""

import pytest


@pytest.fixture
def receiver():
    from tests.support.receiver import receiving

    with receiving() as found:
        yield found


@pytest.fixture
def stage(real_db):
    from tests.support.alert_stage import make_stage

    return make_stage("hooks")
