"""A list imported in the background: nothing is committed before the planner says so, nothing is lost when a
worker dies, and nothing that was uploaded outlives its use."""

from dataclasses import replace
from datetime import timedelta

import pytest

from apps.core.errors import RuleViolated
from apps.deployments import api as deployments
from apps.deployments import imports
from apps.deployments.data import DeploymentState as S
from apps.deployments.operations import import_jobs
from apps.watchlists import api as watchlists
from apps.watchlists import faces, staged_work
from apps.watchlists.data import ImportState, Refused, WatchlistState
from apps.watchlists.models import ImportJob, Picture, Refusal, Subject, Watchlist
from tests.support.days import END, IMPORTED, START
from tests.support.import_jobs import (
    BAD,
    DOUBTFUL,
    GARBAGE,
    GOOD,
    begin,
    checked,
    confirm,
    count,
    everything_staged_is_gone,
    job_of,
    refusals,
    run,
    verbs,
)


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
