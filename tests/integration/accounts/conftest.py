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


@pytest.fixture
def day(real_db):
    from tests.support.days import make_day

    return make_day("north")


@pytest.fixture
def other_day(day):
    from tests.support.days import make_day

    return make_day("south")


@pytest.fixture
def admin(day):
    """An administrator of the force of `day`."""
    from apps.core.data import Role
    from tests.support.cast import make_member

    return make_member(day, "admin", Role.FORCE_ADMIN)


@pytest.fixture(scope="session")
def issuer():
    """The address of an identity provider in a process of its own."""
    from tests.support.sign_on import run_provider

    yield from run_provider()


@pytest.fixture
def provider(place, issuer):
    from tests.support.sign_on import configure

    configure(place, issuer)
    return issuer


@pytest.fixture(autouse=True)
def no_broker(monkeypatch, settings):
    """Failures are handed to a worker: none is there, and asking for one again and again takes a second.

    Nor does the limit of a minute's sign-ins from one address count what the test before has done.
    """
    settings.ACCOUNT_RATE_LIMITS = False
    monkeypatch.setattr("apps.accounts.lockout.current_app.send_task", lambda name, args: None)
