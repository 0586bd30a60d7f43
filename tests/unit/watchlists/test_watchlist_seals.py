"""The seal is a function of what is listed, and of nothing else."""

import hashlib
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.watchlists.data import SealEntry
from apps.watchlists.seals import seal_hash, template_bytes, template_from_bytes, template_sha256

DEPLOYMENT = UUID(int=1)
ENTRY = SealEntry("W-1", "court_warrant", UUID(int=2), "ab" * 32, "opencv-zoo")
entries = st.lists(
    st.builds(
        SealEntry,
        reference=st.text(max_size=8),
        category=st.sampled_from(["court_warrant", "blue_list"]),
        picture_id=st.uuids(),
        template_sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
        pack_id=st.sampled_from(["a", "b"]),
    ),
    max_size=6,
    unique_by=lambda entry: entry.picture_id,
)


@given(entries, st.randoms())
def test_the_order_of_the_entries_does_not_matter(listed, random):
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert seal_hash(deployment_id=DEPLOYMENT, entries=shuffled) == seal_hash(
        deployment_id=DEPLOYMENT, entries=listed
    )


@given(entries, entries)
def test_different_lists_have_different_seals(one, other):
    same = sorted(map(repr, one)) == sorted(map(repr, other))
    equal = seal_hash(deployment_id=DEPLOYMENT, entries=one) == seal_hash(
        deployment_id=DEPLOYMENT, entries=other
    )
    assert equal == same


@pytest.mark.parametrize(
    "change",
    [
        {"reference": "W-2"},
        {"category": "suspected"},
        {"picture_id": UUID(int=3)},
        {"template_sha256": "cd" * 32},
        {"pack_id": "insightface"},
    ],
)
def test_any_change_of_an_entry_changes_the_seal(change):
    assert seal_hash(deployment_id=DEPLOYMENT, entries=[ENTRY]) != seal_hash(
        deployment_id=DEPLOYMENT, entries=[replace(ENTRY, **change)]
    )


def test_the_same_people_listed_for_another_deployment_have_another_seal():
    assert seal_hash(deployment_id=DEPLOYMENT, entries=[ENTRY]) != seal_hash(
        deployment_id=UUID(int=9), entries=[ENTRY]
    )


def test_text_cannot_move_from_one_field_to_the_next():
    left = replace(ENTRY, reference='W","court', category="x")
    right = replace(ENTRY, reference="W", category='court","x')
    assert seal_hash(deployment_id=DEPLOYMENT, entries=[left]) != seal_hash(
        deployment_id=DEPLOYMENT, entries=[right]
    )


def test_anybody_can_compute_it_from_this_text():
    """A change of the format would void every open seal, so it must be deliberate."""
    text = (
        '["lfr-watchlist-seal-1","00000000-0000-0000-0000-000000000001","1"]\n'
        f'["W-1","court_warrant","00000000-0000-0000-0000-000000000002","{"ab" * 32}","opencv-zoo"]\n'
    )
    assert seal_hash(deployment_id=DEPLOYMENT, entries=[ENTRY]) == hashlib.sha256(text.encode()).hexdigest()


def test_a_template_comes_back_bit_for_bit():
    template = np.random.default_rng(1).normal(size=128).astype(np.float32)
    back = template_from_bytes(template_bytes(template), dimension=128)
    assert np.array_equal(back, template)
    assert back.dtype == np.float32
    assert template_sha256(back) == template_sha256(template)


def test_a_template_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="expected 512 template bytes, got 256"):
        template_from_bytes(bytes(256), dimension=128)
