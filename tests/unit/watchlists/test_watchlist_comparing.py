"""Same face and same picture: every pair is compared, whatever the block, and nothing twice."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest

from apps.watchlists import comparing
from apps.watchlists.comparing import Candidate, pairs_of_identities, repeats, same_faces
from apps.watchlists.data import Copied, Keep
from apps.watchlists.resolving import Kept, resolution
from tests.support.uploads import row

NOBODY: frozenset = frozenset()


def jpeg(seed, *, side=200, quality=92):
    noise = np.random.default_rng(seed).random((8, 8)).astype(np.float32)
    picture = cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", (picture * 255).clip(0, 255), [cv2.IMWRITE_JPEG_QUALITY, quality])[
        1
    ].tobytes()


def candidate(line, reference, template, *, picture=None, digest=None):
    vector = np.asarray(template, np.float32)
    kept = picture if picture is not None else f"picture {line}".encode()
    return Candidate(
        line, row(reference, f"{line}.jpg"), 0.9, (), vector / np.linalg.norm(vector), lambda: kept,
        digest or f"digest {line}",
    )  # fmt: skip


@pytest.mark.parametrize("bound", [("COMPARE_BLOCK_ROWS", 7), ("COMPARE_BLOCK_PAIRS", 200)], ids=["7", "3"])
def test_it_finds_what_brute_force_finds_over_several_blocks(monkeypatch, bound):
    monkeypatch.setattr(comparing, *bound)
    random = np.random.default_rng(3)
    people = [candidate(line, f"R{random.integers(20)}", random.normal(size=6)) for line in range(2, 62)]
    found = {each.pair: each for each in same_faces(people, threshold=0.7, apart=NOBODY).conflicts}
    first = {each.reference: i for i, each in reversed(list(enumerate(people)))}
    expected = {}
    for one in people:
        for other in people:
            alike = float(one.template @ other.template)
            pair = one.reference, other.reference
            if first[pair[0]] < first[pair[1]] and alike >= 0.7:
                expected[pair] = max(alike, expected.get(pair, 0))
    assert expected
    assert {pair: each.cosine_similarity for pair, each in found.items()} == pytest.approx(expected)


def test_a_long_list_is_compared_in_the_memory_of_a_short_one():
    entry, count = row("TS-A", "1.jpg"), 8_000
    vectors = np.random.default_rng(1).normal(size=(count, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = [
        Candidate(n, replace(entry, reference=f"R{n // 2}"), 0.9, (), vectors[n], bytes, f"digest {n}")
        for n in range(count)
    ]
    tracemalloc.start()
    try:
        assert same_faces(people, threshold=0.999, apart=NOBODY).conflicts == ()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Templates once more, one block, and a few numbers a picture.
    assert peak < vectors.nbytes + 4 * comparing.COMPARE_BLOCK_PAIRS + 100 * count


def test_pairs_are_those_of_different_identities():
    people = [candidate(n, ref, [1, n]) for n, ref in enumerate("AAABBC")]
    assert pairs_of_identities(people) == 3 * 2 + 3 * 1 + 2 * 1


def test_equal_pictures_are_in_doubt_at_any_threshold_and_by_their_pixels():
    same = jpeg(1)
    people = [candidate(2, "A", [1, 2], picture=same), candidate(3, "B", [1, 2], picture=same)]
    (conflict,) = same_faces(people, threshold=1.0, apart=NOBODY).conflicts
    assert conflict.same_picture  # not by its bytes: the digests differ
    apart = frozenset({frozenset({"A", "B"})})
    assert same_faces(people, threshold=0.5, apart=apart).conflicts == (conflict,)
    others = [people[0], candidate(3, "B", [1, 2], picture=jpeg(2))]
    assert same_faces(others, threshold=0.5, apart=apart).conflicts == ()


def test_a_picture_saved_anew_is_called_a_copy_and_another_is_not():
    one = candidate(2, "A", [1, 2, 0], picture=jpeg(1))
    smaller = candidate(3, "B", [1, 2, 0.1], picture=jpeg(1, side=80, quality=40))
    other = candidate(4, "C", [1, 2, 0.2], picture=jpeg(2))
    found = {
        each.pair: each for each in same_faces([one, smaller, other], threshold=0.5, apart=NOBODY).conflicts
    }
    assert (found["A", "B"].looks_copied, found["A", "B"].same_picture) == (True, False)
    assert not found["A", "C"].looks_copied


def test_a_repeated_picture_is_named_once_by_the_row_that_has_it_first():
    same = jpeg(1)
    rows = [
        candidate(2, "A", [1, 2], picture=same),
        candidate(3, "A", [2, -1], picture=jpeg(3)),
        candidate(4, "A", [1, 2], picture=same),
        candidate(5, "A", [1, 2.02], picture=jpeg(1, side=90)),
        candidate(6, "B", [1, 2], picture=same),
    ]
    found = repeats(rows, distinct=NOBODY)
    assert [(each.lines, each.how) for each in found] == [((2, 4), Copied.EXACT), ((2, 5), Copied.RESAVED)]
    both = resolution([], [Kept(2, 5, Keep.BOTH), Kept(4, 5, Keep.BOTH), Kept(2, 4, Keep.BOTH)])
    assert [each.lines for each in repeats(rows, distinct=both.distinct)] == [(2, 4)]
    assert both.leaves_repeated(found[0])
    assert not both.leaves_repeated(found[1])


@pytest.mark.parametrize(
    ("choice", "dropped"), [(Keep.FIRST, {4}), (Keep.SECOND, {2}), (Keep.NEITHER, {2, 4}), (Keep.BOTH, set())]
)
def test_what_is_dropped(choice, dropped):
    assert resolution([], [Kept(2, 4, choice)]).dropped == dropped


def test_a_file_of_one_face_and_one_of_one_picture_end():
    faces = [candidate(n, f"R{n}", [1, 2 + n / 1e6]) for n in range(2, 1_502)]
    assert len(same_faces(faces, threshold=0.5, apart=NOBODY).conflicts) == comparing.MOST_CONFLICTS
    pictures = [replace(each, row=row("A", "x.jpg"), digest="one") for each in faces]
    assert len(repeats(pictures, distinct=NOBODY)) == len(pictures) - 1
