"""An evaluation becomes the evidence of one model; the calibrator says when it has no answer."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace

import pytest
from evaluation_people import groups, templates

from apps.deployments.rules.estimate import Verdict, estimate
from apps.recognition.api import calibrate, false_alert_share
from apps.recognition.data import (
    EvidenceGrade,
    ImpostorCount,
    PackHashMismatch,
    PackManifestInvalid,
)
from apps.recognition.engine.evidence import parse_evidence
from apps.recognition.engine.packs import load_manifest
from apps.recognition.evaluation.html import as_html
from apps.recognition.evaluation.measure import Failures, evaluate, row_of
from apps.recognition.evaluation.report import About, as_csv, as_evidence, as_json, impostor_counts
from apps.recognition.evaluation.words import answer, missed, share

PLAN = {"list_size": 5, "footfall": 10_000}
PEOPLE = 60


@pytest.fixture(scope="module")
def found():
    faces, subjects = templates(PEOPLE, 2)
    failures = Failures(122, {"no_face": 2}, {"first": 122}, {"first": 2}, 0)
    return evaluate(faces, subjects, groups=groups(PEOPLE), list_sizes=(5, 20), failures=failures)


@pytest.fixture
def about(manifest):
    return About(
        pack_id=manifest.id,
        pack_version=manifest.version,
        fingerprint=manifest.fingerprint,
        default_threshold=0.45,
        dataset="Made-up people",
        conducted_by="A laboratory",
        made_at="2026-11-25T12:00:00+00:00",
        digest="0" * 64,
        quality="enrolment",
    )


@pytest.fixture
def written(tmp_path, manifest_text, about, found):
    """A manifest beside the evidence that it names; `change` alters the text of either."""

    def write(*, evidence=lambda text: text, manifest=lambda text: text, sha256=None):
        content = evidence(as_evidence(about, found))
        (tmp_path / "found.json").write_text(content)
        digest = sha256 or hashlib.sha256(content.encode()).hexdigest()
        head = f'evidence_file = "found.json"\nevidence_sha256 = "{digest}"\n'
        before, counts = manifest_text.split("[[impostors]]")
        path = tmp_path / "pack.toml"
        path.write_text(manifest(head + before + "[files]" + counts.split("[files]")[1]))
        return path

    return write


def operational(text: str) -> str:
    return text.replace('evidence_grade = "rehearsal"', 'evidence_grade = "operational"')


def test_the_counts_of_an_evaluation_are_the_counts_of_the_pack(written, found):
    pack = load_manifest(written(manifest=operational))
    assert pack.evidence_grade is EvidenceGrade.OPERATIONAL
    assert pack.impostors == impostor_counts(found.everybody)
    at = next(count for count in pack.impostors if count.threshold == 0.45)
    assert at.comparisons == found.everybody.impostor.trials
    assert at.false_matches == found.everybody.impostor.errors[row_of(0.45)]
    assert {group.group for group in pack.measured.groups} == {"first", "second", "third"}


def test_a_changed_file_is_refused(written):
    with pytest.raises(PackHashMismatch):
        load_manifest(written(sha256="0" * 64))


def test_evidence_of_another_model_is_refused(written, manifest):
    with pytest.raises(PackManifestInvalid, match="another recognition model"):
        load_manifest(written(evidence=lambda text: text.replace(manifest.fingerprint, "f" * 64)))


def test_operations_need_evidence_and_by_group(written, tmp_path, manifest_text):
    bare = tmp_path / "bare.toml"
    bare.write_text(operational(manifest_text))
    with pytest.raises(PackManifestInvalid, match="needs an evidence_file"):
        load_manifest(bare)

    def without_groups(text):
        return json.dumps(json.loads(text) | {"groups": []})

    with pytest.raises(PackManifestInvalid, match="by group"):
        load_manifest(written(evidence=without_groups, manifest=operational))
    assert load_manifest(written(evidence=without_groups)).impostors


def test_counts_come_from_one_place(written):
    more = "\n[[impostors]]\nthreshold = 0.1\ncomparisons = 9\nfalse_matches = 0\n"
    with pytest.raises(PackManifestInvalid, match="not both"):
        load_manifest(written(manifest=lambda text: text + more))
    with pytest.raises(PackManifestInvalid, match="plain name"):
        load_manifest(written(manifest=lambda text: text.replace("found.json", "../found.json")))


@pytest.mark.parametrize(
    "change",
    [
        {"effective": 1e9},
        {"false_matches": -1},
        {"comparisons": 0},
        {"comparisons": 2.5},
        {"threshold": 1.5},
        {"people": True},
    ],
    ids=str,
)
def test_impossible_counts_are_refused(about, found, change):
    raw = json.loads(as_evidence(about, found))
    raw["impostors"][3] |= change
    with pytest.raises(PackManifestInvalid):
        parse_evidence(json.dumps(raw).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"format": "lfr-evidence/1"}'], ids=repr)
def test_something_else_is_no_evidence(content):
    with pytest.raises(PackManifestInvalid):
        parse_evidence(content)


def test_evidence_that_nobody_answers_for_is_not_written(about, found):
    with pytest.raises(ValueError, match="who conducted"):
        as_evidence(replace(about, conducted_by=" "), found)


def test_the_calibrator_gives_the_lowest_threshold_that_a_plan_would_be_told_is_within():
    counts = [ImpostorCount(t / 10, 9_000_000, errors) for t, errors in [(3, 900), (4, 60), (5, 1), (6, 0)]]
    found = calibrate(counts, list_size=500, footfall=20_000)
    assert found.threshold == 0.5
    assert 0 < found.most <= 20
    plan = {"list_size": 500, "footfall": 20_000, "counts": counts}
    assert estimate(threshold=0.5, **plan).verdict is Verdict.WITHIN
    assert estimate(threshold=0.5, **plan).most == pytest.approx(found.most)
    assert estimate(threshold=0.4, **plan).verdict is not Verdict.WITHIN
    assert answer(found)[0].startswith("Threshold 0.5 for a list of 500 and 20,000 people who pass: between")


def test_a_failure_on_the_way_down_ends_the_search():
    """Counts that get better at a lower threshold contradict themselves; the lower one is not taken."""
    counts = [ImpostorCount(0.6, 9_000_000, 0), ImpostorCount(0.5, 100, 0), ImpostorCount(0.4, 9_000_000, 0)]
    assert calibrate(counts, list_size=500, footfall=1).threshold == 0.6


def test_too_little_evidence_gives_no_threshold_and_says_what_is_needed(manifest):
    found = calibrate(manifest.impostors, list_size=500, footfall=20_000)
    assert found.threshold is None
    # 500 pictures, and three views of everybody who passes.
    assert found.needed == pytest.approx(4_500_000, rel=0.01)
    words = answer(found)
    assert words[0].startswith("The evidence cannot support an answer")
    assert "among only 12 people" in words[-1]
    none = calibrate([], list_size=500, footfall=20_000)
    assert none.threshold is None
    assert "no comparisons" in answer(none)[0]


def test_comparisons_that_share_people_count_for_less():
    alone = ImpostorCount(0.5, 3_000_000, 3)
    shared = replace(alone, effective=30_000.0)
    ranges = [false_alert_share([c], list_size=500, threshold=0.5) for c in (alone, shared)]
    assert ranges[1].low < ranges[0].low < ranges[0].high < ranges[1].high
    told = estimate(list_size=500, footfall=20_000, threshold=0.5, counts=[shared])
    assert "30,000 independent comparisons" in " ".join(told.words)


@pytest.mark.parametrize(
    "wrong", [{"list_size": 0}, {"footfall": 0}, {"at_most": 0}, {"at_most": 1}], ids=str
)
def test_no_question_no_answer(wrong):
    with pytest.raises(ValueError):
        calibrate([], **(PLAN | wrong))


def test_what_a_threshold_misses_is_said(found, about):
    genuine = parse_evidence(as_evidence(about, found).encode()).genuine
    assert "of comparisons of a person with themselves stayed below" in missed(genuine, 0.5)
    assert "not recorded" in missed((), 0.5)


def test_ranges_are_rounded_outwards():
    assert share(0.01234, up=False) == "1.2\N{NO-BREAK SPACE}%"
    assert share(0.01234, up=True) == "1.3\N{NO-BREAK SPACE}%"
    assert share(1.0, up=True) == "100\N{NO-BREAK SPACE}%"
    assert share(0.0) == "0\N{NO-BREAK SPACE}%"


def test_the_reports_say_the_same_and_run_nothing(about, found):
    faces, subjects = templates(PEOPLE, 2)
    names = ["=cmd()" if person % 2 else "<script>alert(1)</script>" for person in range(PEOPLE)]
    hostile = evaluate(faces, subjects, groups=names, list_sizes=(5,))
    page = as_html(replace(about, dataset="<img src=x onerror=y>"), hostile)
    assert "<script" not in page
    assert "<img" not in page
    assert "http" not in page
    rows = list(csv.DictReader(as_csv(hostile).splitlines()))
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    report = json.loads(as_json(about, found))
    at = row_of(0.45)
    line = next(
        row
        for row in csv.DictReader(as_csv(found).splitlines())
        if (row["measure"], row["group"], row["threshold"]) == ("FMR", "everybody", "0.45")
    )
    assert int(line["errors"]) == report["rows"][0]["fmr"]["errors"][at]
    assert report["failures_to_enrol"]["by_reason"] == {"no_face": 2}


def test_few_people_are_called_a_sanity_check(about, found):
    page = as_html(about, found)
    assert "a sanity check, not evidence" in page
    assert "no answer" in page


def test_each_figure_has_a_table_and_axes_without_a_curve_are_not_drawn(about, found):
    page = as_html(about, found)
    assert page.count("<svg") == page.count('role="img" aria-labelledby=') == 3
    faces, subjects = templates(12, 2, spread=0.001, dimension=512)
    clean = as_html(about, evaluate(faces, subjects, list_sizes=(5,)))
    assert clean.count("<svg") == 1
    assert clean.count("no curve, as no error was seen") == 2
    assert clean.count("<table") == page.count("<table") - 3  # failures, groups, searches by group
