"""Imports that are interrupted, discarded or attacked: nothing is lost, and nothing outlives its use."""

from datetime import timedelta
from uuid import uuid4

import pytest

from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import imports
from apps.deployments.operations import import_jobs
from apps.retention import api as retention
from apps.vault.models import VaultBlob, VaultKey
from apps.watchlists import faces, staged_work
from apps.watchlists.data import ImportState
from apps.watchlists.models import ImportJob, StagedPicture, Watchlist
from tests.support.days import END, IMPORTED, START
from tests.support.import_jobs import (
    BAD,
    GARBAGE,
    GOOD,
    NAME,
    begin,
    certificates,
    checked,
    confirm,
    count,
    events,
    everything_staged_is_gone,
    job_of,
    refusals,
    run,
    verbs,
)
from tests.support.plans import FLOODED


@pytest.mark.parametrize("died_after", [0, 1, 2])
def test_a_killed_worker_is_followed_by_one_that_goes_on(ready, sent, photos, monkeypatch, died_after):
    job = begin(ready, GOOD, photos)
    looked_at = []
    enrol = faces.enrol_picture

    def dying(pack, raw):
        if len(looked_at) == died_after:
            raise SystemExit("killed")
        looked_at.append(raw)
        return enrol(pack, raw)

    monkeypatch.setattr(faces, "enrol_picture", dying)
    with pytest.raises(SystemExit):
        run(ready, job)
    found = job_of(ready)
    assert (found.state, found.done, found.total) == (ImportState.CHECKING, died_after, 3)
    sent.clear()
    assert ready.call(deployments.sweep_imports, now=IMPORTED + timedelta(seconds=59)) == 0
    assert sent == []
    later = IMPORTED + timedelta(seconds=61)
    assert ready.call(deployments.sweep_imports, now=later) == 1
    assert [message[2] for message in sent] == [str(job.id)]
    before = len(looked_at)
    monkeypatch.setattr(faces, "enrol_picture", lambda pack, raw: looked_at.append(raw) or enrol(pack, raw))
    assert run(ready, job, now=later) == "checked"
    assert len(looked_at) - before == 3 - died_after
    assert job_of(ready).report.accepted_pictures == 3


def test_a_worker_that_was_given_up_changes_nothing_any_more(ready, photos, monkeypatch):
    """It only seemed dead: another one has the job, and the first comes back with a face in hand."""
    job = begin(ready, GOOD[:1], photos)
    enrol = faces.enrol_picture

    def slow(pack, raw):
        ready.call(deployments.sweep_imports, now=IMPORTED + timedelta(minutes=2))
        monkeypatch.setattr(faces, "enrol_picture", enrol)
        assert run(ready, job, now=IMPORTED + timedelta(minutes=2)) == "checked"
        return enrol(pack, raw)

    monkeypatch.setattr(faces, "enrol_picture", slow)
    assert run(ready, job) == "taken away"
    assert job_of(ready).state is ImportState.CHECKED
    assert count(ready, StagedPicture) == 1
    assert verbs(ready).count("watchlist.import_checked") == 1


def test_two_messages_for_one_job_do_the_work_once(ready, photos):
    job = checked(ready, GOOD[:1], photos)
    assert run(ready, job) == "nothing to do"
    confirm(ready, job)
    assert run(ready, job) == "imported"
    assert run(ready, job) == "nothing to do"
    assert count(ready, Watchlist) == 1


def test_a_picture_that_kills_every_worker_is_refused_in_the_end(ready, photos, monkeypatch):
    job = begin(ready, GOOD, photos)
    poison = (photos / "subject_b_2.jpg").read_bytes()
    enrol = faces.enrol_picture

    def deadly(pack, raw):
        if raw == poison:
            raise SystemExit("killed")
        return enrol(pack, raw)

    monkeypatch.setattr(faces, "enrol_picture", deadly)
    now, outcome = IMPORTED, ""
    for _ in range(staged_work.MAX_ATTEMPTS + 2):  # the first one got a picture done before it died
        try:
            outcome = run(ready, job, now=now)
        except SystemExit:
            now += timedelta(seconds=61)
            ready.call(deployments.sweep_imports, now=now)
    assert outcome == "checked"
    report = job_of(ready).report
    assert refusals(report) == {("TS-B", "subject_b_2.jpg"): "undecodable"}
    assert "send another copy" in report.refused[0].reason
    assert report.accepted_pictures == 2


def test_a_job_that_stops_every_worker_at_the_end_fails_with_words(ready, photos, monkeypatch):
    job = begin(ready, GOOD[:1], photos)

    def dies(*_, **__):
        raise SystemExit("killed")

    monkeypatch.setattr(imports, "_finish", dies)
    now, outcome = IMPORTED, ""
    for _ in range(staged_work.MAX_ATTEMPTS + 2):
        try:
            outcome = run(ready, job, now=now)
        except SystemExit:
            now += timedelta(seconds=61)
            ready.call(deployments.sweep_imports, now=now)
    assert outcome == "failed"
    assert "upload the list again" in job_of(ready).problem
    assert everything_staged_is_gone(ready, job)


def test_a_worker_that_is_stopped_gives_the_job_back_at_once(ready, sent, photos):
    job = begin(ready, GOOD, photos)
    sent.clear()
    asked = iter([False, True])
    assert run(ready, job, stop=lambda: next(asked)) == "given back"
    assert job_of(ready).done == 1
    assert ready.call(deployments.sweep_imports, now=IMPORTED) == 1
    assert run(ready, job) == "checked"


def test_a_broker_that_is_away_loses_nothing(ready, photos, monkeypatch):
    class Away:
        def send_task(self, *_, **__):
            raise ConnectionError("no broker")

    monkeypatch.setattr(import_jobs, "current_app", Away())
    job = begin(ready, GOOD[:1], photos)
    assert job_of(ready).state is ImportState.UPLOADED
    assert ready.call(deployments.sweep_imports, now=IMPORTED + timedelta(seconds=61)) == 1
    assert run(ready, job) == "checked"


def test_a_discarded_upload_is_gone_at_once_and_its_worker_stops(ready, photos, monkeypatch):
    job = begin(ready, GOOD, photos)
    enrol = faces.enrol_picture

    def meanwhile(pack, raw):
        ready.call(deployments.discard_import, job_id=job.id, actor=ready.planner, now=IMPORTED)
        return enrol(pack, raw)

    monkeypatch.setattr(faces, "enrol_picture", meanwhile)
    assert run(ready, job) == "taken away"
    assert job_of(ready).state is ImportState.DISCARDED
    assert everything_staged_is_gone(ready, job)
    assert count(ready, VaultBlob) == 0
    with pytest.raises(InvalidTransition):
        ready.call(deployments.discard_import, job_id=job.id, actor=ready.planner, now=IMPORTED)
    with pytest.raises(InvalidTransition):
        confirm(ready, job)
    assert begin(ready, GOOD[:1], photos).state is ImportState.UPLOADED


def test_one_upload_at_a_time(ready, photos):
    begin(ready, GOOD[:1], photos)
    with pytest.raises(RuleViolated, match="already here"):
        begin(ready, GOOD[:1], photos)


def test_no_upload_beside_a_list(ready, photos):
    ready.import_list()
    with pytest.raises(RuleViolated, match="already"):
        begin(ready, GOOD[:1], photos)
    ready.step(deployments.discard_watchlist, ready.planner, IMPORTED, reason="the wrong file")
    assert ready.get().watchlist_id is None
    assert begin(ready, GOOD[:1], photos).state is ImportState.UPLOADED


def test_a_list_is_discarded_with_a_reason_and_only_before_the_seal(ready):
    with pytest.raises(RuleViolated, match="no list to discard"):
        ready.step(deployments.discard_watchlist, ready.planner, IMPORTED, reason="the wrong file")
    ready.import_list()
    with pytest.raises(RuleViolated):
        ready.step(deployments.discard_watchlist, ready.planner, IMPORTED, reason=" ")
    ready.step(deployments.seal_watchlist, ready.planner, IMPORTED)
    with pytest.raises(InvalidTransition):
        ready.step(deployments.discard_watchlist, ready.planner, IMPORTED, reason="the wrong file")
    assert ready.get().watchlist_id is not None


def test_only_when_a_list_may_be_imported_is_an_upload_kept(ready, photos):
    early = START - timedelta(hours=25)
    for now in (early, END):
        with pytest.raises(RuleViolated):
            begin(ready, GOOD[:1], photos, now=now)
    assert count(ready, ImportJob) == count(ready, VaultKey) == 0


def test_a_deployment_that_is_cancelled_takes_its_upload_with_it(ready, photos):
    job = checked(ready, GOOD[:1], photos)
    ready.step(deployments.cancel, ready.planner, IMPORTED, **FLOODED)
    ready.call(deployments.sweep_imports, now=IMPORTED)
    found = job_of(ready)
    assert found.state is ImportState.FAILED
    assert "cancelled" in found.problem.lower()
    assert everything_staged_is_gone(ready, job)


def test_a_worker_that_comes_after_the_cancellation_imports_nothing(ready, photos):
    job = checked(ready, GOOD[:1], photos)
    confirm(ready, job)
    ready.step(deployments.cancel, ready.planner, IMPORTED, **FLOODED)
    assert run(ready, job) == "failed"
    assert count(ready, Watchlist) == 0
    assert everything_staged_is_gone(ready, job)


def test_only_planners_import(ready, photos):
    job = checked(ready, GOOD[:1], photos)
    others = (ready.officer, ready.silver, ready.operator, ready.engagement, ready.engineer, ready.system)
    for actor in others:
        with pytest.raises(NotPermitted):
            begin(ready, GOOD[:1], photos, actor=actor)
        with pytest.raises(NotPermitted):
            confirm(ready, job, actor=actor)
        with pytest.raises(NotPermitted):
            ready.call(deployments.discard_import, job_id=job.id, actor=actor, now=IMPORTED)
        with pytest.raises(NotPermitted):
            ready.step(deployments.discard_watchlist, actor, IMPORTED, reason="not theirs")
    assert job_of(ready).state is ImportState.CHECKED


def test_another_force_sees_and_moves_nothing(ready, other_day, photos):
    job = checked(ready, GOOD[:1], photos)
    for call in (
        lambda: other_day.call(deployments.import_job, deployment_id=ready.deployment_id),
        lambda: confirm(other_day, job),
        lambda: other_day.call(
            deployments.discard_import, job_id=job.id, actor=other_day.planner, now=IMPORTED
        ),
    ):
        with pytest.raises(NotFound):
            call()
    assert imports.run(force_id=other_day.force.id, job_id=job.id, clock=lambda: IMPORTED) == "nothing to do"
    assert other_day.call(deployments.sweep_imports, now=END + timedelta(days=9)) == 0
    assert job_of(ready).state is ImportState.CHECKED


def test_an_unknown_job_is_nothing_to_do(ready):
    assert imports.run(force_id=ready.force.id, job_id=uuid4(), clock=lambda: IMPORTED) == "nothing to do"


def test_nothing_of_an_upload_is_stored_in_the_clear(ready, photos, owner_connection):
    job = begin(ready, [*GOOD, *BAD], photos, extra=GARBAGE)
    run(ready, job)
    dumped = b""
    for table in ("vault_vaultblob", "watchlists_importjob", "watchlists_stagedpicture", "audit_auditevent"):
        for stored in owner_connection.execute(f"SELECT * FROM {table}").fetchall():
            dumped += b"".join(
                bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                for value in stored
            )
    jpeg = (photos / "subject_b_1.jpg").read_bytes()
    assert jpeg[:200] not in dumped
    assert NAME.encode() not in dumped
    assert b"TS-B" not in dumped
    assert b"no readable picture" not in dumped


def test_the_record_counts_and_names_nobody(ready, photos):
    job = checked(ready, [*GOOD, *BAD], photos, extra=GARBAGE)
    confirm(ready, job, refusals=True)
    run(ready, job)
    payloads = {event.verb: event.payload for event in events(ready)}
    assert payloads["watchlist.import_staged"]["pictures"] == 6
    assert payloads["watchlist.import_checked"]["refused"] == {
        "picture_missing": 1,
        "several_faces": 1,
        "undecodable": 1,
        "not_lawfully_held": 1,
    }
    assert payloads["watchlist.import_confirmed"]["accept_refusals"] is True
    said = str([event.payload for event in events(ready) if "import" in event.verb])
    for secret in (NAME, "TS-", ".jpg"):
        assert secret not in said


def test_the_upload_goes_as_soon_as_a_face_is_made_of_it(ready, photos):
    checked(ready, GOOD[:1], photos)
    assert ready.call(lambda: StagedPicture.objects.get().upload_blob_id) is None


def test_what_was_staged_is_certified_gone_although_it_went_early(ready, photos):
    job = checked(ready, GOOD, photos)
    assert certificates(ready, IMPORTED) == []
    confirm(ready, job)
    run(ready, job)
    [proof] = certificates(ready, IMPORTED)
    assert proof.subject_id == ready.deployment_id
    # The CSV, the report, and a picture with a template for each of three.
    assert proof.counts == {"pictures": 3, "blobs": 8, "keys": 1}
    assert certificates(ready, IMPORTED + timedelta(minutes=1)) == []


def test_an_upload_that_everybody_forgot_is_destroyed_at_the_lists_deadline(ready, photos):
    job = checked(ready, GOOD[:1], photos)
    due = END + timedelta(hours=24)
    assert certificates(ready, due - timedelta(seconds=1)) == []
    assert [each.due_at for each in certificates(ready, due)] == [due]
    assert job_of(ready).state is ImportState.FAILED
    assert everything_staged_is_gone(ready, job)


def test_the_deadline_of_an_upload_comes_forward_with_that_of_the_list(ready, photos):
    checked(ready, GOOD[:1], photos)
    ready.step(deployments.cancel, ready.planner, IMPORTED, **FLOODED)
    assert ready.call(lambda: ImportJob.objects.get().purge_due_at) == IMPORTED + timedelta(hours=24)


def test_an_upload_that_comes_back_from_a_backup_is_reported(ready, photos, owner_connection):
    job = checked(ready, GOOD[:1], photos)
    kept = owner_connection.execute("SELECT * FROM watchlists_stagedpicture").fetchone()
    ready.call(deployments.discard_import, job_id=job.id, actor=ready.planner, now=IMPORTED)
    certificates(ready, IMPORTED)
    import json

    places = ", ".join(["%s"] * len(kept))
    values = [json.dumps(value) if isinstance(value, list) else value for value in kept]
    owner_connection.execute(f"INSERT INTO watchlists_stagedpicture VALUES ({places})", values)
    done = retention.run_due(force_id=ready.force.id, now=IMPORTED + timedelta(minutes=1))
    assert any("staged pictures still there" in problem for problem in done.problems)
