"""The end of retention: content goes and cannot be guessed, metadata, order and chain stay and verify."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from apps.audit import api as audit
from apps.audit.data import CONTENT, ERASED, content_digest
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Actor
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.forces import api as forces
from tests.support.record_forger import Forger, chain, problems, write_events

KEEP = timedelta(days=7 * 365)


@pytest.fixture
def force(real_db):
    return forces.create_force(slug="erasing", name="Erasing Police", now=utc_now())


@pytest.fixture
def old_events(force):
    """Recorded eight years ago, chained and anchored; and three of today."""
    with time_machine.travel(utc_now() - timedelta(days=8 * 365), tick=True):
        events = write_events(force, 3)
    write_events(force, 3)
    chain(force)
    audit.take_anchor(force_id=force.id)
    return events


def erase(force, keep=KEEP):
    actor = Actor.system(force_id=force.id, label="retention")
    return audit.erase_due(keep=keep, actor=actor, now=utc_now())


def load(force, event_ids):
    with force_context(force.id):
        return list(AuditEvent.objects.filter(id__in=event_ids).order_by("ordinal"))


def test_an_erased_chain_verifies_and_its_content_is_gone(force, old_events):
    before = load(force, old_events)
    assert erase(force) == 3
    chain(force)
    report = audit.verify(force_id=force.id, now=utc_now())
    assert (report.problems, report.erased) == ((), 3)
    for was, event in zip(before, load(force, old_events), strict=True):
        assert (event.actor_label, event.origin, event.reason, event.payload) == ("", "", "", {})
        assert event.erased_at is not None
        assert (event.verb, event.object_id, event.actor_id, event.rank) == (
            *(was.verb, was.object_id, was.actor_id, was.rank),
        )


def test_what_was_erased_cannot_be_guessed(force, old_events):
    """Even the right words do not give the digest that stays: the salt is gone with them."""
    was = load(force, old_events)[0]
    right_words = {name: getattr(was, name) for name in CONTENT}
    assert content_digest(salt=bytes(was.salt), content=right_words) == bytes(was.content_digest)
    erase(force)
    left = load(force, old_events)[0]
    assert bytes(left.salt) == b""
    assert content_digest(salt=bytes(left.salt), content=right_words) != bytes(left.content_digest)


def test_only_what_is_older_than_the_schedule_goes_and_it_is_audited(force, old_events):
    erase(force)
    with force_context(force.id):
        assert AuditEvent.objects.filter(erased_at__isnull=True, verb="thing.done").count() == 3
        event = AuditEvent.objects.get(verb=ERASED)
    assert (event.payload["events"], event.payload["keep_days"]) == (3, KEEP.days)
    assert erase(force) == 0
    with force_context(force.id):
        assert AuditEvent.objects.filter(verb=ERASED).count() == 1


def test_a_moved_clock_erases_nothing(force, old_events):
    actor = Actor.system(force_id=force.id, label="retention")
    future = utc_now() + timedelta(days=9 * 365)
    assert audit.erase_due(keep=timedelta(days=9 * 365), actor=actor, now=future) == 0


def test_less_than_a_year_is_refused_by_the_operation_and_by_the_database(force, old_events):
    with pytest.raises(RuleViolated, match="at least a year"):
        erase(force, keep=timedelta(days=364))
    with (
        force_context(force.id),
        pytest.raises(ProgrammingError, match="younger than a year"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM audit_erase_due(%s, 30, 100)", [force.id])
    assert load(force, old_events)[0].reason


@pytest.mark.parametrize("context", ["another force", "none"])
def test_another_force_and_nobody_at_all_erases_nothing(force, old_events, context):
    other = forces.create_force(slug="other", name="Other Police", now=utc_now())
    asked = "SELECT * FROM audit_erase_due(%s, 2555, 100)"
    with pytest.raises(ProgrammingError, match="another force"):
        if context == "none":
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(asked, [force.id])
        else:
            with force_context(other.id), connection.cursor() as cursor:
                cursor.execute(asked, [force.id])
    assert load(force, old_events)[0].reason


def test_the_function_is_the_applications_alone(force, owner_connection):
    (everybody,) = owner_connection.execute(
        "SELECT has_function_privilege('public', 'audit_erase_due(uuid, integer, integer)', 'EXECUTE')"
    ).fetchone()
    assert not everybody


EMPTIED = (
    "UPDATE audit_auditevent SET actor_label = '', origin = '', reason = '', payload = '{}', salt = '',"
    " erased_at = now() WHERE id = %s"
)


def test_content_emptied_by_hand_is_found(force, old_events, owner_connection):
    """Passing an inconvenient event off as erased needs an event of the record that says so."""
    young = load(force, [e.id for e in load_all(force) if e.id not in old_events])[-1]
    Forger(owner_connection, force).run(EMPTIED, young.id)
    assert "was emptied, and no event of the record says so" in problems(force)
    erase(force)
    chain(force)
    assert "was emptied, and no event of the record says so" in problems(force)


def load_all(force):
    with force_context(force.id):
        return list(AuditEvent.objects.filter(verb="thing.done"))


def test_content_left_in_an_event_marked_as_erased_is_found(force, old_events, owner_connection):
    erase(force)
    chain(force)
    forger = Forger(owner_connection, force)
    forger.run("UPDATE audit_auditevent SET reason = 'planted later' WHERE id = %s", old_events[0])
    assert "marked as erased and still has content" in problems(force)


def test_metadata_of_an_erased_event_cannot_be_changed_unseen(force, old_events, owner_connection):
    erase(force)
    chain(force)
    forger = Forger(owner_connection, force)
    forger.run("UPDATE audit_auditevent SET rank = 'Supt' WHERE id = %s", old_events[0])
    assert "was changed after it was recorded" in problems(force)
