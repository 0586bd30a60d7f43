"""What touches Django is imported inside: pytest reads this file before Django is set up."""

import pytest


@pytest.fixture
def place(real_db):
    from tests.support.places import Place

    return Place()


@pytest.fixture
def other(real_db):
    from tests.support.places import Place

    return Place("south")
