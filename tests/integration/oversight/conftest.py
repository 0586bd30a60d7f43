"""Fixtures. What touches Django is imported inside them: pytest reads this file before Django is set up."""

from __future__ import annotations

import pytest


@pytest.fixture
def day(real_db):
    from tests.support.days import make_day

    return make_day("north")


@pytest.fixture
def other_day(real_db):
    from tests.support.days import make_day

    return make_day("south")


@pytest.fixture
def cast(day):
    from tests.support.cast import make_cast

    return make_cast(day)
