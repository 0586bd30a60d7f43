"""Who reads the record, and what of it: an administrator all of it, the oversight body without names."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from apps.audit.pseudonyms import pseudonym
from apps.core.data import Actor, Role
from apps.core.errors import NotPermitted
from apps.core.tenancy import current_force_id

READERS = (Role.FORCE_ADMIN, Role.OVERSIGHT)
WITHHELD = "withheld"
# Codes of the platform's own, never words of a person: their values are shown to the oversight body.
CODED = frozenset(
    {
        *("from", "to", "state", "duty", "kind", "step", "decision", "outcomes", "outcome", "role", "code"),
        *("data_class", "pack_id", "picture", "verb", "change", "changes", "scope", "source", "use_case"),
        *("how", "roles", "scopes", "widened", "narrowed", "moved", "format", "factor"),
    }
)
# Ids of things, which are shown as they are; any other id may be a person's, and a code stands for it.
THINGS = frozenset(
    {
        *("deployment_id", "camera_id", "watchlist_id", "certificate_id", "job_id", "copied_from", "link"),
        *("track_id", "force_id"),
        # Deployments whose casework was deleted (casework.gone).
        *("hours_of", "results_of"),
    }
)
# Only below these are the keys the platform's own: settings, kinds of data, codes of refusals.
KEYED = frozenset({"changes", "counts", "refused"})
FROM_TO = ("from", "to")
CODE = re.compile(r"[a-z][a-z0-9_.:-]{0,60}")
AN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Instants, dates, hashes: nothing of them is a name.
HARMLESS = re.compile(
    r"[0-9a-f]{40,64}"
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"
)


def check_read(actor: Actor) -> None:
    """Raises NotPermitted. The platform itself may: a command on the machine writes exports."""
    if actor.force_id != current_force_id() or not (actor.has(*READERS) or actor.is_system):
        raise NotPermitted("The record is for the force's administrators and its oversight body.")


def sees_names(actor: Actor) -> bool:
    """Whether who did it, from where, why, and all of the payload are shown."""
    return actor.has(Role.FORCE_ADMIN) or actor.is_system


def without_names(payload: dict[str, Any]) -> dict[str, Any]:
    """What the oversight body reads of a payload: numbers, ids of things, instants, hashes, codes of the
    platform, and a pseudonym for any other id. Needs the force's context.

    Everything else may hold a name, of an officer or of somebody listed, and is withheld.
    """
    # Also a key of the first level is not the platform's own if it looks otherwise than one.
    known = {name: value for name, value in payload.items() if CODE.fullmatch(name)}
    shown = {name: _without(value, name) for name, value in known.items()}
    return shown if len(known) == len(payload) else {**shown, "others": WITHHELD}


def _without(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        # A key can be a name too, of a person or of a group in somebody's directory.
        return _below(value) if key in KEYED else WITHHELD
    if isinstance(value, list):
        parts = [_without(part, key) for part in value]
        return WITHHELD if WITHHELD in parts else parts
    if value is None or isinstance(value, bool | int | float):
        return value
    if AN_ID.fullmatch(value):
        return value if key in THINGS else pseudonym(UUID(value))
    harmless = HARMLESS.fullmatch(value) or (key in CODED and CODE.fullmatch(value))
    return value if harmless else WITHHELD


def _below(values: dict[str, Any]) -> dict[str, Any]:
    """One level further down: a setting's "from" and "to", a number of each kind."""
    known = {name: value for name, value in values.items() if CODE.fullmatch(name)}
    shown = {
        name: {step: _without(each, step) for step, each in value.items() if step in FROM_TO}
        if isinstance(value, dict)
        else _without(value, name)
        for name, value in known.items()
    }
    return shown if len(known) == len(values) else {**shown, "others": WITHHELD}
