from __future__ import annotations

from uuid import UUID

from apps.core.errors import NotFound
from apps.forces.data import ForceData
from apps.forces.models import Force


def as_data(force: Force) -> ForceData:
    return ForceData(
        id=force.id,
        slug=force.slug,
        name=force.name,
        notice_minimum_days=force.notice_minimum_days,
        list_window_hours=force.list_window_hours,
        watchlist_keep_hours=force.watchlist_keep_hours,
        alert_keep_hours=force.alert_keep_hours,
        decision_expiry_s=force.decision_expiry_s,
        max_watchlist_size=force.max_watchlist_size,
        minimum_staffing=force.minimum_staffing,
        categories=frozenset(force.categories),
        contact_lines=tuple(force.contact_lines),
        results_deadline_days=force.results_deadline_days,
        oversight_lines=tuple(force.oversight_lines),
        documents=tuple((title, address) for title, address in force.documents),
    )


def get_force(*, force_id: UUID) -> ForceData:
    """Raises NotFound."""
    force = Force.objects.filter(id=force_id).first()
    if force is None:
        raise NotFound("there is no such force")
    return as_data(force)


def get_force_by_slug(*, slug: str) -> ForceData:
    """Raises NotFound."""
    force = Force.objects.filter(slug=slug).first()
    if force is None:
        raise NotFound("there is no such force")
    return as_data(force)


def all_force_ids() -> list[UUID]:
    """For sweeps, which loop over forces with one transaction each."""
    return list(Force.objects.order_by("slug").values_list("id", flat=True))


def all_forces() -> list[ForceData]:
    """Every force by name, for public pages."""
    return [as_data(force) for force in Force.objects.order_by("name")]
