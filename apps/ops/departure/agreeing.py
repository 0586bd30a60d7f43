"""Two administrators who are two agree that a force leaves."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from apps.accounts import api as accounts
from apps.core.data import Actor
from apps.forces import api as forces
from apps.forces.data import LeavingData


def confirm_leaving(*, manifest_sha256: str, slug: str, actor: Actor, now: datetime) -> LeavingData:
    """As `forces.confirm_leaving`, by the platform's one rule of who counts as a second administrator.

    Raises NotPermitted, ReauthenticationNeeded, RuleViolated.
    """
    return forces.confirm_leaving(
        manifest_sha256=manifest_sha256,
        slug=slug,
        independent=partial(accounts.are_independent, now=now),
        actor=actor,
        now=now,
    )
