"""A plan rests on assessments that are in force on every day of its window; each that is not is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from apps.core.clock import london
from apps.deployments.data import AssessmentKind
from apps.deployments.rules.assessments import AssessmentData, lapsing, unassessed
from tests.support.plans import END, PACK_ID, START, make_authority

DAY = london(START).date()
YEAR = timedelta(days=365)


def row(kind: AssessmentKind, **changes: object) -> AssessmentData:
    made = AssessmentData(
        id=uuid4(),
        kind=kind,
        title=f"{kind.upper()} of the force",
        version="2",
        in_force_from=DAY - YEAR,
        in_force_until=DAY + YEAR,
        pack_id=PACK_ID if kind is AssessmentKind.BIAS else "",
        is_public=False,
        sha256=str(kind)[0] * 64,
        size=10,
        replaces_id=None,
        uploaded_by="planner",
        uploaded_at=START - YEAR,
    )
    return replace(made, **changes)


def judged(*rows: AssessmentData, **plan: object) -> list[str]:
    authority = make_authority(assessments=tuple(each.ref for each in rows), **plan)
    return unassessed(authority, {each.id: each for each in rows})


ALL = tuple(row(kind) for kind in AssessmentKind)


def test_each_kind_that_is_missing_is_named_at_once():
    assert judged(*ALL, rehearsal=False) == []
    missing = judged(rehearsal=False)
    assert len(missing) == 4
    for words in ("DPIA", "EIA", "CIA", "bias evidence"):
        assert any(words in reason for reason in missing)
    assert {reason.field for reason in missing} == {"assessments"}


def test_a_rehearsal_measures_passers_by_too_and_needs_the_first_two():
    assert judged(row(AssessmentKind.DPIA), row(AssessmentKind.EIA)) == []
    assert len(judged()) == 2


def test_a_window_over_midnight_needs_them_on_both_days():
    lapsed = row(AssessmentKind.DPIA, in_force_until=DAY)
    assert judged(lapsed, row(AssessmentKind.EIA)) == []
    (reason,) = judged(lapsed, row(AssessmentKind.EIA), window_end=END + timedelta(hours=10))
    assert "data protection impact assessment is not in force on 11 December 2026" in reason
    # Until midnight is still the same day; two versions may share the days.
    assert judged(lapsed, row(AssessmentKind.EIA), window_end=END + timedelta(hours=8)) == []
    following = row(AssessmentKind.DPIA, in_force_from=DAY + timedelta(days=1))
    assert judged(lapsed, following, row(AssessmentKind.EIA), window_end=END + timedelta(hours=10)) == []


def test_bias_evidence_of_another_model_does_not_count():
    other = [row(AssessmentKind.BIAS, pack_id="another") if r.kind == "bias" else r for r in ALL]
    (reason,) = judged(*other, rehearsal=False)
    assert "of another model" in reason


def test_a_file_that_was_exchanged_is_not_the_one_that_was_chosen():
    dpia, eia = row(AssessmentKind.DPIA), row(AssessmentKind.EIA)
    authority = make_authority(assessments=(dpia.ref, eia.ref))
    reasons = unassessed(authority, {dpia.id: replace(dpia, sha256="0" * 64), eia.id: eia})
    assert any("not among those of the force" in reason for reason in reasons)
    assert len(unassessed(authority, {})) == 4


def test_the_officer_is_told_what_lapses_before_the_window_or_soon_after():
    now = START - timedelta(days=20)
    before = row(AssessmentKind.DPIA, in_force_until=DAY - timedelta(days=1))
    soon = row(AssessmentKind.EIA, in_force_until=DAY + timedelta(days=29))
    later = row(AssessmentKind.CIA, in_force_until=date(2027, 1, 20))
    authority = make_authority(assessments=tuple(each.ref for each in (before, soon, later)))
    notes = lapsing(authority, {each.id: each for each in (before, soon, later)}, now=now)
    assert len(notes) == 2
    assert any("lapses before the window: its last day is 9 December 2026" in note for note in notes)
    assert any("lapses soon after the window" in note for note in notes)
