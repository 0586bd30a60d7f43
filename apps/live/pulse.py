"""When the dispatcher last looked at a force. Recognition goes on without it, and everything that happens by
itself does not: so the people at the console are told (docs/explanation/faults.md).

Kept in Valkey for a day, and how much of the day is left says how long ago it was: by one clock alone,
whatever those of the dispatcher's machine and of the web server say.
"""

from __future__ import annotations

from uuid import UUID

from redis.exceptions import RedisError

from apps.core import redis
from apps.core.tenancy import maybe_force_id

# The dispatcher comes every three seconds; under load a round may take some.
LATE_S = 15
KEPT_S = 24 * 3600


def note(*, force_id: UUID) -> None:
    """Called by the dispatcher for each force that it could look at. Raises RedisError."""
    redis.client().set(_key(force_id), "1", ex=KEPT_S)


def late_words() -> str:
    """A sentence when the dispatcher has stayed away from the current force; empty while it comes, where it
    never came, and where nobody can tell because Valkey is new or does not answer."""
    force_id = maybe_force_id()
    if force_id is None:
        return ""
    try:
        left_s = redis.client().ttl(_key(force_id))
    except RedisError:
        return ""
    if not isinstance(left_s, int) or left_s < 0:  # no such key
        return ""
    away_s = KEPT_S - left_s
    if away_s <= LATE_S:
        return ""
    return (
        f"The platform's own clock has not run for {away_s} s: nothing is suspended, ended, expired or "
        "restarted by itself."
    )


def _key(force_id: UUID) -> str:
    return redis.key("live", "dispatched", str(force_id))
