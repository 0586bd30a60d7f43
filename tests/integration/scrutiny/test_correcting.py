"""Published results are corrected from the record, in writing: what was said before stays, without names."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jsonschema import Draft202012Validator

from apps.audit import api as audit
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import Deployment
from apps.live.models import CameraTally
from apps.notices import api as notices
from apps.notices.models import Notice
from apps.scrutiny.correcting import correct_results, possible_correction
from tests.integration.notices.test_notice_list import plant
from tests.support.cast import make_cast
from tests.support.days import END, START, listed, make_day
from tests.support.outline import Outline, problems
from tests.support.plans import REASONS
from tests.support.results import RESULTS

HOUR = timedelta(hours=1)
REVIEWED = END + HOUR
LATER = END + timedelta(days=1)
NAME = "Wilhelmina Thistlewood"
WHY = f"The counter of camera two was read late; {NAME} was not concerned."
SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs/reference/record.schema.json").read_text())


@pytest.fixture
def day(real_db):
    return make_day("north")


def reviewed(day):
    """With results that say nothing of faces seen."""
    day.import_list = lambda: type(day).import_list(day, rows=[replace(listed(), display_name=NAME)])
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, END - HOUR)
    day.step(deployments.review, day.silver, REVIEWED, findings=REASONS)


def counted(day, tracks):
    camera = day.get().authority.cameras[0].id
    told = {"frames": 900, "tracks": tracks, "faces": 400}
    with force_context(day.force.id):
        CameraTally.objects.update_or_create(
            deployment_id=day.deployment_id, camera_id=camera, defaults=told, create_defaults=told
        )


def corrected(day, *, actor=None, reason=WHY, now=LATER):
    day.step(correct_results, actor or day.officer, now, reason=reason)


def notice(day):
    return day.call(notices.get_for_deployment, deployment_id=day.deployment_id)


def read(path) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200, path
    return answer.getvalue().decode()


def text(path) -> str:
    return " ".join(Outline(read(path)).text.split())


def paths(day):
    force = f"/notices/{day.force.slug}"
    return f"{force}/lfr-2026-001/", f"{force}/record/", f"{force}/record.csv", f"{force}/record.json"


def test_what_changed_from_what_to_what_when_and_why_stands_everywhere_and_the_old_stays(day):
    reviewed(day)
    own, record, table, programs = paths(day)
    assert "Correct" not in text(own) + text(record)
    before = notice(day)
    counted(day, 130)
    assert notice(day) == before
    corrected(day)
    for path in (own, record):
        page = text(path)
        for words in (
            "Faces seen. Before: Not recorded. Now: 130",
            "Mismatches of faces seen. Before: Not recorded. Now: 0 of 130",
            "Corrected by an authorising officer, who gave this reason:",
            "The counter of camera two was read late; [name removed] was not concerned.",
            "Friday 11 December 2026 at 4pm",
        ):
            assert words in page, (path, words)
        assert problems(read(path)) == []
    assert "Corrected on Friday 11 December 2026 at 4pm" in text(record)
    assert text(own).count("The results were corrected.") == 1
    old = text(f"{own}results/1/")
    for words in (
        "This is what they said before.",
        "Faces seen. Before: Not recorded. Now: 130",
        "Thursday 10 December",
    ):
        assert words in old
    assert "0 of 130 faces seen" not in old
    assert problems(read(f"{own}results/1/")) == []
    assert Client().get(f"{own}results/2/").status_code == 404
    (line,) = csv.DictReader(io.StringIO(read(table).removeprefix("\ufeff")))
    assert (line["faces_seen"], line["corrections"]) == ("130", "1")
    assert line["corrected_at"] == "2026-12-11T16:00:00Z"
    told = json.loads(read(programs))
    assert list(Draft202012Validator(SCHEMA).iter_errors(told)) == []
    (found,) = told["deployments"][0]["corrections"]
    assert {"field": "faces_seen", "from": None, "to": 130} in found["changes"]
    assert (found["at"], found["by"]) == ("2026-12-11T16:00:00Z", "authorising_officer")
    assert told["rehearsals"]["corrected"] == 1
    # A stranger's probe still finds the notice whole.
    assert day.verify(now=LATER).verified


def test_a_second_correction_is_told_from_the_first_ones_numbers(day):
    reviewed(day)
    counted(day, 130)
    corrected(day)
    counted(day, 140)
    corrected(day, actor=day.silver, now=LATER + HOUR, reason="Camera one was missing as well.")
    page = text(paths(day)[0])
    assert "Faces seen. Before: 130. Now: 140" in page
    assert "Faces seen. Before: Not recorded. Now: 130" in page
    assert page.index("Camera one was missing") < page.index("camera two was read late")
    assert "the commander of a deployment" in page
    assert [each.since for each in notice(day).old_results] == [REVIEWED, LATER]


def test_no_name_of_anybody_gets_out(day):
    """Not of who is listed, nor of who corrected it."""
    reviewed(day)
    counted(day, 130)
    robin = day.person("Robin Wren-Smythe", Role.AUTHORISING_OFFICER)
    corrected(day, actor=robin, reason=f"{WHY} Robin Wren-Smythe saw it; call 07700 900123.")
    own, *others = paths(day)
    for path in (own, f"{own}results/1/", f"{own}notice.json", *others):
        for hidden in (NAME, "Thistlewood", "07700", "Wren-Smythe"):
            assert hidden not in read(path), (path, hidden)


def test_who_may_and_with_what(day):
    reviewed(day)
    with pytest.raises(RuleViolated, match="nothing to correct"):
        corrected(day)
    counted(day, 130)
    for person in (day.planner, day.operator, day.person("watcher", Role.OVERSIGHT)):
        with pytest.raises(NotPermitted):
            corrected(day, actor=person)
    with pytest.raises(ReauthenticationNeeded):
        corrected(day, actor=replace(day.officer, reauthenticated=False))
    for reason in ("", "too few", "x" * 1001, "It was \u202e turned around."):
        with pytest.raises(RuleViolated, match="Reason"):
            corrected(day, reason=reason)
    stranger = make_day("south").officer
    with pytest.raises(NotPermitted):
        corrected(day, actor=stranger)
    assert notice(day).old_results == ()
    assert notice(day).results.tracks is None


def test_what_has_no_published_results_has_none_to_correct(day):
    day.to(S.LIVE)
    with pytest.raises(NotFound):
        corrected(day)


def test_the_audit_holds_who_why_and_both(day):
    reviewed(day)
    counted(day, 130)
    corrected(day)
    with force_context(day.force.id):
        row = Notice.objects.get(deployment_id=day.deployment_id)
        events = audit.events_about(object_id=row.id)
    (event,) = [each for each in events if each.verb == "notice.results_corrected"]
    assert event.actor_id == day.officer.id
    assert "read late" in event.reason
    assert NAME not in event.reason
    assert (event.payload["before"]["tracks"], event.payload["results"]["tracks"]) == (None, 130)


def test_a_withheld_number_is_in_no_correction(day, real_db):
    day = make_day("north", withheld_counts=["tracks"])
    reviewed(day)
    counted(day, 130)
    with pytest.raises(RuleViolated, match="nothing to correct"):
        corrected(day)


def test_what_the_platform_brings_up_to_date_after_a_stop_is_told_too(day):
    day.to(S.LIVE)
    day.step(deployments.revoke, day.officer, START + HOUR, reasons=REASONS)
    counted(day, 130)
    from apps.scrutiny.operations import publish_stopped

    day.call(publish_stopped, deployment_id=day.deployment_id, now=START + 2 * HOUR)
    page = text(paths(day)[1])
    assert "Brought up to date from the record after it was stopped" in page
    assert "Faces seen. Before: Not recorded. Now: 130" in page


def test_markup_in_a_reason_is_text(day):
    reviewed(day)
    counted(day, 130)
    corrected(day, reason="<script>alert(1)</script> was read late")
    own, record, *_ = paths(day)
    for path in (own, record, f"{own}results/1/"):
        assert "<script>alert" not in read(path)
        assert "&lt;script&gt;alert" in read(path)


def test_the_page_shows_what_changes_and_what_will_be_read_before_anything_does(day):
    cast = make_cast(day)
    reviewed(day)
    path = "/records/lfr-2026-001/correct/"
    officer = cast["officer"].client()
    assert "there is nothing to correct" in officer.get(path).getvalue().decode()
    assert officer.post(path, {"reason": WHY}).status_code == 422
    counted(day, 130)
    page = officer.get(path).getvalue().decode()
    assert ">130<" in page
    assert problems(page) == []
    answer = officer.post(path, {"reason": "short"})
    assert answer.status_code == 422
    assert "write 10 to 1,000 characters" in answer.getvalue().decode()
    shown = officer.post(path, {"reason": WHY}).getvalue().decode()
    assert "[name removed] was not concerned" in shown
    assert notice(day).old_results == ()
    assert "Correct the published results" in officer.get("/records/lfr-2026-001/").getvalue().decode()
    assert (
        "Correct the published"
        not in cast["planner"].client().get("/records/lfr-2026-001/").getvalue().decode()
    )
    assert cast["planner"].client().get(path).status_code == 403
    assert officer.post(path, {"reason": WHY, "confirmed": "1"}).status_code == 302
    assert [each.role for each in notice(day).old_results] == ["authorising_officer"]


def test_publishing_asks_as_much_however_long_the_history(day, settings, tmp_path):
    settings.LFR_PUBLIC_DIR = tmp_path / "public"
    reviewed(day)

    def queries(tracks):
        counted(day, tracks)
        with CaptureQueriesContext(connection) as asked:
            corrected(day, now=LATER + timedelta(minutes=tracks))
        return len(asked)

    once, twice = queries(130), queries(131)
    plant(day.force, status="results_published", start=START, count=40, results=RESULTS)
    # What each correction adds is the page of what was said before.
    assert queries(132) - twice == twice - once <= 3
    page = (tmp_path / "public" / f"notices~{day.force.slug}~record~2026~.page").read_text()
    assert "Faces seen. Before: 131. Now: 132" in page


def test_results_whose_log_is_deleted_are_not_replaced_by_noughts(day):
    reviewed(day)
    counted(day, 900)
    with force_context(day.force.id):
        Deployment.objects.filter(id=day.deployment_id).update(log_deleted_at=END + timedelta(days=3_000))
        assert possible_correction(reference=day.get().reference).changes == ()
    with pytest.raises(RuleViolated, match="cannot be counted anew"):
        day.step(correct_results, day.officer, END + timedelta(days=3_001), reason=WHY)
