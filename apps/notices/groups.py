"""Whom officers spoke to by ethnicity, sex and age, on the public record: what was told, and nothing else.

Scrutiny decides what is told (ADR 21) and this app stands beside it: as it starts, it says by which function
the tables that were told are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from apps.core.clock import london
from apps.core.languages import full_date
from apps.notices.json_form import utc

TITLES = {
    "ethnicity": gettext_noop("Ethnicity, as an officer saw it"),
    "sex": gettext_noop("Sex, as an officer saw it"),
    "age_band": gettext_noop("Age, as an officer saw it"),
}
# Every group and result of scrutiny's tables, for the catalogues: a test holds the two lists together.
WORDS = (
    gettext_noop("White (IC1 or IC2)"),
    gettext_noop("Another group, or not apparent"),
    gettext_noop("Black (IC3)"),
    gettext_noop("Asian (IC4 or IC5)"),
    gettext_noop("Middle Eastern or Arab (IC6), or not apparent (IC9)"),
    gettext_noop("White, North European (IC1)"),
    gettext_noop("White, South European (IC2)"),
    gettext_noop("Asian (IC4)"),
    gettext_noop("Chinese, Japanese or South East Asian (IC5)"),
    gettext_noop("Middle Eastern or Arab (IC6)"),
    gettext_noop("Not apparent (IC9)"),
    gettext_noop("Female"),
    gettext_noop("Male"),
    gettext_noop("Male, or not apparent"),
    gettext_noop("Not apparent"),
    gettext_noop("Under 13"),
    gettext_noop("13 to 17"),
    gettext_noop("18 to 24"),
    gettext_noop("25 to 34"),
    gettext_noop("35 to 49"),
    gettext_noop("50 or over"),
    gettext_noop("Under 18"),
    gettext_noop("18 or over"),
    gettext_noop("not found to be somebody else"),
    gettext_noop("found to be somebody else (a false alert)"),
)


@dataclass(frozen=True)
class ToldGroup:
    """So many people. `result` is empty where the table does not tell false alerts apart."""

    group: str
    result: str
    people: int


@dataclass(frozen=True)
class ToldGroups:
    """The table of one attribute as it was told last; `deployments`: how many with anybody in them."""

    attribute: str
    rows: tuple[ToldGroup, ...]
    deployments: int
    told_at: datetime


# What was told of a force, for anybody; in one query, and with no force context.
GroupsOf = Callable[[UUID], tuple[ToldGroups, ...]]
_told: list[GroupsOf] = []


def groups_by(function: GroupsOf) -> None:
    _told[:] = [function]


def told_groups(force_id: UUID) -> tuple[ToldGroups, ...]:
    return _told[0](force_id)


@dataclass(frozen=True)
class GroupRow:
    """`people` are (heading, number), in the order of the headings."""

    group: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GroupTable:
    """`headings` are of the numbers: one, or one for each result."""

    attribute: str
    caption: str
    of: str
    headings: tuple[str, ...]
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True)
class GroupsOnPage:
    """`untold` are the titles of what is not told yet."""

    tables: tuple[GroupTable, ...]
    untold: tuple[str, ...]


def on_page(force_id: UUID) -> GroupsOnPage:
    told = told_groups(force_id)
    names = {each.attribute for each in told}
    untold = tuple(_(title) for name, title in TITLES.items() if name not in names)
    return GroupsOnPage(tuple(_table(each) for each in told), untold)


def _table(told: ToldGroups) -> GroupTable:
    of = ngettext(
        "Of %(number)d deployment, told on %(date)s.",
        "Of %(number)d deployments together, told on %(date)s.",
        told.deployments,
    )
    return GroupTable(
        attribute=told.attribute,
        caption=_(TITLES[told.attribute]),
        of=of % {"number": told.deployments, "date": full_date(london(told.told_at))},
        headings=tuple(dict.fromkeys(_heading(row) for row in told.rows)),
        rows=tuple(
            GroupRow(_(group), tuple((_heading(row), f"{row.people:,}") for row in rows))
            for group, rows in groupby(told.rows, key=attrgetter("group"))
        ),
    )


def _heading(row: ToldGroup) -> str:
    return _(row.result).capitalize() if row.result else _("People")


def as_json(force_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "attribute": told.attribute,
            "deployments": told.deployments,
            "told_at": utc(told.told_at),
            "groups": [
                {"group": row.group, "result": row.result or None, "people": row.people} for row in told.rows
            ],
        }
        for told in told_groups(force_id)
    ]
