"""The chain: what a tamperer with the owner's password does is found."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import SimulatedClockRefused
from apps.core.tenancy import force_context
from apps.forces import api as forces


@pytest.fixture
def force(real_db):
    return forces.create_force(slug=uuid4().hex, name=uuid4().hex, now=utc_now())


def write(force, count=5, now=None):
    actor = Actor.system(force_id=force.id, label="test")
    with force_context(force.id):
        return [
            audit.record(
                actor=actor,
                verb="thing.done",
                object_type="thing",
                object_id=uuid4(),
                payload={"n": n, "share": 0.1, "name": "Zoë"},
                now=now or utc_now(),
            )
            for n in range(count)
        ]


def check(force):
    return audit.verify(force_id=force.id, now=utc_now())


def test_an_untouched_chain_verifies(force):
    write(force)
    assert audit.chain_force(force_id=force.id, now=utc_now()) == 6
    report = check(force)
    assert report.ok, report.problems
    assert report.links == report.events == 6


def test_chaining_again_links_nothing_twice(force):
    write(force)
    audit.chain_force(force_id=force.id, now=utc_now())
    assert audit.chain_force(force_id=force.id, now=utc_now()) == 0
    write(force, 1)
    assert audit.chain_force(force_id=force.id, now=utc_now()) == 1
    assert check(force).ok


@pytest.mark.parametrize(
    ("attack", "finding"),
    [
        ("UPDATE audit_auditevent SET payload = '{\"n\": 99}' WHERE id = %(event)s", "was changed"),
        ("UPDATE audit_auditevent SET actor_label = 'nobody' WHERE id = %(event)s", "was changed"),
        ("UPDATE audit_auditevent SET at = at - interval '1 day' WHERE id = %(event)s", "was changed"),
        ("DELETE FROM audit_auditevent WHERE id = %(event)s", "is gone"),
        ("DELETE FROM audit_auditlink WHERE event_id = %(event)s", "is missing"),
        ("UPDATE audit_auditlink SET previous_hash = '\\x00' WHERE event_id = %(event)s", "does not follow"),
        (
            "UPDATE audit_auditlink SET link_hash = '\\x00' WHERE event_id = %(event)s",
            "not that of its event",
        ),
    ],
)
def test_tampering_by_the_owner_is_found(force, owner_connection, attack, finding):
    events = write(force)
    audit.chain_force(force_id=force.id, now=utc_now())
    with owner_connection.transaction():
        assert owner_connection.execute(attack, {"event": events[2]}).rowcount == 1
    assert any(finding in problem for problem in check(force).problems)


def test_an_event_inserted_behind_the_chainers_back_is_found(force, owner_connection):
    events = write(force)
    audit.chain_force(force_id=force.id, now=utc_now())
    with owner_connection.transaction():
        owner_connection.execute(
            "CREATE TEMP TABLE forged ON COMMIT DROP AS SELECT * FROM audit_auditevent WHERE id = %s",
            [events[0]],
        )
        owner_connection.execute(
            "UPDATE forged SET id = gen_random_uuid(), recorded_at = recorded_at - interval '2 minutes'"
        )
        owner_connection.execute("INSERT INTO audit_auditevent SELECT * FROM forged")
    assert any("never linked" in problem for problem in check(force).problems)


def test_an_event_may_wait_a_minute_for_its_link_and_no_longer(force):
    write(force)
    assert check(force).ok
    later = audit.verify(force_id=force.id, now=utc_now() + timedelta(seconds=61))
    assert not later.ok


def test_the_application_cannot_change_or_delete_an_event(force):
    write(force)
    for attempt in (lambda q: q.update(verb="x"), lambda q: q._raw_delete(q.db)):
        with (
            force_context(force.id),
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
        ):
            attempt(AuditEvent.objects.all())


def test_an_event_rolls_back_with_the_change_it_records(force):
    with pytest.raises(ZeroDivisionError), force_context(force.id):
        actor = Actor.system(force_id=force.id, label="test")
        audit.record(actor=actor, verb="x", object_type="x", object_id=uuid4(), payload={}, now=utc_now())
        raise ZeroDivisionError
    with force_context(force.id):
        assert not AuditEvent.objects.filter(verb="x").exists()


def test_a_moved_clock_is_marked_and_refused_where_it_must_be(force, settings):
    then = utc_now() - timedelta(days=8)
    write(force, 1, now=then)
    with force_context(force.id):
        assert AuditEvent.objects.get(verb="thing.done").simulated
    settings.LFR_ALLOW_SIMULATED_CLOCK = False
    with pytest.raises(SimulatedClockRefused):
        write(force, 1, now=then)
    with force_context(force.id):
        assert AuditEvent.objects.filter(verb="thing.done").count() == 1
