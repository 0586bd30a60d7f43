"""Two administrators change the settings at once: what the other one did, and what stays of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.forces import settings
from apps.forces.data import ForceData, SettingsVersion
from apps.forces.queries import history, values_of_force


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """`force` as it is now; `versions` that came after the one that was on the page, the oldest first; the
    `values` to go on with: those in force, with what this person had changed."""

    force: ForceData
    versions: tuple[SettingsVersion, ...]
    values: dict[str, Any]


def rebase(*, force: ForceData, seen_version: int, typed: Mapping[str, Any]) -> Meanwhile:
    """`typed`: what the form held, by setting; some of it may be wrong and is kept to be put right.

    Two queries. A version that never was counts as having seen nothing: then all that was typed is kept.
    """
    told = {version.number: version for version in history(force_id=force.id)}
    seen = told.get(seen_version)
    before = {**settings.defaults(), **seen.values} if seen else {}
    own = {key: value for key, value in typed.items() if not _same(key, value, before)}
    later = (version for number, version in sorted(told.items()) if seen and number > seen_version)
    return Meanwhile(force=force, versions=tuple(later), values={**values_of_force(force), **own})


def _same(key: str, value: Any, before: Mapping[str, Any]) -> bool:
    setting = settings.BY_KEY[key]
    return (
        key in before
        and not settings.problems({key: value})
        and (settings.normal(setting, value) == settings.normal(setting, before[key]))
    )
