"""The demonstration's past: what public, record and sweeps find of deployments that ended in each way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from apps.audit import api as audit
from apps.core.clock import utc_now
from apps.core.tenancy import force_context
from apps.demo import hertfordshire, present, seed
from apps.demo.faces import Faces, load
from apps.demo.history import play
from apps.demo.player import PACK
from apps.demo.sample import pictures, rows
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.ops.tasks import sweep_force
from apps.retention import api as retention
from apps.scrutiny import api as scrutiny
from apps.vault.models import VaultBlob
from tests.support.days import anonymous_fetch

pytestmark = [pytest.mark.usefixtures("real_db")]
PAST = {past.key: past for past in hertfordshire.HISTORY if past.key}
ENDS_AS = {
    "cancelled": S.CANCELLED,
    "refused": S.REFUSED,
    "false-alert": S.RESULTS_PUBLISHED,
    "revoked": S.REVOKED,
    "unstarted": S.EXPIRED,
}


@pytest.fixture(scope="module")
def faces(photos: Path) -> Faces:
    return load(photos, PACK)


@pytest.fixture
def told(faces: Faces) -> seed.Told:
    # As if there had been no other: one deployment each is enough to see how it ends.
    return seed.onboard(seed.HERTFORDSHIRE, faces, now=utc_now(), fetch=anonymous_fetch)


def record_of(told, deployment_id):
    with force_context(told.player.force.id):
        return scrutiny.deployment_record(deployment_id=deployment_id)


def page_of(told, deployment_id):
    reference = told.player.get(deployment_id).reference.lower()
    return anonymous_fetch(f"/notices/{told.player.force.slug}/{reference}/")


@pytest.mark.parametrize("key", sorted(ENDS_AS))
def test_a_past_deployment_ends_as_told_and_nothing_of_a_face_is_left(told, key):
    found = play(told.player, PAST[key], now=utc_now())
    assert told.player.get(found).state is ENDS_AS[key]
    with force_context(told.player.force.id):
        assert not VaultBlob.objects.exists(), "pictures and templates of the past are gone"
    # What runs every few seconds from now on must not touch it.
    assert sweep_force(force_id=told.player.force.id, now=utc_now()) == []
    assert retention.run_due(force_id=told.player.force.id, now=utc_now()).certificates == ()
    assert told.player.get(found).state is ENDS_AS[key]
    assert audit.verify(force_id=told.player.force.id, now=utc_now()).ok


def test_a_false_alert_a_return_and_an_officers_no_are_in_record_and_results(told):
    found = play(told.player, PAST["false-alert"], now=utc_now())
    record = record_of(told, found)
    assert (record.alerts.total, record.alerts.confirmed_false, record.alerts.confirmed_true) == (4, 1, 2)
    assert record.not_engaged == 1
    assert record.tracks == PAST["false-alert"].tracks
    assert (record.watchlist_subjects, record.watchlist_volunteers) == (0, 3)
    assert record.certificates
    assert all(certificate.simulated for certificate in record.certificates)
    with force_context(told.player.force.id):
        kinds = [decision.kind for decision in deployments.decisions(deployment_id=found)]
    assert kinds[:4] == ["submit", "return", "submit", "approve"]
    status, body = page_of(told, found)
    assert status == 200
    assert "Results published" in body
    assert not any(person.display_name in body for person in told.player.people.values())


def test_gaps_and_expired_alerts_are_counted(told):
    found = play(told.player, PAST["expired-alert"], now=utc_now())
    record = record_of(told, found)
    assert record.alerts.expired == 1
    assert max(gap.ended_at - gap.started_at for gap in record.gaps) == timedelta(minutes=4)


def test_narrowed_after_the_approval_it_runs_on_one_camera_and_says_so(told):
    found = play(told.player, PAST["narrowed"], now=utc_now())
    deployment = told.player.get(found)
    assert [camera.name for camera in deployment.authority.cameras] == [PAST["narrowed"].place.cameras[0]]
    assert deployment.approved_hash == deployment.authority_hash
    assert deployment.state is S.RESULTS_PUBLISHED


def test_revoked_while_live_it_says_so_in_public(told):
    found = play(told.player, PAST["revoked"], now=utc_now())
    deployment = told.player.get(found)
    assert deployment.ended_at < deployment.authority.window_end
    _, body = page_of(told, found)
    assert "revoked" in body.lower() or "withdrawn" in body.lower()


def test_what_waits_today_can_really_be_done(told, photos):
    now = utc_now()
    seed.tell(seed.HERTFORDSHIRE, told, now=now, history=False, say=lambda text: None)
    states = {key: told.player.get(found).state for key, found in told.deployments.items()}
    assert states == {
        "ended": S.ENDED,
        "importable": S.NOTICE_PUBLISHED,
        "notice": S.NOTICE_PUBLISHED,
        "waiting": S.SUBMITTED,
        "returned": S.RETURNED,
        "draft": S.DRAFT,
        "trial": S.DRAFT,
    }
    # The sample list is refused for its one row, and would pass without it.
    sample, files = rows(now), pictures(photos)
    tried = told.player.step(
        deployments.import_watchlist, told.deployments["importable"], "planner", now,
        rows=sample, pictures=files.__getitem__, dry_run=True, accept_warnings=True,
    )  # fmt: skip
    assert [refused.code for refused in tried.refused] == ["category_unknown"]
    assert {warning.reference for warning in tried.warnings} == {"TEST-A", "TEST-B"}
    told.player.put_list(told.deployments["importable"], now)
    told.player.seal_and_accept(told.deployments["importable"], now, now)
    told.player.check(told.deployments["importable"], now, lambda: timedelta(0))
    told.player.start(told.deployments["importable"], now, now)
    assert told.player.get(told.deployments["importable"]).state is S.LIVE


def test_the_first_trial_cannot_be_submitted_yet_for_want_of_evidence_only(told):
    from apps.core.errors import RuleViolated

    trial = present.first_trial(told.player, utc_now())
    with pytest.raises(RuleViolated) as refused:
        told.player.submit(trial, utc_now())
    grade, bias = refused.value.reasons
    assert "rehears" in grade.lower()
    assert bias.startswith("Choose bias evidence of the recognition model")
    assert told.player.get(trial).state is S.DRAFT


def test_an_event_that_nobody_handled_is_not_passed_over(told, monkeypatch):
    monkeypatch.setattr("apps.demo.seed.events.sweep", lambda **_: 1)
    with pytest.raises(RuntimeError, match="not handled"):
        seed.tell(replace(seed.HERTFORDSHIRE, present=()), told, now=utc_now(), history=False, say=print)
