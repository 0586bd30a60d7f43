"""Who reads the record, and what of it: an administrator all of it, the oversight body without names."""

from __future__ import annotations

import re
from typing import Any

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
    }
)
CODE = re.compile(r"[a-z][a-z0-9_.:-]{0,60}")
# Ids, instants, dates, hashes: nothing of them is a name.
HARMLESS = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{40,64}"
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?"
)


def check_read(actor: Actor) -> None:
    """Raises NotPermitted. The platform itself may: a command on the machine writes exports."""
    if actor.force_id != current_force_id() or not (actor.has(*READERS) or actor.is_system):
        raise NotPermitted("The record is for the force's administrators and its oversight body.")


def sees_names(actor: Actor) -> bool:
    """Whether who did it, from where, why, and all of the payload are shown."""
    return actor.has(Role.FORCE_ADMIN) or actor.is_system


def without_names(payload: Any, *, key: str = "") -> Any:
    """What the oversight body reads of a payload: numbers, ids, instants, hashes, and codes of the platform.

    Everything else may hold a name, of an officer or of somebody listed, and is withheld.
    """
    if isinstance(payload, dict):
        # A key can be a name too (counts by person, say): those are withheld with what they stand for.
        known = {name: value for name, value in payload.items() if CODE.fullmatch(name)}
        shown = {name: without_names(value, key=name) for name, value in known.items()}
        return shown if len(known) == len(payload) else {**shown, "others": WITHHELD}
    if isinstance(payload, list):
        return [without_names(value, key=key) for value in payload]
    if payload is None or isinstance(payload, bool | int | float):
        return payload
    harmless = HARMLESS.fullmatch(payload) or (key in CODED and CODE.fullmatch(payload))
    return payload if harmless else WITHHELD
