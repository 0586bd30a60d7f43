"""A model of operational grade runs only what its evidence shows: at that threshold, for that many listed
people, for everybody and within each group (domain.md §2)."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from apps.deployments import queries
from apps.deployments.rules.authority import OPERATIONAL, UNSUPPORTED, unfit_for_grade
from apps.deployments.rules.estimate import Verdict, evidence_supports, expected_false_alerts
from apps.recognition import api as recognition
from apps.recognition.data import Evidence, EvidenceGrade, GroupEvidence, ImpostorCount
from apps.recognition.engine.shots import ShotPolicy

ENOUGH = (ImpostorCount(0.4, 5_000_000, 40), ImpostorCount(0.5, 5_000_000, 0))
PLAN = SimpleNamespace(
    pack_id="opencv-zoo", threshold=0.5, max_subjects=500, rehearsal=False, categories=("court_order",)
)


@pytest.fixture
def evidence(monkeypatch):
    """The default pack, as if an evaluation had given it operational grade."""

    def give(impostors=ENOUGH, second=ENOUGH):
        groups = (GroupEvidence("first", ENOUGH, ()), GroupEvidence("second", second, ()))
        plain = recognition.manifest("opencv-zoo")
        measured = Evidence(plain.fingerprint, "made up", "the tests", impostors, (), groups)
        given = replace(
            plain, evidence_grade=EvidenceGrade.OPERATIONAL, impostors=impostors, measured=measured
        )
        monkeypatch.setattr(recognition, "manifest", lambda pack_id: given)

    return give


def plan(**changes):
    return SimpleNamespace(**{**vars(PLAN), **changes})


def test_what_the_evidence_shows_may_run(evidence):
    evidence()
    assert queries.grade_of(PLAN) == OPERATIONAL
    assert unfit_for_grade(PLAN, OPERATIONAL) == []


@pytest.mark.parametrize(
    "changes", [{"threshold": 0.45}, {"threshold": 0.3}, {"max_subjects": 20_000}], ids=str
)
def test_a_lower_threshold_or_a_longer_list_may_not(evidence, changes):
    evidence()
    assert queries.grade_of(plan(**changes)) == UNSUPPORTED
    reasons = unfit_for_grade(plan(**changes), UNSUPPORTED)
    assert len(reasons) == 1
    assert "does not show at most one false alert in 1,000 people" in reasons[0]


def test_one_group_that_is_not_shown_to_be_safe_is_enough_to_refuse(evidence):
    evidence(second=(ImpostorCount(0.4, 10_000, 0),))
    assert not evidence_supports(PLAN)
    assert queries.grade_of(PLAN) == UNSUPPORTED
    told = expected_false_alerts(pack_id="opencv-zoo", list_size=500, footfall=20_000, threshold=0.5)
    assert told.verdict is Verdict.UNSUPPORTED
    assert "within second." in told.answer
    # What holds for everybody together is said as that, and not as a second answer.
    assert told.words[1].startswith("For everybody together: within the ceiling of one false alert")
    assert not any(words.startswith("Within the ceiling") for words in told.words)
    evidence(second=())
    assert not evidence_supports(PLAN)


def test_the_planner_is_told_that_it_is_within_where_every_group_is(evidence):
    evidence()
    told = expected_false_alerts(pack_id="opencv-zoo", list_size=500, footfall=20_000, threshold=0.5)
    assert told.is_reassuring


def test_a_list_with_more_pictures_than_people_is_judged_by_its_pictures(evidence):
    evidence()
    assert queries.grade_of(PLAN, pictures=lambda: 500) == OPERATIONAL
    assert queries.grade_of(PLAN, pictures=lambda: 600) == UNSUPPORTED
    # Fewer than the plan allows change nothing: the plan is what was approved.
    assert queries.grade_of(plan(max_subjects=600), pictures=lambda: 10) == UNSUPPORTED


def test_each_view_of_a_passer_by_that_may_alert_is_a_comparison():
    """The first of the views cannot: so as many as the engine searches with, less one."""
    shots = ShotPolicy()
    assert recognition.VIEWS_A_TRACK == shots.max_shots - 1 == 3
    assert shots.views_to_alert == 2


def test_counts_without_a_file_that_somebody_answers_for_are_not_evidence(monkeypatch):
    bare = replace(recognition.manifest("opencv-zoo"), impostors=ENOUGH)
    monkeypatch.setattr(recognition, "manifest", lambda pack_id: bare)
    assert not evidence_supports(PLAN)


def test_a_rehearsal_needs_none_and_the_default_pack_runs_nothing_else():
    rehearsal = plan(rehearsal=True, categories=("blue_list",))
    assert unfit_for_grade(rehearsal, queries.grade_of(rehearsal)) == []
    assert unfit_for_grade(rehearsal, UNSUPPORTED) == []
    assert unfit_for_grade(PLAN, queries.grade_of(PLAN)) != []
    assert queries.grade_of(plan(pack_id="no such pack")) is None
