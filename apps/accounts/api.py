"""People and roles, for other apps."""

from apps.accounts.answers import confirm, refuse, waiting
from apps.accounts.breaches import end_sign_ins, may_end_sign_ins, overdue_count
from apps.accounts.collar_numbers import collar_number_of, record_collar_number
from apps.accounts.established import administrators_count, are_independent, check_second_administrator
from apps.accounts.history import sign_ins_of
from apps.accounts.invitations import cancel_invitation, invite, renew_link, reset_password
from apps.accounts.lockout import is_account_locked, unlock
from apps.accounts.operations import account_problems, create_user, grant_role, note_sign_in, revoke_role
from apps.accounts.people import get_person, leave, list_people, people_on
from apps.accounts.policies import role_required
from apps.accounts.presence import people_on_duty
from apps.accounts.presence import register as register_presence
from apps.accounts.queries import actor_for, forces_of, get_user, holders, staff
from apps.accounts.scope import actor_for_scope, force_id_of_session, person_of_session
from apps.accounts.scope_many import Holder, actors_of, holders_of_sessions
from apps.accounts.secrets import secrets
from apps.accounts.services import create_service
from apps.accounts.shown_once import show_next, shown_now
from apps.accounts.sign_on_settings import sign_on_proposal
from apps.accounts.training import (
    certificates_of,
    expiring,
    record_certificate,
    training_of,
    withdraw_certificate,
)

__all__ = [
    "Holder",
    "account_problems",
    "actor_for",
    "actor_for_scope",
    "actors_of",
    "administrators_count",
    "are_independent",
    "cancel_invitation",
    "certificates_of",
    "check_second_administrator",
    "collar_number_of",
    "confirm",
    "create_service",
    "create_user",
    "end_sign_ins",
    "expiring",
    "force_id_of_session",
    "forces_of",
    "get_person",
    "get_user",
    "grant_role",
    "holders",
    "holders_of_sessions",
    "invite",
    "is_account_locked",
    "leave",
    "list_people",
    "may_end_sign_ins",
    "note_sign_in",
    "overdue_count",
    "people_on",
    "people_on_duty",
    "person_of_session",
    "record_certificate",
    "record_collar_number",
    "refuse",
    "register_presence",
    "renew_link",
    "reset_password",
    "revoke_role",
    "role_required",
    "secrets",
    "show_next",
    "shown_now",
    "sign_ins_of",
    "sign_on_proposal",
    "staff",
    "training_of",
    "unlock",
    "waiting",
    "withdraw_certificate",
]
