"""Police ranks of the United Kingdom, lowest first, and the role that needs one (domain.md §1).

A rank is free text on an account. Compared is what it means: "T/D/Supt", "Det Supt" and "superintendent" are
the same. An acting rank is none of these: whoever authorises holds the rank, for good or for a time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from apps.core.data import Role
from apps.core.errors import RuleViolated
from apps.core.wording import say_role

# (rank, how else it is written). Commander and above are ranks of the London forces.
RANKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("constable", ("police constable", "pc", "dc", "con")),
    ("sergeant", ("ps", "ds", "sgt", "sergt")),
    ("inspector", ("insp", "di", "pi")),
    ("chief inspector", ("ch insp", "c insp", "ci", "dci")),
    ("superintendent", ("supt", "dsu", "dsupt")),
    ("chief superintendent", ("ch supt", "c supt", "cs", "dcs")),
    ("assistant chief constable", ("acc",)),
    ("commander", ("cmdr", "cdr")),
    ("deputy assistant commissioner", ("dac",)),
    ("deputy chief constable", ("dcc",)),
    ("assistant commissioner", ("ac",)),
    ("chief constable", ("cc",)),
    ("deputy commissioner", ()),
    ("commissioner", ()),
)
ORDER: Mapping[str, int] = MappingProxyType(
    {word: place for place, (rank, others) in enumerate(RANKS) for word in (rank, *others)}
)
# They say where somebody works or for how long, and nothing of the rank. A collar number does not either.
BESIDE = frozenset({"detective", "det", "d", "temporary", "temp", "t"})
LOWEST: Mapping[Role, str] = MappingProxyType(
    {Role.AUTHORISING_OFFICER: "superintendent", Role.URGENT_AUTHORISING_OFFICER: "inspector"}
)
EXAMPLES = "for instance Inspector, Chief Inspector, Superintendent or Chief Superintendent"


def place_of(rank: str) -> int | None:
    """The place in `RANKS` of what somebody typed; None for what is no rank."""
    words = [word for word in re.findall(r"[^\W\d_]+", rank.lower()) if word not in BESIDE]
    return ORDER.get(" ".join(words))


def rank_problems(rank: str, roles: Collection[Role]) -> list[str]:
    """Why somebody of this rank cannot hold some of these roles, in words."""
    problems = []
    held = place_of(rank)
    for role in sorted(set(roles) & set(LOWEST)):
        lowest = LOWEST[role]
        rule = f"The role {say_role(role)} is for the rank of {lowest} or above"
        if held is None:
            said = (
                f"“{rank.strip()}” is not a rank that is known here" if rank.strip() else "no rank is given"
            )
            problems.append(f"{rule}, and {said}. Write the rank in full, {EXAMPLES}.")
        elif held < ORDER[lowest]:
            problems.append(f"{rule}, and this person is {rank.strip()}.")
    return problems


def promotion_problems(rank: str, before: str) -> list[str]:
    """Why `rank` is not written over the one on record, in words."""
    new, old = place_of(rank), place_of(before)
    if new is None:
        return [f"“{rank}” is no rank that is known here. Write the rank in full, {EXAMPLES}."]
    if old is not None and new < old:
        return [f"The rank on record is {before}. A lower one is not written here."]
    return []


def check_rank(rank: str, roles: Collection[Role]) -> None:
    """Raises RuleViolated where one of `roles` needs a higher rank, or a rank at all."""
    problems = rank_problems(rank, roles)
    if problems:
        raise RuleViolated(problems, code="rank")
