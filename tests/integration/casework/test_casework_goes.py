"""By the force's years casework is deleted, with its steps and earlier versions, and no number comes back."""

from datetime import timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.casework import operations, retention
from apps.casework.data import CaseKind
from apps.casework.models import (
    ArrestResult,
    CaseStep,
    Complaint,
    DataBreach,
    HoursLine,
    HoursVersion,
    NoneStatement,
    RightsRequest,
)
from apps.core.clock import utc_now
from tests.support.casework import WORDS, arrested, breach, complaint, do, hours, result, rights_request

MODELS = (
    ArrestResult,
    CaseStep,
    Complaint,
    DataBreach,
    HoursLine,
    HoursVersion,
    NoneStatement,
    RightsRequest,
)
YEARS = timedelta(days=2557)  # seven, with two leap days


@pytest.fixture
def full(stage):
    """Something of every class; the cases are closed but for the breach."""
    hours(stage)
    result(stage, arrested(stage))
    do(
        stage,
        operations.step_complaint,
        case_id=complaint(stage),
        step="withdraw",
        words=WORDS,
    )
    do(
        stage,
        operations.step_request,
        case_id=rights_request(stage, deployment_id=None),
        step="withdraw",
        words=WORDS,
    )
    do(
        stage,
        operations.state_none,
        kinds=[CaseKind.BREACH],
        of=operations.OfWhat(deployment_id=stage.deployment_id),
    )
    breach(stage)
    return stage


def left(stage):
    with stage.context():
        return {model.__name__: model.objects.count() for model in MODELS if model.objects.exists()}


def test_nothing_goes_before_its_years(full):
    soon = utc_now() + YEARS - timedelta(hours=1)
    with full.context():
        assert retention.due_count(soon) == 0
        assert retention.purge_due(soon) == []
    assert set(left(full)) == {model.__name__ for model in MODELS}


def test_after_its_years_all_goes_but_a_case_that_is_open(full, elsewhere):
    hours(elsewhere)
    then = utc_now() + YEARS + timedelta(hours=1)
    with full.context():
        assert retention.due_count(then) == 5
        [done] = retention.purge_due(then)
        assert retention.verify(then) == []
        assert retention.purge_due(then) == []
        payload = AuditEvent.objects.get(verb="casework.deleted").payload
        about = [(kind, what) for kind, _first, _last, what in payload.pop("about")]
        assert about == [("complaint", "case"), ("request", "case")], "the statement was of one deployment"
        assert payload.pop("hours_of") == payload.pop("results_of") == [str(full.deployment_id)]
        assert payload == done.counts
    assert done.counts == {
        "hours": 1,
        "arrests": 1,
        "statements": 1,
        "complaints": 1,
        "breaches": 0,
        "requests": 1,
    }
    assert left(full) == {"DataBreach": 1, "CaseStep": 1}
    assert left(elsewhere) == {"HoursVersion": 1, "HoursLine": 2}


def test_a_version_stays_as_long_as_its_correction(stage):
    hours(stage)
    later = utc_now() + timedelta(days=400)
    hours(stage, seen=1, reason="The overtime was forgotten.", now=later)
    with stage.context():
        assert retention.due_count(later + YEARS - timedelta(days=1)) == 0
        retention.purge_due(later + YEARS + timedelta(days=1))
    assert left(stage) == {}


def test_fewer_years_apply_at_once(stage):
    from apps.forces.models import Force

    hours(stage)
    with stage.context():
        Force.objects.filter(id=stage.force.id).update(authority_years=1)
        then = utc_now() + timedelta(days=367)
        assert retention.due_count(then) == 1
        assert retention.verify(then) != []


def test_no_number_is_given_twice(full):
    then = utc_now() + YEARS + timedelta(hours=1)
    with full.context():
        retention.purge_due(then)
    complaint(full)
    with full.context():
        assert Complaint.objects.get().number == 2
