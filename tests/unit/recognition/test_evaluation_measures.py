"""What is counted is what a plain loop counts, in blocks of any size, and adds up."""

from __future__ import annotations

import tracemalloc
from math import comb
from pathlib import Path

import numpy as np
import pytest
from evaluation_people import groups, templates

from apps.recognition.evaluation import enrolling, searches, tally
from apps.recognition.evaluation.measure import BETWEEN, Failures, evaluate, evaluate_pairs, row_of
from apps.recognition.evaluation.sources import Labelled, Pictures
from apps.recognition.evaluation.tally import THRESHOLDS

PEOPLE = 45
LISTS = (1, 5, 20, 40)
AT = (0.3, 0.45)


@pytest.fixture(scope="module")
def found():
    faces, subjects = templates(PEOPLE, 3)
    return evaluate(faces, subjects, groups=groups(PEOPLE), list_sizes=LISTS, thresholds=AT)


def test_counts_are_those_of_a_plain_loop(found):
    faces, subjects = templates(PEOPLE, 3)
    scores = faces @ faces.T
    for threshold in (-0.1, 0.3, 0.5):
        false, missed = 0, 0
        for i in range(len(faces)):
            for j in range(i + 1, len(faces)):
                reached = scores[i, j] >= threshold
                if subjects[i] == subjects[j]:
                    missed += not reached
                else:
                    false += reached
        at = row_of(threshold)
        assert found.everybody.impostor.errors[at] == false
        assert found.everybody.genuine.errors[at] == missed
    assert found.everybody.impostor.trials == comb(PEOPLE, 2) * 9
    assert found.everybody.genuine.trials == PEOPLE * 3


def test_a_score_that_equals_the_threshold_reaches_it():
    found = evaluate_pairs(np.array([0.45, 0.4499]), [0, 0], [1, 1], people=2, pictures=4)
    assert found.everybody.impostor.errors[row_of(0.45)] == 1
    assert found.everybody.impostor.errors[row_of(0.45) - 1] == 2


@pytest.mark.parametrize("block", [1, 7])
def test_the_size_of_a_block_changes_nothing(found, block, monkeypatch):
    monkeypatch.setattr(tally, "BLOCK", block)
    monkeypatch.setattr(searches, "BLOCK", block)
    faces, subjects = templates(PEOPLE, 3)
    again = evaluate(faces, subjects, groups=groups(PEOPLE), list_sizes=LISTS, thresholds=AT)
    assert (again.impostor_bins == found.impostor_bins).all()
    assert (again.genuine_bins == found.genuine_bins).all()
    assert [row.false_positive.value for row in again.searches] == pytest.approx(
        [row.false_positive.value for row in found.searches]
    )


def test_memory_is_bounded_by_the_block_and_not_by_all_pairs(monkeypatch):
    monkeypatch.setattr(tally, "BLOCK", 8)
    faces, subjects = templates(20, 75)
    tracemalloc.start()
    try:
        tally.compare_everybody(faces, subjects, tally.People.of(["all"] * 20))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1500 * 1500 * 4 / 2


def test_a_higher_threshold_never_lets_more_pass_nor_misses_fewer(found):
    for row in found.rows:
        assert (np.diff(row.impostor.errors) <= 0).all()
        assert (np.diff(row.genuine.errors) >= 0).all()
        assert (row.impostor.low <= row.impostor.high).all()


def test_groups_and_what_is_between_them_add_up_to_everybody(found):
    parts = found.rows[1:]
    assert {row.group for row in parts} == {"first", "second", "third", BETWEEN}
    for name in ("impostor", "genuine"):
        whole = getattr(found.everybody, name)
        assert sum(getattr(row, name).trials for row in parts) == whole.trials
        assert sum(getattr(row, name).errors for row in parts) == pytest.approx(whole.errors)
    assert sum(row.pairs for row in parts) == found.everybody.pairs == comb(PEOPLE, 2)


def test_searches_of_longer_lists_find_strangers_more_often_and_the_listed_less(found):
    for threshold in AT:
        rows = [row for row in found.searches if not row.group and row.threshold == threshold]
        assert [row.list_size for row in rows] == list(LISTS)
        strangers = [row.false_positive.value for row in rows]
        listed = [row.true_positive.value for row in rows]
        assert strangers == sorted(strangers)
        assert strangers[0] < strangers[-1]
        assert listed == sorted(listed, reverse=True)
    groups_of = {row.group for row in found.searches}
    assert groups_of == {"", "first", "second", "third"}
    for size in LISTS:
        some = [r for r in found.searches if r.list_size == size and r.threshold == 0.3]
        whole = next(r for r in some if not r.group)
        assert sum(r.false_positive.errors for r in some if r.group) == pytest.approx(
            whole.false_positive.errors
        )


def test_the_share_over_all_lists_is_what_drawing_many_lists_gives(found):
    faces, subjects = templates(PEOPLE, 3)
    listed = faces[::3]
    random = np.random.default_rng(5)
    size, threshold, draws = 20, 0.3, 1500
    hits = tries = rights = passes = 0
    scores = faces @ listed.T
    probes = np.arange(len(faces)) % 3 != 0
    for _ in range(draws):
        names = random.permutation(PEOPLE)[:size]
        on_list = np.isin(subjects, names)
        best = scores[:, names].argmax(axis=1)
        reached = scores[:, names].max(axis=1) >= threshold
        hits += (reached & probes & ~on_list).sum()
        tries += (probes & ~on_list).sum()
        rights += (reached & probes & on_list & (names[best] == subjects)).sum()
        passes += (probes & on_list).sum()
    row = next(r for r in found.searches if (r.group, r.list_size, r.threshold) == ("", size, threshold))
    assert row.false_positive.value == pytest.approx(hits / tries, rel=0.02)
    assert row.true_positive.value == pytest.approx(rights / passes, rel=0.02)


def test_a_list_as_long_as_there_are_people_is_not_measured():
    faces, subjects = templates(6, 2)
    found = evaluate(faces, subjects, list_sizes=(5, 6, 100), thresholds=(0.4,))
    assert [row.list_size for row in found.searches] == [5]


def test_the_same_pictures_give_the_same_report(found):
    faces, subjects = templates(PEOPLE, 3)
    again = evaluate(faces, subjects, groups=groups(PEOPLE), list_sizes=LISTS, thresholds=AT)
    assert again.searches == found.searches


def test_people_without_pictures_are_refused():
    faces, _ = templates(3, 1)
    with pytest.raises(ValueError, match="without gaps"):
        evaluate(faces, [0, 2, 2])
    assert len(THRESHOLDS) == 401


@pytest.mark.parametrize("block", [4, 1000])
def test_the_pairs_whose_label_is_most_doubtful_are_found_in_blocks(block, monkeypatch):
    monkeypatch.setattr(enrolling, "BLOCK", block)
    faces, subjects = templates(8, 3)
    source = Pictures(tuple(Labelled(Path(str(i)), p) for i, p in enumerate(subjects)), ("x",) * 8, None, "")
    enrolled = enrolling.Enrolled(faces, list(range(len(faces))), Failures())
    found = enrolling.doubtful(enrolled, source, most=3)
    scores = faces @ faces.T
    one, other = np.triu_indices(len(faces), 1)
    same = subjects[one] == subjects[other]
    pairs = scores[one, other]
    assert [score for score, _, _ in found] == pytest.approx(
        [*np.sort(pairs[~same])[::-1][:3], *np.sort(pairs[same])[:3]]
    )
    assert [a.person == b.person for _, a, b in found] == [False] * 3 + [True] * 3
