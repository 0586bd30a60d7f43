from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from apps.core.errors import NotFound
from apps.forces import settings
from apps.forces.data import Difference, ForceData, SettingsVersion
from apps.forces.models import Force, ForceSettingsVersion

IDENTITY = frozenset({"id", "slug", "name", "version", "active"})
SETTING_FIELDS = tuple(field.name for field in fields(ForceData) if field.name not in IDENTITY)


def values_of(force: Force) -> dict[str, Any]:
    """The settings in force now, as they are stored."""
    return {key: settings.normal(setting, getattr(force, key)) for key, setting in settings.BY_KEY.items()}


def values_of_force(force: ForceData) -> dict[str, Any]:
    """The settings of this version, as they are stored."""
    return {key: settings.normal(setting, getattr(force, key)) for key, setting in settings.BY_KEY.items()}


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """As fields of ForceData. A version older than a setting has its default."""
    known = {**settings.defaults(), **values}
    return {
        **{key: known[key] for key in SETTING_FIELDS},
        "categories": frozenset(known["categories"]),
        "withheld_counts": frozenset(known["withheld_counts"]),
        "documents": tuple((title, address) for title, address in known["documents"]),
        **{
            key: tuple(known[key])
            for key in (
                "contact_lines",
                "oversight_lines",
                "serious_offences",
                "notice_paragraphs",
                "languages",
                "districts",
            )
        },
    }


def as_data(force: Force) -> ForceData:
    return ForceData(
        id=force.id,
        slug=force.slug,
        name=force.name,
        version=force.settings_version,
        active=force.active_at is not None,
        **_typed({key: getattr(force, key) for key in settings.BY_KEY}),
    )


def get_force(*, force_id: UUID) -> ForceData:
    """With the settings in force now. Raises NotFound."""
    force = Force.objects.filter(id=force_id).first()
    if force is None:
        raise NotFound("there is no such force")
    return as_data(force)


def get_force_by_slug(*, slug: str) -> ForceData:
    """One that has finished its onboarding: nothing public knows another. Raises NotFound."""
    force = Force.objects.filter(slug=slug, active_at__isnull=False).first()
    if force is None:
        raise NotFound("there is no such force")
    return as_data(force)


def find_force(*, slug: str) -> ForceData:
    """Whether it has finished its onboarding or not: for commands. Raises NotFound."""
    force = Force.objects.filter(slug=slug).first()
    if force is None:
        raise NotFound(f"there is no force with the slug {slug!r}")
    return as_data(force)


def settings_of(*, force: ForceData, versions: Collection[int]) -> Mapping[int, ForceData]:
    """The force under each of these versions of its settings, in its own context: no query where all of them
    are the one in force, otherwise one. Raises NotFound for a version that there never was."""
    found = {force.version: force}
    wanted = set(versions) - {force.version}
    if wanted:
        rows = ForceSettingsVersion.objects.filter(force_id=force.id, number__in=wanted)
        found |= {row.number: replace(force, version=row.number, **_typed(row.values)) for row in rows}
    if missing := wanted - set(found):
        raise NotFound(f"there is no version {min(missing)} of the settings of {force.name}")
    return found


def settings_at(*, force_id: UUID, version: int) -> ForceData:
    """The force under one version of its settings: what a deployment drafted then is judged by."""
    return settings_of(force=get_force(force_id=force_id), versions={version})[version]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every setting that differs, or holds otherwise because another one does, in words, in the order of the
    pages."""
    old, new = ({**settings.defaults(), **values} for values in (before, after))
    was, then = settings.say_all(old), settings.say_all(new)
    return tuple(
        Difference(key, setting.label, was[key], then[key])
        for key, setting in settings.BY_KEY.items()
        if settings.normal(setting, old[key]) != settings.normal(setting, new[key]) or was[key] != then[key]
    )


# What stands where the schedule has taken out who wrote a version.
DELETED_NAME = "somebody whose name the schedule has deleted"


def history(*, force_id: UUID) -> tuple[SettingsVersion, ...]:
    """Every version of the settings, the newest first, each with what it changed. One query."""
    rows = list(ForceSettingsVersion.objects.filter(force_id=force_id))
    before: dict[str, Any] | None = None
    told = []
    for row in rows:
        changed = () if before is None else differences(before, row.values)
        told.append(
            SettingsVersion(
                row.number, row.values, row.changed_by or DELETED_NAME, row.reason, row.at, changed
            )
        )
        before = row.values
    return tuple(reversed(told))


def all_force_ids() -> list[UUID]:
    """For sweeps, which loop over forces with one transaction each. Also those still being onboarded."""
    return list(Force.objects.order_by("slug").values_list("id", flat=True))


def all_forces() -> list[ForceData]:
    """Every force by name, for public pages: none that is still being onboarded."""
    return [as_data(force) for force in Force.objects.filter(active_at__isnull=False).order_by("name")]
