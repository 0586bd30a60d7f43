"""Engagements by ethnicity, sex and age, as officers saw people: told over all deployments, or not at all.

`suppression` has the rule and its proof, ADR 21 the reasons. A table is told when results become public, and
stays as it was told until a new one may be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import connection, transaction

from apps.alerts import api as alerts
from apps.alerts.engagement_data import (
    AGE_LABELS,
    ETHNICITY_LABELS,
    SEX_LABELS,
    AgeBand,
    Ethnicity,
    Sex,
)
from apps.alerts.looks import RIGHT, WRONG
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.tenancy import current_force_id
from apps.deployments import api as deployments
from apps.notices import api as notices
from apps.notices.api import ToldGroup, ToldGroups
from apps.scrutiny.models import ToldTable
from apps.scrutiny.suppression import LEAST, Grouping, Groupings, Told, latest

TOLD = "scrutiny.groups_told"
RESULTS = MappingProxyType(
    {RIGHT: "not found to be somebody else", WRONG: "found to be somebody else (a false alert)"}
)


def _grouping(name: str, group_of: Mapping[str, str], *, by_result: bool = False) -> Grouping:
    found = {}
    for value, group in group_of.items():
        for result, words in RESULTS.items():
            found[f"{value}/{result}"] = f"{group}: {words}" if by_result else group
    return Grouping(name, found)


def _groupings(labels: Iterable[tuple[str, str]], *coarse: Mapping[str, str]) -> Groupings:
    as_recorded = {str(value): label for value, label in labels}
    return Groupings(
        *(_grouping(f"in {len(set(each.values()))}", each) for each in coarse),
        _grouping("as recorded", as_recorded),
        _grouping("as recorded, and by whether the alert was false", as_recorded, by_result=True),
    )


WHITE, NOT_WHITE = "White (IC1 or IC2)", "Another group, or not apparent"
ATTRIBUTES: Mapping[str, tuple[str, Groupings]] = MappingProxyType(
    {
        "ethnicity": (
            "Ethnicity, as an officer saw it",
            _groupings(
                ETHNICITY_LABELS.items(),
                {
                    str(each): WHITE if each in (Ethnicity.WHITE_NORTH, Ethnicity.WHITE_SOUTH) else NOT_WHITE
                    for each in Ethnicity
                },
                {
                    str(each): {
                        Ethnicity.WHITE_NORTH: WHITE,
                        Ethnicity.WHITE_SOUTH: WHITE,
                        Ethnicity.BLACK: "Black (IC3)",
                        Ethnicity.ASIAN: "Asian (IC4 or IC5)",
                        Ethnicity.EAST_ASIAN: "Asian (IC4 or IC5)",
                    }.get(each, "Middle Eastern or Arab (IC6), or not apparent (IC9)")
                    for each in Ethnicity
                },
            ),
        ),
        "sex": (
            "Sex, as an officer saw it",
            _groupings(
                SEX_LABELS.items(),
                {str(each): "Female" if each is Sex.FEMALE else "Male, or not apparent" for each in Sex},
            ),
        ),
        "age_band": (
            "Age, as an officer saw it",
            _groupings(
                AGE_LABELS.items(),
                {
                    str(each): "Under 18" if each in (AgeBand.UNDER_13, AgeBand.FROM_13) else "18 or over"
                    for each in AgeBand
                },
            ),
        ),
    }
)


@dataclass(frozen=True)
class GroupTable:
    """What may be told of one attribute; `rows` empty while nothing may be. `deployments`: how many with
    anybody in them it covers."""

    title: str
    grouping: str
    rows: tuple[tuple[str, int], ...]
    deployments: int
    told_at: datetime | None

    @property
    def why_not(self) -> str:
        """In place of a table."""
        return (
            "Not told yet: it is told of all deployments together, once in each group nobody or at least"
            f" {LEAST} people more were spoken to, in two groups and on two deployments at least, so that"
            " subtracting tables reveals nobody."
        )


@transaction.atomic
def tell_groups(*, now: datetime) -> int:
    """Tell what may be told now, of every deployment whose results are public. Returns how many tables.

    One at a time in a force: two at once could tell a difference that neither weighed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"groups told {current_force_id()}"]
        )
    looked = alerts.looked(deployment_ids=deployments.published_operations())
    told = _told()
    fresh = [
        ToldTable(
            attribute=name, level=each.level, deployments=each.deployments, cells=each.cells, told_at=now
        )
        for name, (_title, groupings) in ATTRIBUTES.items()
        for each in groupings.may_tell(
            told.get(name, []), looked[name].people, deployments=looked[name].deployments
        )
    ]
    if not fresh:
        return 0
    ToldTable.objects.bulk_create(fresh)
    audit.record(
        actor=Actor.system(force_id=current_force_id(), label="scrutiny"),
        verb=TOLD,
        object_type="force",
        object_id=current_force_id(),
        payload={"tables": [{"attribute": row.attribute, "cells": row.cells} for row in fresh]},
        now=now,
    )
    notices.announce_groups()
    return len(fresh)


def group_tables() -> tuple[GroupTable, ...]:
    """What was told last of each attribute, in the finest groups that it was told in. One query."""
    rows = list(ToldTable.objects.all())
    return tuple(_latest(name, rows) for name in ATTRIBUTES)


def _latest(name: str, rows: Iterable[ToldTable]) -> GroupTable:
    title, groupings = ATTRIBUTES[name]
    mine = {(row.level, row.deployments): row for row in rows if row.attribute == name}
    shown = latest([_as_told(row) for row in mine.values()])
    if shown is None:
        return GroupTable(title, "", (), 0, None)
    row, grouping = mine[shown.level, shown.deployments], groupings.levels[shown.level]
    groups = dict.fromkeys(grouping.group_of.values())
    cells = tuple((group, shown.cells[group]) for group in groups)
    return GroupTable(title, grouping.name, cells, shown.deployments, row.told_at)


def public_groups(force_id: UUID) -> tuple[ToldGroups, ...]:
    """The same for anybody, of any force, in one query; without what is not told."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attribute, level, deployments, cells, told_at FROM scrutiny_told_tables(%s)", [force_id]
        )
        rows = [_row(force_id, *values) for values in cursor.fetchall()]
    found = {name: _latest(name, rows) for name in ATTRIBUTES}
    return tuple(
        ToldGroups(
            attribute=name,
            rows=tuple(ToldGroup(*_apart(group), people) for group, people in table.rows),
            deployments=table.deployments,
            told_at=table.told_at,
        )
        for name, table in found.items()
        if table.told_at is not None
    )


def _row(
    force_id: UUID, attribute: str, level: int, deployed: int, cells: str, told_at: datetime
) -> ToldTable:
    return ToldTable(
        force_id=force_id,
        attribute=attribute,
        level=level,
        deployments=deployed,
        cells=json.loads(cells),
        told_at=told_at,
    )


def _apart(cell: str) -> tuple[str, str]:
    """(group, result); the result empty where a table tells none."""
    for words in RESULTS.values():
        if cell.endswith(f": {words}"):
            return cell.removesuffix(f": {words}"), words
    return cell, ""


def _told() -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for row in ToldTable.objects.all():
        found.setdefault(row.attribute, []).append(_as_told(row))
    return found


def _as_told(row: ToldTable) -> Told:
    return Told(row.level, row.deployments, row.cells)
