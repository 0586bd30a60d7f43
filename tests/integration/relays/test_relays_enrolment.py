"""Enrolling and revoking a relay: what is stored, what is audited, what other forces see of it."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.relays import api as relays
from apps.relays.models import Relay
from tests.support.alert_stage import make_stage

pytestmark = pytest.mark.usefixtures("real_db")


@pytest.fixture
def stage():
    return make_stage()


def engineer(stage):
    return Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))


def enrol(stage, **changes):
    values = {
        "name": "van 1",
        "deployment_id": stage.deployment_id,
        "camera_ids": [stage.cameras[0].id],
        "actor": engineer(stage),
        "now": utc_now(),
    }
    with stage.context():
        return relays.enrol_relay(**(values | changes))


def events(stage, relay):
    with stage.context():
        return list(audit.events_about(object_id=relay.id))


def test_the_secret_is_given_once_and_only_its_hash_is_stored(stage, owner_connection):
    relay, key = enrol(stage)
    scheme, slug, key_id, secret = key.split(".")
    assert (scheme, slug, key_id) == ("lfr1", stage.force.slug, relay.key_id)
    with stage.context():
        assert bytes(Relay.objects.get().key_sha256) == hashlib.sha256(secret.encode()).digest()
    everything = owner_connection.execute(
        "SELECT relays_relay::text FROM relays_relay"
        " UNION ALL SELECT audit_auditevent::text FROM audit_auditevent"
    ).fetchall()
    assert everything
    assert not any(secret in row for (row,) in everything)
    assert not hasattr(relay, "key_sha256")


def test_enrolling_and_revoking_are_audited_with_who_and_why(stage):
    relay, _ = enrol(stage)
    with stage.context():
        revoked = relays.revoke_relay(
            relay_id=relay.id, reason="van stolen", actor=stage.silver.actor, now=utc_now()
        )
        again = relays.revoke_relay(
            relay_id=relay.id, reason="van stolen", actor=stage.silver.actor, now=utc_now()
        )
    assert revoked.revoked_at is not None
    assert again.revoked_at == revoked.revoked_at
    told = events(stage, relay)
    assert [(event.verb, event.reason) for event in told] == [
        ("relay.enrolled", ""),
        ("relay.revoked", "van stolen"),
    ]


def test_a_camera_that_is_not_on_the_authority_cannot_be_enrolled(stage):
    with pytest.raises(RuleViolated, match="not on the authority"):
        enrol(stage, camera_ids=[stage.cameras[0].id, uuid4()])
    with stage.context():
        assert relays.list_relays(deployment_id=stage.deployment_id) == ()


def test_a_refused_enrolment_leaves_neither_row_nor_event(stage):
    with pytest.raises(NotPermitted):
        enrol(stage, actor=stage.operator.actor)
    with stage.context():
        assert not Relay.objects.exists()


def test_a_revocation_needs_a_reason_and_a_role(stage):
    relay, _ = enrol(stage)
    with stage.context(), pytest.raises(RuleViolated, match="say why"):
        relays.revoke_relay(relay_id=relay.id, reason=" ", actor=engineer(stage), now=utc_now())
    with stage.context(), pytest.raises(NotPermitted):
        relays.revoke_relay(relay_id=relay.id, reason="x", actor=stage.operator.actor, now=utc_now())
    with stage.context():
        assert relays.get_relay(relay_id=relay.id).revoked_at is None


def test_another_force_neither_sees_nor_revokes_it(stage):
    relay, _ = enrol(stage)
    other = make_stage("south")
    with other.context(), pytest.raises(NotFound):
        relays.get_relay(relay_id=relay.id)
    with other.context(), pytest.raises(NotFound):
        relays.revoke_relay(relay_id=relay.id, reason="mine now", actor=engineer(other), now=utc_now())
    with pytest.raises(NotFound):
        enrol(other, deployment_id=stage.deployment_id)
    with stage.context():
        assert relays.get_relay(relay_id=relay.id).revoked_at is None


def test_a_key_is_of_one_force_only(stage):
    from apps.relays.credentials import parse_key
    from apps.relays.queries import authenticate

    relay, key = enrol(stage)
    other = make_stage("south")
    assert authenticate(key=parse_key(key)).id == relay.id
    forged = key.replace(stage.force.slug, other.force.slug)
    with pytest.raises(NotPermitted, match="not accepted"):
        authenticate(key=parse_key(forged))
