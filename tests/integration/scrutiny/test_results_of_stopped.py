"""What an officer stopped while it ran took place: its results are public, although nobody reviews it.

And what is told apart in any results: pauses, and passes that somebody counted.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from apps.core import events
from apps.core.clock import utc_now
from apps.core.errors import RuleViolated
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import Cause
from apps.deployments.data import DeploymentState as S
from apps.live.models import CameraTally
from apps.notices import api as notices
from apps.notices import views
from apps.notices.data import NoticeStatus
from apps.recognition.api import true_recognition_rate
from apps.retention import api as retention
from apps.scrutiny import api as scrutiny
from apps.scrutiny import operations
from tests.support.days import CHECKED, END, START, listed, make_day
from tests.support.outline import problems
from tests.support.plans import REASONS

HOUR = timedelta(hours=1)
STOPPED = START + HOUR + timedelta(minutes=37)
NAME = "Wilhelmina Thistlewood"
WHY = f"Two people were mistaken for {NAME} within the hour."


@pytest.fixture
def day(real_db, monkeypatch):
    monkeypatch.setattr(views, "utc_now", lambda: START + 2 * HOUR)
    return make_day("north")


def notice(day):
    return day.call(notices.get_for_deployment, deployment_id=day.deployment_id)


def page(day) -> str:
    answer = Client().get(f"/notices/{day.force.slug}/lfr-2026-001/")
    assert answer.status_code == 200
    return answer.getvalue().decode()


def stop(day) -> None:
    day.import_list = lambda: type(day).import_list(day, rows=[replace(listed(), display_name=NAME)])
    day.to(S.LIVE)
    day.step(deployments.revoke, day.officer, STOPPED, reasons=WHY)


def test_it_has_results_at_once_with_its_times_and_the_reason(day):
    stop(day)
    assert day.get().state is S.REVOKED
    found = notice(day)
    assert found.status is NoticeStatus.REVOKED
    assert (found.results.started_at, found.results.ended_at) == (START, STOPPED)
    assert found.results.reviewed_at is None
    body = page(day)
    for words in (
        "This deployment was stopped before its time: its approval was taken back.",
        "Two people were mistaken for [name removed] within the hour.",
        "From Thursday 10 December 2026 at 10am to 11:37am (1 hour 37 minutes)",
        "There was no alert.",
        "Why it was stopped",
    ):
        assert words in body
    for words in (NAME, "Thistlewood", "did not take place", "What the review found"):
        assert words not in body
    assert problems(body) == []
    assert day.verify(now=STOPPED).verified


def test_it_stands_under_past_and_not_under_called_off(day):
    stop(day)
    body = Client().get("/notices/").getvalue().decode()
    past = body.split('aria-labelledby="past"')[1].split("</section>")[0]
    assert "Market Square" in past
    assert 'aria-labelledby="called-off"' not in body


def test_what_comes_after_the_stop_is_brought_in_and_nothing_twice(day):
    stop(day)
    before = notice(day)
    day.call(operations.publish_stopped, deployment_id=day.deployment_id, now=STOPPED + HOUR)
    assert notice(day) == before
    with force_context(day.force.id):
        CameraTally.objects.create(
            deployment_id=day.deployment_id,
            camera_id=day.get().authority.cameras[0].id,
            frames=900,
            tracks=130,
            faces=400,
        )
    retention.run_due(force_id=day.force.id, now=STOPPED + 24 * HOUR)
    found = notice(day)
    assert found.results.tracks == 130
    assert [entry.text for entry in found.history].count("The results were brought up to date.") == 1
    # The names went with the list, and stay out all the same.
    assert "[name removed]" in page(day)
    assert "Thistlewood" not in page(day)
    assert found.deletions[0].done_at is not None


def test_a_process_that_dies_after_the_stop_is_caught_up(day, monkeypatch):
    day.to(S.LIVE)
    monkeypatch.setattr(events, "dispatch", lambda **told: False)
    day.step(deployments.revoke, day.officer, STOPPED, reasons=REASONS)
    monkeypatch.undo()
    assert notice(day).results is None
    assert events.sweep(force_id=day.force.id, now=utc_now(), grace=timedelta(0)) == 0
    assert notice(day).status is NoticeStatus.REVOKED
    assert notice(day).results is not None


def test_stopped_before_it_began_it_has_no_results(day):
    day.to(S.READY)
    day.step(deployments.revoke, day.officer, CHECKED, reasons=REASONS)
    retention.run_due(force_id=day.force.id, now=CHECKED + 24 * HOUR)
    assert notice(day).results is None
    assert 'id="results"' not in page(day)


def test_pauses_are_published_with_the_kind_of_reason_and_apart_from_interruptions(day):
    """Whoever suspends reads beside the field that the public never gets their own words."""
    day.to(S.LIVE)
    typed = "A sign fell over a boy in a red coat."
    day.step(deployments.suspend, day.silver, START + HOUR, reason=typed, cause=Cause.WAYS)
    day.step(deployments.resume, day.silver, START + HOUR + timedelta(minutes=14))
    day.step(deployments.end, day.silver, END - HOUR)
    day.step(deployments.review, day.silver, END, findings=REASONS)
    body = page(day)
    why = "The deployment was paused because of the signs or the ways round the area."
    assert f"Paused from 11am to 11:14am (14 minutes). {why}" in body
    assert "red coat" not in body
    assert "red coat" not in str(notice(day).results)
    # The record of those who watch over the force keeps the words.
    record = day.call(scrutiny.deployment_record, deployment_id=day.deployment_id)
    assert typed in [pause.reason for pause in record.pauses]
    assert "No interruption was recorded." in body
    assert "0.42 or more" in body
    # Nobody of a rehearsal is looked for: the Blue List is in no public count.
    assert "People on the list" not in body
    assert notice(day).results.list_subjects is None


def reviewed(day, passes: int | None, *, rehearsal: bool = True):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, END - HOUR)
    return day.step(deployments.review, day.silver, END, findings=REASONS, blue_list_passes=passes)


def test_passes_that_were_counted_make_the_true_recognition_rate(day):
    reviewed(day, 5)
    found = notice(day).results.true_recognition
    assert (found.numerator, found.denominator) == (0, 5)
    exact = true_recognition_rate(passes=5, recognised=0)
    assert (found.low, found.high) == (exact.low, exact.high)
    assert "0 of 5 passes (0%)" in page(day)


def test_passes_that_nobody_counted_are_not_recorded(day):
    reviewed(day, None)
    assert notice(day).results.true_recognition is None
    assert "The passes of the Blue List were not recorded." in page(day)


@pytest.mark.parametrize("passes", [-1, 10_001])
def test_a_number_of_passes_that_cannot_be_is_refused(day, passes):
    with pytest.raises(RuleViolated, match="passes"):
        reviewed(day, passes)
    assert day.get().state is S.ENDED
