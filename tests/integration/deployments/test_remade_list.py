"""Another model: the pictures of the earlier list are measured again, under another seal and approval. Two
models never share a list, and nothing of the earlier measurements is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import facts, operations, queries
from apps.deployments.data import DeploymentState as S
from apps.deployments.rules.authority import OPERATIONAL, UNSUPPORTED
from apps.vault import api as vault
from apps.watchlists import api as watchlists
from apps.watchlists import faces, gallery, remaking
from apps.watchlists.data import ImportState, Keep, WatchlistState
from apps.watchlists.models import ImportJob, Picture, PictureDecision, StagedPicture, Subject, Watchlist
from apps.watchlists.reader import read_rows
from tests.support.cast import make_cast
from tests.support.days import IMPORTED
from tests.support.import_jobs import (
    GOOD,
    begin,
    confirm,
    count,
    everything_staged_is_gone,
    job_of,
    run,
    verbs,
)
from tests.support.other_model import DIMENSION, OTHER, approve_again, exchange_files, install, make_list

WHY = "The force has chosen another recognition model for this operation."


@pytest.fixture
def replanned(ready, photos, monkeypatch):
    """The plan names another model; it is approved again, and the earlier list is still here."""
    install(monkeypatch)
    make_list(ready, photos)
    plan = replace(ready.get().authority, pack_id=OTHER)
    ready.step(deployments.amend, ready.planner, IMPORTED, authority=plan, reason=WHY)
    assert ready.get().state is S.DRAFT
    assert ready.get().approved_hash is None
    approve_again(ready)
    return ready


def remake(day, *, actor=None, now=IMPORTED):
    return day.step(operations.remake_list, actor or day.planner, now)


def only(day, model, **found):
    return day.call(lambda: model.objects.get(**found))


def test_the_pictures_are_measured_again_and_nothing_of_the_earlier_list_is_left(replanned, owner_connection):
    day = replanned
    old = only(day, Watchlist)
    hashes = set(day.call(lambda: list(Picture.objects.values_list("template_sha256", flat=True))))
    job = remake(day)
    assert run(day, job) == "checked"
    # Measured, and nothing has changed yet: the planner reads the report first.
    report = job_of(day).report
    assert (report.accepted_subjects, report.accepted_pictures, report.refused) == (2, 3, ())
    assert only(day, Watchlist).state == WatchlistState.SEALED
    confirm(day, job)
    assert run(day, job) == "imported"

    new = only(day, Watchlist, state=WatchlistState.IMPORTED)
    assert (new.pack_id, new.dimension, day.get().watchlist_id) == (OTHER, DIMENSION, new.id)
    gone = only(day, Watchlist, id=old.id)
    assert gone.state == WatchlistState.PURGED
    assert not day.call(vault.key_exists, key_id=old.key_id)
    assert day.call(vault.blob_count, key_id=old.key_id) == 0
    assert not day.call(gallery.partition_exists, deployment_id=day.deployment_id)
    assert not hashes & set(day.call(lambda: list(Picture.objects.values_list("template_sha256", flat=True))))
    assert everything_staged_is_gone(day, job)

    sealed = day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    assert sealed.watchlist_seal_hash != old.seal_hash
    assert sealed.accepted_seal_hash is None
    day.accept()
    with owner_connection.cursor() as cursor:
        name = f"watchlists_gallery_{day.deployment_id.hex}"
        cursor.execute(f"SELECT DISTINCT vector_dims(embedding) FROM {name} WHERE embedding IS NOT NULL")
        assert cursor.fetchall() == [(DIMENSION,)]
    assert "watchlist.remake_staged" in verbs(day)


def test_whom_the_new_model_cannot_measure_is_named_and_stops_it_until_somebody_decides(
    replanned, photos, monkeypatch
):
    day = replanned
    job = remake(day)
    enrol, seen = faces.enrol_picture, []

    def picky(pack, raw):
        seen.append(raw)
        if len(seen) == 2:
            raw = b"nothing that this model sees"
        return enrol(pack, raw)

    monkeypatch.setattr(faces, "enrol_picture", picky)
    assert run(day, job) == "checked"
    (refused,) = job_of(day).report.refused
    assert refused.reference == "TS-B"
    assert refused.code == "undecodable"
    assert "TS-B" in refused.picture_name
    with pytest.raises(RuleViolated, match="Some rows are refused"):
        confirm(day, job)
    assert only(day, Watchlist).state == WatchlistState.SEALED
    confirm(day, job, refusals=True)
    assert run(day, job) == "imported"
    assert count(day, Picture) == 2


def test_a_worker_killed_anywhere_loses_nothing_and_does_nothing_twice(replanned, monkeypatch):
    day = replanned
    job = remake(day)

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    enrol, seen = faces.enrol_picture, []

    def dying(pack, raw):
        if len(seen) == 1:
            seen.append(raw)
            raise Killed
        seen.append(raw)
        return enrol(pack, raw)

    def again():
        later = IMPORTED + timedelta(minutes=2)
        assert day.call(operations.sweep_imports, now=later) == 1
        return later

    monkeypatch.setattr(faces, "enrol_picture", dying)
    with pytest.raises(Killed):
        run(day, job)
    assert run(day, job, now=again()) == "checked"
    assert len(seen) == 4  # the one it died over twice
    confirm(day, job)
    # Killed between the end of the earlier list and the beginning of the new one.
    with monkeypatch.context() as patch:
        patch.setattr("apps.watchlists.staged_work.finish_import", killed)
        patch.setattr("apps.watchlists.api.finish_import", killed)
        with pytest.raises(Killed):
            run(day, job)
    assert only(day, Watchlist).state == WatchlistState.PURGED
    assert count(day, StagedPicture) == 3
    assert run(day, job, now=again()) == "imported"
    assert (count(day, Subject), count(day, Picture)) == (2, 3)


def test_a_gallery_that_is_read_all_the_time_holds_the_new_list_up_and_breaks_nothing(replanned, monkeypatch):
    day = replanned
    job = remake(day)
    run(day, job)
    confirm(day, job)

    def busy(**_):
        raise gallery.GalleryBusy("read")

    with monkeypatch.context() as patch:
        patch.setattr(gallery, "drop_partition", busy)
        assert run(day, job) == "given back"
    assert only(day, Watchlist).state == WatchlistState.PURGING
    later = IMPORTED + timedelta(minutes=2)
    assert day.call(operations.sweep_imports, now=later) == 1
    assert run(day, job, now=later) == "imported"
    assert only(day, Watchlist, state=WatchlistState.IMPORTED).dimension == DIMENSION


@pytest.mark.parametrize("confirmed", [False, True], ids=["on_its_way", "confirmed"])
def test_who_is_taken_off_meanwhile_is_not_on_the_new_list(replanned, confirmed):
    day = replanned
    job = remake(day)
    if confirmed:
        run(day, job)
        confirm(day, job)
    subject = only(day, Subject, reference="TS-B")
    day.step(operations.remove_person, day.officer, IMPORTED, subject_id=subject.id, reason=WHY)
    names = day.call(lambda: list(StagedPicture.objects.values_list("name", flat=True)))
    assert not any("TS-B" in name for name in names)
    # What was confirmed was another list: it is read again.
    assert run(day, job) == "checked"
    report = job_of(day).report
    assert (report.accepted_subjects, report.refused) == (1, ())
    confirm(day, job)
    assert run(day, job) == "imported"
    assert only(day, Subject).reference == "TS-C"


def test_a_discarded_remake_leaves_the_earlier_list_as_it_was(replanned):
    day = replanned
    job = remake(day)
    run(day, job)
    day.call(operations.discard_import, job_id=job.id, actor=day.planner, now=IMPORTED)
    old = only(day, Watchlist)
    assert old.state == WatchlistState.SEALED
    assert day.call(vault.blob_count, key_id=old.key_id) == 6
    assert everything_staged_is_gone(day, job)
    assert remake(day).state is ImportState.UPLOADED


def test_pictures_that_are_deleted_by_then_are_to_be_imported_again(replanned):
    day = replanned
    job = remake(day)
    old = only(day, Watchlist)
    day.call(watchlists.purge, watchlist_id=old.id, actor=day.system, now=old.purge_due_at)
    assert run(day, job) == "failed"
    assert job_of(day).problem == remaking.PICTURES_GONE
    with pytest.raises(RuleViolated) as refused:
        remake(day)
    assert "Import the list." in refused.value.message


def test_only_a_planner_of_this_force_who_has_not_decided_on_it_and_only_once(replanned, other_day, photos):
    day = replanned
    for actor in (day.officer, day.engineer, day.silver, day.with_roles(day.officer, *day.planner.roles)):
        with pytest.raises(NotPermitted):
            remake(day, actor=actor)
    old = only(day, Watchlist)
    stranger = {"actor": other_day.planner, "now": IMPORTED}
    with pytest.raises(NotFound):
        other_day.call(operations.remake_list, deployment_id=day.deployment_id, **stranger)
    with pytest.raises(NotFound):
        other_day.call(
            watchlists.stage_remake, watchlist_id=old.id, purge_due_at=old.purge_due_at, **stranger
        )
    assert count(day, ImportJob) == 0
    remake(day)
    for another in (lambda: remake(day), lambda: begin(day, GOOD, photos)):
        with pytest.raises(RuleViolated):
            another()
    assert count(day, ImportJob) == 1


def test_no_list_is_sealed_or_started_with_other_files_of_its_model(ready, photos, monkeypatch):
    make_list(ready, photos, seal=False)
    exchange_files(monkeypatch)
    with pytest.raises(RuleViolated, match="files of the model changed"):
        ready.step(deployments.seal_watchlist, ready.planner, IMPORTED)
    # Nor is it measured again under the approval of the earlier files.
    with pytest.raises(RuleViolated, match="belongs to the approval that holds"):
        remake(ready)
    assert count(ready, ImportJob) == 0


def test_files_that_were_exchanged_end_the_approval_and_the_list_is_measured_again(
    day, photos, sent, monkeypatch
):
    day.to(S.READY)
    old = only(day, Watchlist)
    edition = exchange_files(monkeypatch)
    blockers = day.call(deployments.start_blockers, deployment_id=day.deployment_id, now=IMPORTED)
    assert any("model" in each.lower() for each in blockers)
    # Not while the approval of the earlier files holds.
    with pytest.raises(RuleViolated):
        remake(day)
    for actor in (day.officer, day.silver):
        with pytest.raises(NotPermitted):
            day.step(operations.take_back_for_model, actor, IMPORTED, reason=WHY)
    back = day.step(operations.take_back_for_model, day.planner, IMPORTED, reason=WHY)
    assert (back.state, back.approved_hash, back.watchlist_id) == (S.DRAFT, None, None)
    assert back.accepted_seal_hash is None
    with pytest.raises((RuleViolated, InvalidTransition)):
        remake(day)  # a draft imports nothing
    approve_again(day)
    job = remake(day)
    assert run(day, job) == "checked"
    confirm(day, job, warnings=True)
    assert run(day, job) == "imported"
    new = only(day, Watchlist, state=WatchlistState.IMPORTED)
    assert (new.pack_id, new.pack_version) == (old.pack_id, edition)


def test_pictures_that_were_measured_before_the_files_were_exchanged_make_no_list(ready, photos, monkeypatch):
    job = begin(ready, GOOD, photos)
    assert run(ready, job) == "checked"
    exchange_files(monkeypatch)
    confirm(ready, job)
    assert run(ready, job) == "failed"
    assert "measured with another model" in job_of(ready).problem
    assert count(ready, Watchlist) == 0
    assert everything_staged_is_gone(ready, job)


def test_a_remake_with_files_that_were_exchanged_meanwhile_leaves_the_earlier_list(replanned, monkeypatch):
    day = replanned
    job = remake(day)
    assert run(day, job) == "checked"
    confirm(day, job)
    exchange_files(monkeypatch, OTHER)
    assert run(day, job) == "failed"
    old = only(day, Watchlist)
    assert old.state == WatchlistState.SEALED
    assert day.call(vault.blob_count, key_id=old.key_id) == 6
    assert everything_staged_is_gone(day, job)


def test_what_was_said_about_two_lines_stays_with_their_pictures_when_lines_move(replanned):
    day = replanned
    job = remake(day)
    said = {"choice": Keep.FIRST, "reason": WHY, "decided_at": IMPORTED, "decided_by_id": day.planner.id}

    def decide(first, second):
        lines = {"first_line": first, "second_line": second}
        PictureDecision.objects.create(job_id=job.id, decided_by_label="Planner", **lines, **said)

    # Lines 2 and 3 are TS-B's, line 4 is TS-C's.
    for lines in ((2, 3), (3, 4), (4, 5)):
        day.call(decide, first=lines[0], second=lines[1])
    more = only(day, ImportJob)
    rows = day.call(lambda: read_rows(vault.read(blob_id=more.csv_blob_id)))
    longer = [*rows, replace(rows[-1], source_record="another", picture_name="another.jpg")]
    day.call(remaking._write_rows, job=more, rows=longer, now=IMPORTED)
    subject = only(day, Subject, reference="TS-B")
    day.step(operations.remove_person, day.officer, IMPORTED, subject_id=subject.id, reason=WHY)
    kept = day.call(lambda: list(PictureDecision.objects.values_list("first_line", "second_line")))
    assert kept == [(2, 3)]


def test_what_runs_keeps_its_list_and_its_approval(day, monkeypatch):
    day.to(S.LIVE)
    exchange_files(monkeypatch)
    for operation, more in ((operations.remake_list, {}), (operations.take_back_for_model, {"reason": WHY})):
        with pytest.raises((RuleViolated, InvalidTransition)):
            day.step(operation, day.planner, IMPORTED, **more)
    assert day.get().state is S.LIVE
    assert day.get().approved_hash is not None


def test_the_same_files_are_no_reason_to_take_a_plan_back(day):
    day.to(S.LIST_SEALED)
    with pytest.raises(RuleViolated):
        day.step(operations.take_back_for_model, day.planner, IMPORTED, reason=WHY)
    assert day.get().state is S.LIST_SEALED


def test_every_picture_on_the_list_counts_for_what_the_evidence_must_show(ready, photos, monkeypatch):
    make_list(ready, photos, seal=False)
    asked = []
    monkeypatch.setattr(queries, "pack_grade", lambda _: OPERATIONAL)
    monkeypatch.setattr(
        queries, "evidence_supports", lambda authority, *, pictures: asked.append(pictures) or False
    )
    grade = ready.call(lambda: facts.of(queries.get(deployment_id=ready.deployment_id)).grade)
    assert (grade, asked) == (UNSUPPORTED, [3])  # of two people


def test_the_planner_does_it_on_the_page_of_the_list(ready, photos, monkeypatch):
    install(monkeypatch)
    members = make_cast(ready)
    make_list(ready, photos)
    plan = replace(ready.get().authority, pack_id=OTHER)
    ready.step(deployments.amend, ready.planner, IMPORTED, authority=plan, reason=WHY)
    approve_again(ready)
    address = f"/deployments/{ready.deployment_id}/list/"
    with time_machine.travel(IMPORTED):
        planner, officer = members["planner"].client(), members["officer"].client()
        shown = planner.get(address).content.decode()
        assert "The list of the earlier approval" in shown
        assert "Measure the pictures again" in shown
        assert "Measure the pictures again" not in officer.get(address).content.decode()
        answer = planner.post(address, {"step": "remake"}, follow=True).content.decode()
        assert "3 pictures are being measured again." in answer
        assert 'value="remake"' not in answer
        # Pressed twice: said, and nothing happens.
        assert planner.post(address, {"step": "remake"}).status_code == 422
        assert count(ready, ImportJob) == 1
        assert run(ready, job_of(ready)) == "checked"
        assert "That list stays until the import is confirmed" in planner.get(address).content.decode()


def test_the_planner_ends_an_approval_of_other_files_on_the_page(day, monkeypatch):
    members = make_cast(day)
    day.to(S.LIST_SEALED)
    exchange_files(monkeypatch)
    address = f"/deployments/{day.deployment_id}/list/"
    with time_machine.travel(IMPORTED):
        planner = members["planner"].client()
        assert "This list cannot be used." in planner.get(address).content.decode()
        assert planner.post(address, {"step": "take-back", "model_reason": ""}).status_code == 422
        assert day.get().state is S.LIST_SEALED
        planner.post(address, {"step": "take-back", "model_reason": WHY})
        assert day.get().state is S.DRAFT
