"""A day of one force, its people, and the two states that most pages of the day are looked at in.

Imports stand in the fixtures: this file is read before Django is set up.
"""

import pytest


@pytest.fixture
def day(real_db):
    from tests.support.days import make_day

    return make_day("north")


@pytest.fixture
def cast(day):
    from tests.support.cast import make_cast

    return make_cast(day)


@pytest.fixture
def sealed(day, cast):
    """Sealed and accepted, nothing checked, nobody on duty."""
    from apps.deployments import api as deployments
    from apps.deployments.data import DeploymentState
    from tests.support.days import IMPORTED

    day.to(DeploymentState.NOTICE_PUBLISHED)
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    return day


@pytest.fixture
def live(day, cast):
    from apps.deployments.data import DeploymentState

    day.to(DeploymentState.LIVE)
    return day
