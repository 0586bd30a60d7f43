"""The proof that tables by group reveal nobody, over random histories: whoever keeps every table that was
ever told, adds up the fine ones, and subtracts any from any other, finds no small number, no group that
stands alone, and no single deployment."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apps.scrutiny.suppression import LEAST, TOGETHER, Grouping, Groupings, Told, latest

VALUES = ("white_north", "white_south", "black", "asian", "not_apparent")
FINE = Grouping("as recorded", {value: value for value in VALUES})
MIDDLE = Grouping(
    "in four",
    {"white_north": "white", "white_south": "white", "black": "black", "asian": "asian", "not_apparent": "?"},
)
COARSE = Grouping("in two", {value: "white" if value.startswith("white") else "others" for value in VALUES})
ETHNICITY = Groupings(COARSE, MIDDLE, FINE)

few = st.dictionaries(st.sampled_from(VALUES), st.integers(0, 12), max_size=5)
many = st.fixed_dictionaries({value: st.integers(0, 40) for value in VALUES})
histories = st.lists(st.one_of(few, many), max_size=40)
# Somebody corrects what was recorded: one fewer here, one more there.
corrections = st.lists(
    st.tuples(st.integers(0, 39), st.sampled_from(VALUES), st.sampled_from(VALUES)), max_size=8
)


def history(groupings, contributions):
    """What is told after each deployment, in the order in which their results are published."""
    told, counts, with_anybody = [], Counter(), 0
    for contribution in contributions:
        counts.update(contribution)
        with_anybody += any(contribution.values())
        fresh = groupings.may_tell(told, counts, deployments=with_anybody)
        told += fresh
        yield fresh


def with_corrections(contributions, corrected):
    """What each deployment adds to the sums, with corrections of earlier ones arriving at it."""
    changed, so_far = [], Counter()
    for number, contribution in enumerate(contributions):
        changed.append(Counter(contribution))
        for when, away, to in corrected:
            if when == number and so_far[away] > 0:
                changed[-1].update({to: 1})
                changed[-1].subtract({away: 1})
        so_far.update(changed[-1])
    return changed


def known(told):
    """By level: each table that can be known of it, told as such or added up from a finer one."""
    found = {level: [Told(level, 0, grouping.table({}))] for level, grouping in enumerate(ETHNICITY.levels)}
    for table in told:
        for level in range(table.level + 1):
            into, cells = ETHNICITY.levels[level], Counter()
            for value in VALUES:
                own = ETHNICITY.levels[table.level].group_of[value]
                # Each value stands for its whole group once.
                if value == min(v for v in VALUES if ETHNICITY.levels[table.level].group_of[v] == own):
                    cells[into.group_of[value]] += table.cells[own]
            found[level].append(Told(level, table.deployments, dict(cells)))
    return found


@given(histories, corrections)
@settings(max_examples=300)
@example([{"black": 1}], [])
@example([{"white_north": 9, "black": 5}, {"white_north": 9, "black": 5}, {"black": 1}], [])
@example([{"white_north": 10}, {"white_north": 10}], [])
@example([{"white_north": 6, "asian": 6}] * 3, [(2, "asian", "black")])
# Six more of each of two groups are told, then five fewer: one more than in the table before the last.
@example(
    [{"white_north": 10, "black": 10}] * 2
    + [{"white_north": 3, "black": 3}] * 2
    + [{"white_north": -5, "black": -5, "asian": 6}, {"asian": 6}],
    [],
)
def test_no_difference_of_any_two_tables_reveals_anybody(contributions, corrected):
    told = [
        table for fresh in history(ETHNICITY, with_corrections(contributions, corrected)) for table in fresh
    ]
    for tables in known(told).values():
        for one, other in combinations(tables, 2):
            changes = [other.cells[group] - one.cells[group] for group in one.cells]
            changed = [abs(change) for change in changes if change]
            assert all(change >= LEAST for change in changed), "a small number by subtraction"
            assert not changed or len(changed) >= TOGETHER, "one group alone: everybody in it is known"
            assert not changed or abs(other.deployments - one.deployments) >= TOGETHER, "one deployment alone"


@given(histories)
@settings(max_examples=300)
def test_with_the_public_total_of_each_deployment_no_number_of_one_can_be_worked_out(contributions):
    """Between two tables the rows (deployments) and columns (groups) are known, and nothing else. A number of
    such a table is certain only where its least and its greatest possible value are the same."""
    told = [table for fresh in history(ETHNICITY, contributions) for table in fresh]
    totals = [total for each in contributions if (total := sum(each.values()))]
    for level in range(len(ETHNICITY.levels)):
        tables = [Told(level, 0, ETHNICITY.levels[level].table({}))]
        tables += [table for table in told if table.level == level]
        for before, after in pairwise(tables):
            rows = totals[before.deployments : after.deployments]
            columns = [after.cells[group] - before.cells[group] for group in after.cells]
            assert sum(rows) == sum(columns)
            for row in rows:
                for column in filter(None, columns):
                    least, greatest = max(0, row + column - sum(rows)), min(row, column)
                    assert least < greatest, "how many of this group one deployment stopped is certain"


def test_a_fine_table_is_told_with_the_coarser_ones_and_a_rare_group_holds_only_the_fine_ones_back():
    plenty = {"white_north": 8, "white_south": 7, "black": 9, "asian": 6}
    one, two, three, four = history(ETHNICITY, [plenty, plenty, {**plenty, "not_apparent": 1}, plenty])
    assert one == (), "of one deployment alone nothing is told"
    assert [table.level for table in two] == [0, 1, 2]
    assert two[2].cells == {**{value: 2 * number for value, number in plenty.items()}, "not_apparent": 0}
    assert three == (), "one deployment more, and it alone would be known by subtraction"
    assert [table.level for table in four] == [0], "one whose ethnicity was not apparent"
    assert latest([*two, *four]) == four[0]


def test_what_is_held_back_is_told_once_there_are_enough():
    day = {"white_north": 8, "white_south": 7, "black": 9, "asian": 6, "not_apparent": 1}
    told = [table for fresh in history(ETHNICITY, [day] * 12) for table in fresh]
    assert max(table.deployments for table in told if table.level == 2) >= 5
    assert latest(told).deployments >= 10


@pytest.mark.parametrize(
    "groups",
    [
        (Grouping("a", {"x": "1", "y": "1", "z": "2"}), Grouping("b", {"x": "1", "y": "2", "z": "2"})),
        (Grouping("a", {"x": "1", "y": "2"}), Grouping("b", {"x": "1", "y": "2", "z": "3"})),
        (Grouping("a", {"x": "1", "y": "1"}),),
    ],
    ids=["cut across each other", "other values", "one group"],
)
def test_groupings_that_would_reveal_or_tell_nothing_are_refused(groups):
    with pytest.raises(ValueError, match=r"refine|one group"):
        Groupings(*groups)


def test_a_value_without_a_group_is_an_error_and_not_left_out():
    with pytest.raises(ValueError, match="no group for martian"):
        FINE.table({"martian": 3})
