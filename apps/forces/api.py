"""Forces, for other apps."""

from apps.forces.operations import create_force
from apps.forces.policies import is_web_address
from apps.forces.queries import all_force_ids, all_forces, get_force, get_force_by_slug

__all__ = [
    "all_force_ids",
    "all_forces",
    "create_force",
    "get_force",
    "get_force_by_slug",
    "is_web_address",
]
