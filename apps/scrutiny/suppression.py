"""Counts by group (ethnicity, sex, age) that may be told: cumulatively, and only so that subtracting any of
them from any other reveals nobody (domain.md §8, answer 13; ADR 21).

How many people each deployment stopped is public. A table by group is told of all deployments so far, never
of one; and a new one only when, against every table told before, each group changed by nobody or by at least
`LEAST` people, at least two groups changed, and people of at least two deployments came in between. Where a
rare group holds the fine table back, a coarser one may still be told: a fine one tells the coarser ones too,
by adding up, so those are told with it and have to keep the same rule.

Nothing here reads a database or a clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

# Fewer people than this are never told apart from others by a difference of two tables.
LEAST = 5
# So many groups change, and people of so many deployments are added, or nothing is told.
TOGETHER = 2


@dataclass(frozen=True)
class Grouping:
    """One way to tell an attribute: each of its values (as recorded) is in one group."""

    name: str
    group_of: Mapping[str, str]

    def table(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Every group with its number, also those of nobody. Raises ValueError for an unknown value."""
        if unknown := counts.keys() - self.group_of.keys():
            raise ValueError(f"{self.name}: no group for {', '.join(sorted(unknown))}")
        found = dict.fromkeys(self.group_of.values(), 0)
        for value, number in counts.items():
            found[self.group_of[value]] += number
        return found

    def refines(self, coarser: Grouping) -> bool:
        """Whether a table of this one gives that of `coarser` by adding up."""
        into: dict[str, set[str]] = {}
        for value, group in self.group_of.items():
            into.setdefault(group, set()).add(coarser.group_of[value])
        return all(len(groups) == 1 for groups in into.values())


@dataclass(frozen=True)
class Told:
    """A table that was told. `level` counts the groupings of its attribute from the coarsest, which is 0;
    `deployments` how many with anybody in them it covers."""

    level: int
    deployments: int
    cells: Mapping[str, int]


class Groupings:
    """The groupings of one attribute, the coarsest first. Raises ValueError where one is no refinement of the
    one before: two that cut across each other would reveal by subtraction what neither tells."""

    def __init__(self, *coarse_to_fine: Grouping) -> None:
        for coarser, finer in pairwise(coarse_to_fine):
            if finer.group_of.keys() != coarser.group_of.keys() or not finer.refines(coarser):
                raise ValueError(f"{finer.name} does not refine {coarser.name}")
        if any(len(set(each.group_of.values())) < TOGETHER for each in coarse_to_fine):
            raise ValueError("a grouping of one group tells nothing")
        self.levels = coarse_to_fine

    def may_tell(
        self, told: Sequence[Told], counts: Mapping[str, int], *, deployments: int
    ) -> tuple[Told, ...]:
        """The tables that may be told now, the coarsest first; empty while there is nothing new to tell.

        `told`: all of this attribute so far, in any order. `counts`: people by recorded value, of all
        deployments so far, of which `deployments` had anybody; a correction may make a number smaller.
        """
        fresh: list[Told] = []
        for level, grouping in enumerate(self.levels):
            cells = grouping.table(counts)
            before = [table for table in told if table.level == level]
            start = Told(level, 0, dict.fromkeys(cells, 0))
            if not all(_reveals_nobody(old, cells, deployments) for old in (start, *before)):
                break
            fresh.append(Told(level, deployments, cells))
        return tuple(fresh)


def _reveals_nobody(old: Told, cells: Mapping[str, int], deployments: int) -> bool:
    changes = [number - old.cells[group] for group, number in cells.items() if number != old.cells[group]]
    return (
        len(changes) >= TOGETHER
        and all(abs(change) >= LEAST for change in changes)
        and deployments - old.deployments >= TOGETHER
    )


def latest(told: Sequence[Told]) -> Told | None:
    """The table to show: the newest, and of those the finest. None while nothing may be told."""
    return max(told, key=lambda table: (table.deployments, table.level), default=None)
