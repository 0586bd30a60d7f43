"""Domain events: handled once, after the commit, and again by the sweep after a failure."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.core import events
from apps.core.clock import utc_now
from apps.core.models import DomainEvent
from apps.core.tenancy import force_context
from apps.forces import api as forces


@pytest.fixture
def force(real_db):
    return forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())


@pytest.fixture
def kind():
    name = f"test.{uuid4().hex}"
    yield name
    events._handlers.pop(name, None)


def sweep(force):
    return events.sweep(force_id=force.id, now=utc_now(), grace=timedelta(0))


def emit(force, kind):
    with force_context(force.id):
        events.emit(kind=kind, subject_id=uuid4(), payload={"a": 1}, now=utc_now())


def test_a_handler_runs_once_after_the_commit(force, kind):
    seen = []
    events.subscribe(kind=kind, name="watcher", handler=seen.append)
    with force_context(force.id):
        events.emit(kind=kind, subject_id=uuid4(), payload={"a": 1}, now=utc_now())
        assert seen == []
    assert [event.payload for event in seen] == [{"a": 1}]
    assert sweep(force) == 0
    assert len(seen) == 1


def test_nothing_is_handled_when_the_transaction_rolls_back(force, kind):
    seen = []
    events.subscribe(kind=kind, name="watcher", handler=seen.append)
    with pytest.raises(ZeroDivisionError), force_context(force.id):
        events.emit(kind=kind, subject_id=uuid4(), payload={}, now=utc_now())
        raise ZeroDivisionError
    sweep(force)
    assert seen == []


def test_a_failing_handler_spares_the_others_and_is_tried_again(force, kind):
    seen, failures = [], [RuntimeError("first time")]

    def sometimes(event):
        if failures:
            raise failures.pop()
        seen.append("sometimes")

    events.subscribe(kind=kind, name="sometimes", handler=sometimes)
    events.subscribe(kind=kind, name="always", handler=lambda event: seen.append("always"))
    emit(force, kind)
    assert seen == ["always"]
    assert sweep(force) == 0
    assert seen == ["always", "sometimes"]


def test_the_sweep_leaves_a_fresh_event_to_the_commit_that_wrote_it(force, kind):
    with force_context(force.id):
        DomainEvent.objects.create(
            kind=kind, subject_id=uuid4(), payload={}, created_at=utc_now(), recorded_at=utc_now()
        )
    seen = []
    events.subscribe(kind=kind, name="late", handler=seen.append)
    events.sweep(force_id=force.id, now=utc_now())
    assert seen == []
    sweep(force)
    assert len(seen) == 1


def test_a_handler_learns_the_emitters_time(force, kind):
    seen, then = [], utc_now() - timedelta(days=8)
    events.subscribe(kind=kind, name="watcher", handler=seen.append)
    with force_context(force.id):
        events.emit(kind=kind, subject_id=uuid4(), payload={}, now=then)
    assert seen[0].now == then
