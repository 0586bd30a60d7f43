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
def sent(monkeypatch):
    """What was given to the workers, instead of giving it."""
    from apps.deployments.operations import import_jobs

    messages = []

    class Broker:
        def send_task(self, name, *, args, queue, **_):
            messages.append((name, *args, queue))

    monkeypatch.setattr(import_jobs, "current_app", Broker())
    return messages


@pytest.fixture
def ready(day, sent):
    """A deployment that waits for its list."""
    from apps.deployments.data import DeploymentState

    day.to(DeploymentState.NOTICE_PUBLISHED)
    return day
