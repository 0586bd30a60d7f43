"""From the review to the public page and to the proof of deletion: nobody has to press anything, and no name
gets out on the way."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from apps.audit import api as audit
from apps.core import events
from apps.core.clock import utc_now
from apps.core.errors import InvalidTransition, NotFound
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.live.models import CameraTally
from apps.notices import api as notices
from apps.notices import views
from apps.notices.data import NoticeStatus
from apps.notices.models import Notice
from apps.retention import api as retention
from apps.scrutiny import api as scrutiny
from apps.scrutiny import operations
from tests.support.days import CHECKED, END, IMPORTED, PLANNED, START, listed, make_day
from tests.support.outline import Outline, problems
from tests.support.plans import FLOODED, REASONS
from tests.support.results import RESULTS

HOUR = timedelta(hours=1)
ENDED = END - HOUR
REVIEWED = END + 2 * HOUR
FINDINGS = "The signs on the north side were hard to see; they will stand further out next time."
# The only person on the list, and everything that would say so.
NAME = "Wilhelmina Thistlewood"


@pytest.fixture
def day(real_db):
    return make_day("north")


def notice(day):
    return day.call(notices.get_for_deployment, deployment_id=day.deployment_id)


def path(day) -> str:
    return f"/notices/{day.force.slug}/lfr-2026-001/"


def page(day) -> str:
    answer = Client().get(path(day))
    assert answer.status_code == 200
    return answer.getvalue().decode()


def end(day) -> None:
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, ENDED)


def review(day, findings: str = FINDINGS) -> None:
    day.step(deployments.review, day.silver, REVIEWED, findings=findings)


def texts(day) -> list[str]:
    return [entry.text for entry in notice(day).history]


def test_a_review_publishes_the_results_by_itself(day):
    end(day)
    with force_context(day.force.id):
        CameraTally.objects.create(
            deployment_id=day.deployment_id,
            camera_id=day.get().authority.cameras[0].id,
            frames=900,
            tracks=130,
            faces=400,
        )
    before = notice(day).digest
    review(day)
    assert day.get().state is S.RESULTS_PUBLISHED
    found = notice(day)
    assert found.status is NoticeStatus.RESULTS_PUBLISHED
    assert found.digest != before
    assert (found.results.alerts, found.results.tracks) == (0, 130)
    body = page(day)
    for words in ("Results published", FINDINGS, "0 of 130 faces seen", "None of 0 alerts", "Not recorded"):
        assert words in body
    assert "Thursday 10 December 2026 at 10am to 3pm (5 hours)" in body
    assert "This was a rehearsal." in body
    # A reload shows the same, and a stranger's probe still finds the page whole.
    assert page(day) == body
    assert day.verify(now=REVIEWED).verified


def test_what_nobody_counted_is_said_to_be_not_recorded(day):
    end(day)
    review(day)
    results = notice(day).results
    assert (results.tracks, results.false_of_tracks, results.true_recognition) == (None, None, None)
    assert "0 of 0" not in page(day)


def test_the_page_with_results_can_be_read_aloud(day):
    end(day)
    assert problems(page(day)) == []
    review(day)
    retention.run_due(force_id=day.force.id, now=ENDED + 25 * HOUR)
    assert problems(page(day)) == []
    assert Outline(page(day)).count("script") == 0


def test_before_the_review_there_are_no_results_to_read(day):
    end(day)
    body = page(day)
    assert notice(day).results is None
    assert 'id="results"' not in body
    assert "This deployment has ended." in body


def test_until_then_the_page_says_when_they_are_due(day, monkeypatch):
    end(day)
    monkeypatch.setattr(views, "utc_now", lambda: REVIEWED)
    assert "The results are due by Tuesday 15 December 2026." in page(day)
    monkeypatch.setattr(views, "utc_now", lambda: ENDED + timedelta(days=6))
    assert "were due by Tuesday 15 December 2026 and are late" in page(day)


def test_the_deletion_clock_runs_from_the_end_to_the_proof(day, monkeypatch):
    end(day)
    due = ENDED + 24 * HOUR
    monkeypatch.setattr(views, "utc_now", lambda: due - HOUR)
    assert "Not yet due" in page(day)
    (watchlist, alerts) = notice(day).deletions[:2]
    assert (watchlist.due_at, watchlist.done_at) == (due, None)
    assert (alerts.due_at, alerts.done_at) == (None, None)
    before = notice(day).digest
    retention.run_due(force_id=day.force.id, now=due)
    (watchlist, _) = notice(day).deletions[:2]
    assert watchlist.done_at is not None
    assert timedelta(0) <= watchlist.done_at - due < timedelta(minutes=5)
    assert notice(day).digest != before
    assert "Friday 11 December 2026 at 3pm" in page(day)
    assert "There was none" in page(day)
    assert texts(day)[-1].startswith("Deleted, and checked: the list for this deployment")
    # The certificate's clock was moved, and the page does not hide it.
    assert "in simulated time, for a test" in page(day)


def test_a_late_deletion_is_not_hidden(day, monkeypatch):
    end(day)
    due = ENDED + 24 * HOUR
    monkeypatch.setattr(views, "utc_now", lambda: due + HOUR)
    assert "Late: not yet proven" in page(day)
    retention.run_due(force_id=day.force.id, now=due + 5 * HOUR)
    assert "5 hours late" in page(day)


def test_results_and_proof_come_in_either_order(day):
    end(day)
    retention.run_due(force_id=day.force.id, now=ENDED + 25 * HOUR)
    day.step(deployments.review, day.officer, ENDED + 48 * HOUR, findings=FINDINGS)
    found = notice(day)
    assert found.status is NoticeStatus.RESULTS_PUBLISHED
    assert found.deletions[0].done_at is not None
    assert FINDINGS in page(day)


def test_a_list_that_was_never_used_is_deleted_in_public_too(day):
    day.to(S.READY)
    day.step(deployments.revoke, day.officer, CHECKED, reasons=REASONS)
    assert notice(day).deletions[0].due_at == CHECKED + 24 * HOUR
    retention.run_due(force_id=day.force.id, now=CHECKED + 24 * HOUR)
    assert notice(day).deletions[0].done_at is not None
    assert "its approval was taken back" in page(day)


def test_the_history_tells_the_whole_day_in_order(day):
    end(day)
    review(day)
    assert texts(day) == [
        "Published.",
        "The deployment started.",
        "The deployment ended.",
        "The results were published.",
    ]


def test_repeating_any_of_it_changes_nothing(day):
    end(day)
    review(day)
    before = notice(day)
    day.call(operations.publish_results, deployment_id=day.deployment_id, now=REVIEWED + HOUR)
    day.call(operations.note_deletions, deployment_id=day.deployment_id, now=REVIEWED + HOUR)
    assert events.sweep(force_id=day.force.id, now=utc_now(), grace=timedelta(0)) == 0
    assert notice(day) == before


def test_a_process_that_dies_between_the_review_and_the_page_is_caught_up(day, monkeypatch):
    end(day)
    monkeypatch.setattr(events, "dispatch", lambda **told: False)
    review(day)
    monkeypatch.undo()
    assert day.get().state is S.REVIEWED
    assert 'id="results"' not in page(day)
    assert events.sweep(force_id=day.force.id, now=REVIEWED + HOUR, grace=timedelta(0)) == 0
    assert day.get().state is S.RESULTS_PUBLISHED
    assert FINDINGS in page(day)


def test_an_event_that_comes_late_does_not_undo_what_came_after_it(day, monkeypatch):
    """The process died after the start; by the time the sweep comes the deployment is paused, then over."""
    day.to(S.READY)
    monkeypatch.setattr(events, "dispatch", lambda **told: False)
    day.step(deployments.start, day.silver, START)
    monkeypatch.undo()
    day.step(deployments.suspend, day.silver, START + HOUR, reason="A sign fell over in the wind.")
    assert notice(day).status is NoticeStatus.SUSPENDED
    events.sweep(force_id=day.force.id, now=START + 2 * HOUR, grace=timedelta(0))
    assert notice(day).status is NoticeStatus.SUSPENDED
    day.step(deployments.end, day.silver, ENDED)
    assert notice(day).status is NoticeStatus.ENDED


def test_a_narrowing_shows_while_it_takes_place(day):
    day.to(S.LIVE)
    assert notice(day).status is NoticeStatus.LIVE
    narrower = day.plan(window_end=END - HOUR)
    day.step(deployments.amend, day.planner, START + HOUR, authority=narrower, reason=REASONS)
    assert "10am to 3pm" in page(day)
    assert notice(day).status is NoticeStatus.LIVE


def test_what_was_called_off_has_no_results(day):
    day.to(S.NOTICE_PUBLISHED)
    day.step(deployments.cancel, day.planner, IMPORTED, **FLOODED)
    with pytest.raises(InvalidTransition):
        day.call(notices.publish_results, deployment_id=day.deployment_id, results=RESULTS, now=REVIEWED)
    assert notice(day).results is None


def test_another_force_cannot_publish_results_on_this_page(day):
    other = make_day("south")
    end(day)
    with force_context(other.force.id), pytest.raises(NotFound):
        notices.publish_results(deployment_id=day.deployment_id, results=RESULTS, now=REVIEWED)
    with force_context(other.force.id):
        notices.note_deletions(deployment_id=day.deployment_id, steps=(), now=REVIEWED)
        assert Notice.objects.filter(deployment_id=day.deployment_id).update(results={"alerts": 0}) == 0
    assert notice(day).results is None


# No name of anybody on the list gets out, neither on the public page nor in the record.


def named(day, **changes):
    """A live day whose list holds NAME, with NAME in every text that somebody could write it in."""
    day.draft(
        necessity=f"{NAME} was seen in this street twice.",
        proportionality="Short, and thistlewood  only in part.",
        **changes,
    )
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()
    day.verify()
    day.import_list(rows=[replace(listed(), display_name=NAME)])
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    day.step(deployments.start, day.silver, START)
    day.step(deployments.end, day.silver, ENDED)


def record_json(day) -> str:
    with force_context(day.force.id):
        return json.dumps(scrutiny.as_json(scrutiny.deployment_record(deployment_id=day.deployment_id)))


def test_names_of_listed_people_are_taken_out_of_the_findings(day):
    named(day)
    review(day, f"It found {NAME.upper()} (TS-001) at once. Mrs Thistlewood was content.")
    body = page(day)
    assert "[name removed]" in body
    for words in (NAME, NAME.upper(), "Thistlewood", "TS-001"):
        assert words not in body
        assert words not in record_json(day)


def test_names_stay_out_of_the_record_after_the_list_itself_is_gone(day):
    """After the purge nobody can tell any more which words were names: they were taken out in time."""
    named(day)
    retention.run_due(force_id=day.force.id, now=ENDED + 25 * HOUR)
    text = record_json(day)
    assert NAME not in text
    assert "[name removed] was seen in this street twice." in text


def test_taking_names_out_is_on_the_record_once(day):
    named(day)
    for _ in range(2):
        day.call(operations.remember_redactions, deployment_id=day.deployment_id, now=ENDED)
    found = [
        event
        for event in day.call(audit.events_about, object_id=day.deployment_id)
        if event.verb == "scrutiny.names_removed"
    ]
    assert len(found) == 1
    assert NAME not in str(found[0].payload)
