from __future__ import annotations

from dataclasses import dataclass, field

from apps.alerts.api import Open
from apps.audit.api import Unchained
from apps.live.api import Standing
from apps.ops.health import Health
from apps.relays.api import Arrived


@dataclass(frozen=True)
class ForceNumbers:
    """One force at one instant. Counts and ages, nothing of a person, a place or a deployment.

    `undecided_age_s` is since the oldest undecided alert was raised, `past_expiry_s` since the time of one
    ran out that is still undecided, `unchained_age_s` since the oldest event was recorded that the chainer
    has not linked: 0 where there is none.
    """

    slug: str
    standing: Standing
    # By name of a counter of live.
    recognised: dict[str, int]
    arrived: Arrived
    alerts: Open
    undecided_age_s: float
    past_expiry_s: float
    unchained: Unchained
    unchained_age_s: float


@dataclass(frozen=True)
class Numbers:
    """`key_store` is whether it is there and its master key is that of the keys. `unread` is how many forces
    could not be read while the others could."""

    health: Health
    key_store: bool
    forces: tuple[ForceNumbers, ...] = field(default=())
    unread: int = 0
