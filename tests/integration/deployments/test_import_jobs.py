"""A list imported in the background: nothing is committed before the planner says so, nothing is lost when a
worker dies, and nothing that was uploaded outlives its use."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.audit.models import AuditEvent
from apps.core.errors import InvalidTransition, NotFound, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments import imports
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations import import_jobs
from apps.retention import api as retention
from apps.vault import api as vault
from apps.vault.models import VaultBlob, VaultKey
from apps.watchlists import api as watchlists
from apps.watchlists import faces, staged_work
from apps.watchlists.data import ImportState, Refused, WatchlistState
from apps.watchlists.models import ImportJob, Picture, Refusal, StagedPicture, Subject, Watchlist
from tests.support.days import END, IMPORTED, START
from tests.support.uploads import archive_of, row, uploaded

NAME = "Unforgettable Name"
GOOD = [
    row("TS-B", "subject_b_1.jpg", display_name=NAME),
    row("TS-B", "subject_b_2.jpg", display_name=NAME),
    row("TS-C", "subject_c_1.jpg"),
]
GARBAGE = {"garbage.jpg": b"this is no picture at all" * 10}
BAD = [
    row("TS-X", "missing.jpg"),
    row("TS-Y", "group.jpg"),
    row("TS-Z", "garbage.jpg"),
    row("TS-W", "subject_c_4.jpg", lawfully_held=False),
]
DOUBTFUL = row("TS-A", "subject_a_1.jpg")  # a warning: barely good enough
AT = {"now": IMPORTED}


@pytest.fixture
def sent(monkeypatch):
    """What was given to the workers, instead of giving it."""
    messages = []

    class Broker:
        def send_task(self, name, *, args, queue, **_):
            messages.append((name, *args, queue))

    monkeypatch.setattr(import_jobs, "current_app", Broker())
    return messages


@pytest.fixture
def ready(day, sent):
    """A deployment that waits for its list."""
    day.to(S.NOTICE_PUBLISHED)
    return day


def begin(day, rows, folder, *, now=IMPORTED, actor=None, extra=None):
    upload = uploaded(archive_of(rows, folder, extra))
    return day.step(deployments.begin_import, actor or day.planner, now, upload=upload)


def run(day, job, *, now=IMPORTED, stop=lambda: False):
    return imports.run(force_id=day.force.id, job_id=job.id, clock=lambda: now, stop=stop)


def job_of(day):
    return day.call(deployments.import_job, deployment_id=day.deployment_id)


def confirm(day, job, *, refusals=False, warnings=False, now=IMPORTED, actor=None):
    return day.call(
        deployments.confirm_import,
        job_id=job.id,
        accept_refusals=refusals,
        accept_warnings=warnings,
        actor=actor or day.planner,
        now=now,
    )


def checked(day, rows, folder, **changes):
    job = begin(day, rows, folder, **changes)
    assert run(day, job) == "checked"
    return job_of(day)


def count(day, model):
    return day.call(model.objects.count)


def events(day):
    return day.call(lambda: list(AuditEvent.objects.order_by("ordinal")))


def verbs(day):
    return [event.verb for event in events(day) if event.verb.startswith("watchlist.")]


def refusals(report):
    return {(refused.reference, refused.picture_name): refused.code for refused in report.refused}


def everything_staged_is_gone(day, job):
    with_key = day.call(lambda: ImportJob.objects.get(id=job.id))
    assert not day.call(vault.key_exists, key_id=with_key.key_id)
    assert count(day, StagedPicture) == 0
    return day.call(vault.blob_count, key_id=with_key.key_id) == 0


def test_from_the_upload_to_the_list(ready, sent, photos):
    job = begin(ready, GOOD, photos)
    assert (job.state, job.rows, job.report) == (ImportState.UPLOADED, 3, None)
    assert sent == [(import_jobs.RUN_TASK, str(ready.force.id), str(job.id), "imports")]

    assert run(ready, job) == "checked"
    job = job_of(ready)
    assert (job.state, job.done, job.total) == (ImportState.CHECKED, 3, 3)
    assert (job.report.accepted_subjects, job.report.accepted_pictures) == (2, 3)
    assert job.report.refused == ()
    assert count(ready, Watchlist) == 0
    assert ready.get().watchlist_id is None

    assert confirm(ready, job).state is ImportState.IMPORTING
    assert len(sent) == 2
    assert count(ready, Watchlist) == 0
    assert run(ready, job) == "imported"
    assert job_of(ready).state is ImportState.IMPORTED
    data = ready.call(watchlists.get_for_deployment, deployment_id=ready.deployment_id)
    assert (data.subjects, data.pictures, data.state) == (2, 3, WatchlistState.IMPORTED)
    assert data.purge_due_at == END + timedelta(hours=24)
    assert ready.get().watchlist_id == data.id
    assert everything_staged_is_gone(ready, job)
    assert verbs(ready) == [
        "watchlist.import_staged",
        "watchlist.import_checked",
        "watchlist.import_confirmed",
        "watchlist.imported",
    ]
    sealed = ready.step(deployments.seal_watchlist, ready.planner, IMPORTED)
    assert sealed.state is S.LIST_SEALED


def test_the_list_is_the_one_that_importing_at_once_makes(ready, photos):
    """Enrolled picture by picture by a worker, or all at once: the same templates."""
    job = checked(ready, GOOD, photos)
    confirm(ready, job)
    run(ready, job)

    def templates():
        found = Picture.objects.order_by("subject__reference", "template_sha256")
        return list(found.values_list("template_sha256", "quality_score"))

    staged = ready.call(templates)
    ready.step(deployments.discard_watchlist, ready.planner, IMPORTED, reason="compare with the other way")
    done = ready.import_list(rows=GOOD, pictures=lambda name: (photos / name).read_bytes())
    assert done.committed
    assert ready.call(templates) == staged


def test_every_refused_row_has_its_reason_before_anything_is_committed(ready, photos):
    job = checked(ready, [*GOOD, *BAD], photos, extra=GARBAGE)
    assert refusals(job.report) == {
        ("TS-X", "missing.jpg"): Refused.PICTURE_MISSING,
        ("TS-Y", "group.jpg"): "several_faces",
        ("TS-Z", "garbage.jpg"): "undecodable",
        ("TS-W", "subject_c_4.jpg"): Refused.NOT_LAWFULLY_HELD,
    }
    assert [refused.line for refused in job.report.refused] == [5, 6, 7, 8]
    assert all(refused.reason for refused in job.report.refused)
    assert (job.report.accepted_subjects, job.report.accepted_pictures) == (2, 3)
    for model in (Watchlist, Subject, Picture, Refusal):
        assert count(ready, model) == 0


def test_the_face_of_somebody_who_may_not_be_listed_is_not_looked_at(ready, photos, monkeypatch):
    seen = []
    enrol = faces.enrol_picture
    monkeypatch.setattr(faces, "enrol_picture", lambda pack, raw: seen.append(raw) or enrol(pack, raw))
    job = checked(ready, [GOOD[2], BAD[3]], photos)
    assert seen == [(photos / "subject_c_1.jpg").read_bytes()]
    assert job.total == 1


def test_what_is_refused_is_left_out_only_when_the_planner_says_so(ready, photos):
    job = checked(ready, [*GOOD, *BAD], photos, extra=GARBAGE)
    with pytest.raises(RuleViolated, match="Some rows are refused"):
        confirm(ready, job)
    assert job_of(ready).state is ImportState.CHECKED
    confirm(ready, job, refusals=True)
    assert run(ready, job) == "imported"
    watchlist_id = ready.get().watchlist_id
    left_out = ready.call(watchlists.left_out, watchlist_id=watchlist_id)
    assert {(each.reference, each.code) for each in left_out} == {
        (refused.reference, refused.code) for refused in job.report.refused
    }
    assert ready.call(watchlists.get, watchlist_id=watchlist_id).subjects == 2


def test_a_warning_is_looked_at_or_left_out(ready, photos):
    job = checked(ready, [GOOD[2], DOUBTFUL], photos)
    assert [warning.reference for warning in job.report.warnings] == ["TS-A"]
    assert (job.report.accepted_subjects, job.report.refused) == (2, ())
    with pytest.raises(RuleViolated, match="Look at each warning"):
        confirm(ready, job)
    confirm(ready, job, refusals=True)
    assert run(ready, job) == "imported"
    assert ready.call(lambda: list(Subject.objects.values_list("reference", flat=True))) == ["TS-C"]
    assert ready.call(lambda: Refusal.objects.get().code) == Refused.WARNING_NOT_ACCEPTED


def test_an_accepted_warning_is_kept_with_the_picture(ready, photos):
    job = checked(ready, [GOOD[2], DOUBTFUL], photos)
    confirm(ready, job, warnings=True)
    assert run(ready, job) == "imported"
    kept = ready.call(lambda: Picture.objects.get(subject__reference="TS-A").warnings)
    assert kept == [job.report.warnings[0].warning]


def test_a_list_without_anybody_cannot_be_confirmed(ready, photos):
    job = checked(ready, [BAD[0]], photos)
    with pytest.raises(RuleViolated, match="Nobody would be on the list"):
        confirm(ready, job, refusals=True)


def test_when_only_doubtful_pictures_are_left_nothing_is_stored(ready, photos):
    job = checked(ready, [DOUBTFUL], photos)
    confirm(ready, job, refusals=True)
    assert run(ready, job) == "checked again"
    assert job_of(ready).problem == staged_work.NOT_AS_CHOSEN
    assert count(ready, Watchlist) == 0


def test_more_people_than_authorised_cannot_be_confirmed_at_all(day, sent, photos):
    day.draft(max_subjects=1)
    day.step(deployments.submit, day.planner, START - timedelta(days=9))
    day.approve()
    day.verify()
    job = checked(day, GOOD, photos)
    assert refusals(job.report) == {("TS-C", "subject_c_1.jpg"): Refused.OVER_MAXIMUM}
    with pytest.raises(RuleViolated, match="more people than the authority allows"):
        confirm(day, job, refusals=True, warnings=True)


def test_what_changed_since_the_planner_looked_is_shown_again_and_not_imported(ready, photos):
    """A status that grows stale between the report and the import."""
    rows = [replace(GOOD[2], expires_at=IMPORTED + timedelta(minutes=5)), GOOD[0]]
    job = checked(ready, rows, photos)
    assert job.report.refused == ()
    confirm(ready, job)
    assert run(ready, job, now=IMPORTED + timedelta(minutes=6)) == "checked again"
    job = job_of(ready)
    assert (job.state, job.problem) == (ImportState.CHECKED, staged_work.CHANGED)
    assert refusals(job.report) == {("TS-C", "subject_c_1.jpg"): Refused.ENTRY_EXPIRED}
    assert count(ready, Watchlist) == 0
    confirm(ready, job, refusals=True, now=IMPORTED + timedelta(minutes=6))
    assert run(ready, job, now=IMPORTED + timedelta(minutes=6)) == "imported"


def test_a_rule_that_lets_a_picture_in_late_has_it_looked_at_then(ready, photos):
    """Not there when it was checked: checked before the clock passed the line."""
    tomorrow = IMPORTED + timedelta(days=1)
    job = checked(ready, [GOOD[2], replace(GOOD[0], captured_date=tomorrow.date())], photos)
    assert [refused.code for refused in job.report.refused] == [Refused.CAPTURED_IN_FUTURE]
    ready.call(lambda: ImportJob.objects.update(state=ImportState.CHECKING, holder=None))
    late = START + timedelta(hours=4)
    assert late < END
    ticks = iter([IMPORTED, IMPORTED, IMPORTED])
    outcome = imports.run(force_id=ready.force.id, job_id=job.id, clock=lambda: next(ticks, late))
    assert outcome == "checked"


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
    ready.step(deployments.cancel, ready.planner, IMPORTED, reason="The square is flooded.")
    ready.call(deployments.sweep_imports, now=IMPORTED)
    found = job_of(ready)
    assert found.state is ImportState.FAILED
    assert "cancelled" in found.problem.lower()
    assert everything_staged_is_gone(ready, job)


def test_a_worker_that_comes_after_the_cancellation_imports_nothing(ready, photos):
    job = checked(ready, GOOD[:1], photos)
    confirm(ready, job)
    ready.step(deployments.cancel, ready.planner, IMPORTED, reason="The square is flooded.")
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


def certificates(day, now):
    done = retention.run_due(force_id=day.force.id, now=now)
    assert done.problems == ()
    return [each for each in done.certificates if each.data_class == "watchlist_staging"]


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
    ready.step(deployments.cancel, ready.planner, IMPORTED, reason="The square is flooded.")
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
