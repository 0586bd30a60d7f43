"""A rank is compared by what it means, however it is written."""

import pytest

from apps.accounts.ranks import place_of, promotion_problems, rank_problems
from apps.core.data import Role

AUTHORISING, URGENT = Role.AUTHORISING_OFFICER, Role.URGENT_AUTHORISING_OFFICER


@pytest.mark.parametrize(
    ("role", "ranks"),
    [
        (
            AUTHORISING,
            ("Superintendent", "det supt", "T/Supt.", "C/Supt 1234", "Chief  Superintendent", "ACC"),
        ),
        (URGENT, ("Inspector", "DI", "T/DCI", "Ch. Insp", "Supt", "Commander")),
    ],
    ids=("authorising", "urgent"),
)
def test_who_is_high_enough(role, ranks):
    for rank in ranks:
        assert rank_problems(rank, [role, Role.PLANNER]) == [], rank


@pytest.mark.parametrize(
    ("role", "ranks"),
    [
        (AUTHORISING, ("PC", "Sgt", "Inspector", "DCI", "T/Chief Inspector")),
        (URGENT, ("PC", "Police Constable", "DC", "Detective Sergeant")),
    ],
    ids=("authorising", "urgent"),
)
def test_who_is_not(role, ranks):
    for rank in ranks:
        (problem,) = rank_problems(rank, [role])
        assert "or above" in problem, rank
        assert rank_problems(rank, [Role.OPERATOR, Role.FORCE_ADMIN]) == []


def test_what_is_no_rank_is_refused_with_what_to_write():
    for rank in ("", "Staff", "Acting Superintendent", "Superintendant", "Inspector Superintendent"):
        assert place_of(rank) is None, rank
        (problem,) = rank_problems(rank, [URGENT])
        assert "Write the rank in full, for instance Inspector" in problem


def test_a_rank_is_not_lowered():
    assert promotion_problems("Chief Superintendent", "Supt") == []
    assert promotion_problems("Superintendent", "Staff") == []
    assert "A lower one" in promotion_problems("PC", "Superintendent")[0]
    assert "no rank that is known" in promotion_problems("Staff", "Superintendent")[0]
