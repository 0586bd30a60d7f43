"""What the numbers are, read when somebody asks. Each force in its own context, as everywhere: behind the
wall no statement sees two of them."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import Error

from apps.alerts import api as alerts
from apps.audit import api as audit
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.forces.data import ForceData
from apps.live import api as live
from apps.ops import health
from apps.ops.key_store import elsewhere_problems
from apps.ops.metrics.data import ForceNumbers, Numbers
from apps.relays import api as relays

log = logging.getLogger(__name__)


def read() -> Numbers:
    """Never raises because a server is away: what it says of that is in `health`. A fixed number of
    statements, so many more for each force, and one for each deployment that is live."""
    found = health.health()
    now = health.database_time() if found.database else None
    if now is None:
        return Numbers(found, key_store=found.keys)
    try:
        # Those that have finished their onboarding: no other has a deployment.
        known = forces.all_forces()
        # A folder that is not mounted has no wrong key in it.
        key_store = found.keys and not elsewhere_problems()
    except Error:
        log.warning("the forces could not be read for the monitoring system")
        return Numbers(found, key_store=found.keys, unread=1)
    numbers = [_of_force(force, now) for force in known]
    return Numbers(found, key_store, tuple(one for one in numbers if one), unread=numbers.count(None))


def _of_force(force: ForceData, now: datetime) -> ForceNumbers | None:
    try:
        with force_context(force.id):
            undecided = alerts.open_alerts()
            unchained = audit.unchained()
            return ForceNumbers(
                slug=force.slug,
                standing=live.standing(now=now),
                recognised=dict(live.totals()),
                arrived=relays.totals(),
                alerts=undecided,
                undecided_age_s=_age_s(undecided.oldest_at, now),
                past_expiry_s=_age_s(undecided.first_expiry, now),
                unchained=unchained,
                unchained_age_s=_age_s(unchained.oldest_at, now),
            )
    except Exception:  # logged, and counted: one force must not hide the others
        log.exception("force %s could not be read for the monitoring system", force.id)
        return None


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
