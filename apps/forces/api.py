"""Forces, for other apps."""

from apps.forces.operations import create_force
from apps.forces.queries import all_force_ids, get_force, get_force_by_slug

__all__ = ["all_force_ids", "create_force", "get_force", "get_force_by_slug"]
