"""Fixtures. What touches Django is imported inside them: pytest reads this file before Django is set up."""

from __future__ import annotations

import pytest


@pytest.fixture
def tenant(real_db):
    from tests.integration.watchlists.listed import make_tenant

    return make_tenant("north")


@pytest.fixture
def other_tenant(real_db):
    from tests.integration.watchlists.listed import make_tenant

    return make_tenant("south")


@pytest.fixture
def listed(tenant):
    """A sealed list of forty people with a picture each."""
    from tests.integration.watchlists.listed import store_list, unit_templates

    return store_list(tenant, unit_templates(40, seed=1))
