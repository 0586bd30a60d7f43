"""Sign-ins of a person as their force's record has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import RoleGrant
from apps.accounts.policies import check_administrator
from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound

SHOWN = 50
HOW_WORDS = {
    "password": "password",
    "totp": "app",
    "webauthn": "passkey",
    "recovery_codes": "recovery code",
    "sign-on": "single sign-on",
    "socialaccount": "",
}
STEP_WORDS = {
    "password": "wrong password",
    "code": "wrong code",
    "password again": "wrong password when confirming",
    "code again": "wrong code when confirming",
}
WHY_WORDS = {
    "time": "no activity, or after twelve hours",
    "attempts": "too many wrong attempts to confirm",
    "sign_on": "the single sign-on was changed, turned off or unlinked",
}
KIND_WORDS = {"lost_handset": "a lost handset"}
VERB_WORDS = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "sign_in.failed": "Could not sign in",
    "sign_in.unlocked": "Unlocked by an administrator",
    "sign_ins.ended": "All sign-ins ended",
    "identity.confirmed": "Confirmed who they are",
    "second_factor.added": "Second factor added",
    "second_factor.removed": "Second factor removed",
    "password.changed": "Password changed",
    "sign_on.linked": "Linked to the single sign-on",
    "sign_on.unlinked": "Unlinked from the single sign-on",
}


@dataclass(frozen=True, slots=True)
class SignInEvent:
    at: datetime
    what: str
    how: str
    origin: str


def sign_ins_of(*, user_id: UUID, actor: Actor) -> list[SignInEvent]:
    """The last ones first. One's own, or of anybody in the force for its administrator."""
    if actor.id != user_id:
        check_administrator(actor)
        if not RoleGrant.objects.filter(user_id=user_id).exists():
            raise NotFound("there is no such person in your force")
    found = [event for event in audit.events_about(object_id=user_id) if event.verb in VERB_WORDS]
    return [
        SignInEvent(event.at, VERB_WORDS[event.verb], _how(event.payload or {}), event.origin)
        for event in reversed(found[-SHOWN:])
    ]


def _how(payload: dict[str, object]) -> str:
    how = payload.get("how")
    if isinstance(how, list):
        return ", ".join(filter(None, (HOW_WORDS.get(str(one), str(one)) for one in how)))
    step = payload.get("step")
    if step is not None:
        return STEP_WORDS.get(str(step), str(step))
    if payload.get("why") in WHY_WORDS:
        return WHY_WORDS[str(payload["why"])]
    if "by" in payload:
        return f"by the {payload['by']}"
    kind = str(payload.get("kind") or "")
    return KIND_WORDS.get(kind) or kind.replace("_", " ")
