"""People and roles, for other apps."""

from apps.accounts.operations import create_user, grant_role, note_sign_in, revoke_role
from apps.accounts.policies import role_required
from apps.accounts.queries import actor_for, forces_of, get_user
from apps.accounts.scope import actor_for_scope, force_id_of_session

__all__ = [
    "actor_for",
    "actor_for_scope",
    "create_user",
    "force_id_of_session",
    "forces_of",
    "get_user",
    "grant_role",
    "note_sign_in",
    "revoke_role",
    "role_required",
]
