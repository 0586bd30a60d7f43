"""A box turns a one-time code into a key: once, with nothing left on it, and lent to nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted, RuleViolated
from apps.deployments.data import DeploymentState
from apps.deployments.models import Deployment
from apps.ops.tasks import sweep_force
from apps.relays import api as relays
from apps.relays import enrolment
from apps.relays.codes import parse_code
from apps.relays.credentials import parse_key
from apps.relays.data import Claim
from apps.relays.models import EnrolmentCode
from apps.relays.queries import authenticate
from tests.support.alert_stage import make_stage
from tests.support.at_once import meanwhile

pytestmark = pytest.mark.usefixtures("real_db")
BOX = "box-0123456789"


@pytest.fixture
def north():
    return make_stage("north")


@pytest.fixture
def south():
    return make_stage("south")


def engineer(stage):
    return Actor(uuid4(), "engineer", stage.force.id, frozenset({Role.SYSTEM_ENGINEER}))


def give(stage, *, cameras=None, name="van 1", now=None):
    with stage.context():
        return enrolment.give_code(
            name=name,
            deployment_id=stage.deployment_id,
            camera_ids=[camera.id for camera in cameras or stage.cameras[:1]],
            actor=engineer(stage),
            now=now or utc_now(),
        )


def redeem(text, *, box=BOX, residue=(), now=None, checked_at=None):
    now = now or utc_now()
    claim = Claim(code=text, box_id=box, residue=residue, checked_at=checked_at or now)
    return enrolment.redeem(claim=claim, origin="192.0.2.7", now=now)


def valid(stage):
    with stage.context():
        found = relays.list_relays(deployment_id=stage.deployment_id)
        return [relay.name for relay in found if relay.revoked_at is None]


def close(stage, state=DeploymentState.ENDED):
    """As the deployment's own operations leave it."""
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(state=state)


def events(stage, object_id):
    with stage.context():
        return list(audit.events_about(object_id=object_id))


def test_a_code_becomes_a_key_of_that_deployment_and_those_cameras_only(north, owner_connection):
    code, text = give(north)
    enrolled = redeem(text)
    assert authenticate(key=parse_key(enrolled.key)).id == enrolled.relay.id
    assert enrolled.relay.camera_ids == {north.cameras[0].id}
    assert enrolled.relay.deployment_id == north.deployment_id
    verbs = [event.verb for event in events(north, code.id)]
    assert verbs == ["relay_code.given", "relay_code.used"]
    everything = owner_connection.execute(
        "SELECT relays_enrolmentcode::text FROM relays_enrolmentcode"
        " UNION ALL SELECT relays_relay::text FROM relays_relay"
        " UNION ALL SELECT audit_auditevent::text FROM audit_auditevent"
    ).fetchall()
    secrets = (parse_code(text).secret, text.partition(".")[2], parse_key(enrolled.key).secret)
    assert not [row for (row,) in everything if any(secret in row for secret in secrets)]


def test_a_code_opens_once_until_its_time_is_over_and_only_as_it_is(north, south):
    _, text = give(north)
    slug, secret = text.split(".")
    wrong = [
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        f"{south.force.slug}.{secret}",
        "nowhere." + secret,
    ]
    for tried in (*wrong, "", "x", secret):
        with pytest.raises(NotPermitted, match="^the code is not accepted$"):
            redeem(tried)
    with pytest.raises(NotPermitted, match="not accepted"):
        redeem(text, now=utc_now() + timedelta(minutes=15))
    # As somebody types it who reads it from a screen.
    redeem(f" {slug}.{secret.lower()}\n")
    with pytest.raises(NotPermitted, match="not accepted"):
        redeem(text, box="another-box")
    assert valid(north) == ["van 1"]
    assert valid(south) == []


def test_two_boxes_with_one_code_at_the_same_moment_get_one_key(north, owner_connection):
    _, text = give(north)

    def second():
        claim = Claim(code=text, box_id="box-of-a-thief", residue=(), checked_at=utc_now())
        secret = parse_code(text)
        return enrolment._redeem(secret, claim, "", utc_now())

    claim = Claim(code=text, box_id=BOX, residue=(), checked_at=utc_now())
    first = lambda: enrolment._redeem(parse_code(text), claim, "", utc_now())  # noqa: E731 - a line, not a rule
    answer = meanwhile(north.force.id, owner_connection, first, second)
    assert isinstance(answer, NotPermitted)
    assert valid(north) == ["van 1"]


def test_two_boxes_with_a_code_each_for_one_camera_at_the_same_moment_get_one_key(north, owner_connection):
    texts = {"van 1": give(north, name="van 1")[1], "van 2": give(north, name="van 2")[1]}

    def claims(name):
        claim = Claim(code=texts[name], box_id=f"box-of-{name}", residue=(), checked_at=utc_now())
        return enrolment._redeem(parse_code(texts[name]), claim, "", utc_now())

    answer = meanwhile(north.force.id, owner_connection, lambda: claims("van 1"), lambda: claims("van 2"))
    assert isinstance(answer, RuleViolated)
    assert "carried by the relay van 1" in answer.message
    assert valid(north) == ["van 1"]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ({"residue": None}, "has not looked"),
        (
            {"residue": ("a file in /tmp", "core dumps on")},
            "left on the box: a file in /tmp; left on the box",
        ),
        ({"checked_at": timedelta(minutes=-16)}, "not of now"),
        ({"checked_at": timedelta(minutes=2)}, "not of now"),
    ],
    ids=["not looked", "found", "long ago", "in the future"],
)
def test_a_box_with_something_left_on_it_gets_no_key_until_it_is_clean(north, claim, words):
    code, text = give(north)
    now = utc_now()
    changes = dict(claim)
    if "checked_at" in changes:
        changes["checked_at"] = now + changes["checked_at"]
    with pytest.raises(RuleViolated, match=words):
        redeem(text, now=now, **changes)
    assert valid(north) == []
    told = events(north, code.id)[-1]
    assert (told.verb, told.actor_label) == ("relay_code.refused", "relay enrolment")
    assert redeem(text).relay.name == "van 1", "the code is still good"


def test_a_box_is_lent_to_one_deployment_of_one_force_at_a_time(north, south):
    redeem(give(north)[1])
    _, text = give(south)
    with pytest.raises(RuleViolated, match="still lent to another deployment") as refused:
        redeem(text)
    said = refused.value.message
    assert north.force.slug not in said
    assert north.force.name not in said
    assert valid(south) == []
    close(north)
    enrolled = redeem(text)
    assert valid(south) == ["van 1"]
    assert enrolled.relay.force_id == south.force.id


def test_a_key_taken_back_by_hand_sets_the_box_free(north, south):
    enrolled = redeem(give(north)[1])
    with north.context():
        relays.revoke_relay(
            relay_id=enrolled.relay.id, reason="the van goes on", actor=engineer(north), now=utc_now()
        )
    assert redeem(give(south)[1]).relay.force_id == south.force.id


def test_two_forces_that_claim_one_box_at_the_same_moment_take_turns(north, south):
    texts = [give(north)[1], give(south)[1]]

    def claim(text):
        try:
            return redeem(text)
        except RuleViolated as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(claim, texts))
    assert sorted(isinstance(answer, RuleViolated) for answer in answers) == [False, True]
    assert len(valid(north)) + len(valid(south)) == 1


def test_the_same_box_enrolled_again_has_another_key_and_the_earlier_one_is_dead(north):
    before = redeem(give(north)[1])
    after = redeem(give(north)[1])
    with pytest.raises(NotPermitted):
        authenticate(key=parse_key(before.key))
    assert authenticate(key=parse_key(after.key)).id == after.relay.id
    told = events(north, before.relay.id)[-1]
    assert (told.verb, told.reason) == ("relay.revoked", "the box was enrolled again and has another key")


def test_a_camera_has_one_relay(north):
    redeem(give(north, name="van 1")[1])
    with pytest.raises(
        RuleViolated, match="North gate is carried by the relay van 1: revoke the key of van 1"
    ):
        redeem(give(north, cameras=north.cameras, name="van 2")[1], box="another-box")
    with north.context(), pytest.raises(RuleViolated, match="carried by the relay van 1"):
        relays.enrol_relay(
            name="by hand",
            deployment_id=north.deployment_id,
            camera_ids=[north.cameras[0].id],
            actor=engineer(north),
            now=utc_now(),
        )
    redeem(give(north, cameras=north.cameras[1:], name="van 2")[1], box="another-box")
    assert valid(north) == ["van 1", "van 2"]


def test_a_code_of_a_deployment_that_ended_meanwhile_opens_nothing(north):
    _, text = give(north)
    close(north)
    with pytest.raises(RuleViolated, match="is over"):
        redeem(text)
    assert valid(north) == []


def test_the_sweep_takes_back_keys_of_deployments_that_are_over_and_no_others(north, south):
    gone, kept = redeem(give(north)[1]), redeem(give(south)[1], box="another-box")
    for stage in (north, south):
        with stage.context():
            assert relays.take_back_keys(now=utc_now()) == 0
    close(north)
    for stage in (north, south):
        assert "take back keys of relays" not in sweep_force(force_id=stage.force.id, now=utc_now())
    assert (valid(north), valid(south)) == ([], ["van 1"])
    with north.context():
        assert relays.take_back_keys(now=utc_now()) == 0
    told = events(north, gone.relay.id)[-1]
    assert (told.verb, told.reason) == ("relay.revoked", "the deployment is over")
    with south.context():
        assert relays.get_relay(relay_id=kept.relay.id).revoked_at is None


def test_another_force_sees_and_withdraws_no_code(north, south):
    code, text = give(north)
    with south.context():
        assert not EnrolmentCode.objects.exists()
        with pytest.raises(Exception, match="no such code"):
            enrolment.withdraw_code(code_id=code.id, actor=engineer(south), now=utc_now())
    assert redeem(text).relay.name == "van 1"


def test_somebody_without_the_role_gives_no_code(north):
    with north.context(), pytest.raises(NotPermitted):
        enrolment.give_code(
            name="x",
            deployment_id=north.deployment_id,
            camera_ids=[north.cameras[0].id],
            actor=north.operator.actor,
            now=utc_now(),
        )
    with north.context():
        assert not EnrolmentCode.objects.exists()


def test_a_body_that_is_no_claim_is_refused_in_words():
    answer = Client().post("/relay/enrol/", b"{", content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "the request has a body that is no JSON"


def test_a_person_who_is_signed_in_enrols_nothing_at_the_address_of_relays(north):
    _, text = give(north)
    residue = {"findings": [], "checked_at": utc_now().isoformat()}
    body = {"code": text, "box_id": BOX, "residue": residue}
    answer = north.operator.client().post("/relay/enrol/", body, content_type="application/json")
    assert answer.status_code == 403
    assert valid(north) == []
    answer = Client().post("/relay/enrol/", body, content_type="application/json")
    assert answer.status_code == 200
    assert set(answer.json()) == {"key", "name", "deployment", "cameras", "socket"}
    assert "sessionid" not in answer.cookies
