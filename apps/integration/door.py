"""Who calls: from the `Authorization` header and nothing else, before anything of the request is read.

The token names its force, so that it is looked up inside that force's context and nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest

from apps.accounts import api as accounts
from apps.core.data import Actor
from apps.core.errors import NotFound, NotPermitted
from apps.core.limits import Limit, counter
from apps.core.tenancy import force_context
from apps.forces import api as forces
from apps.integration.credentials import NOBODYS, Token, matches, parse_authorization
from apps.integration.data import ROLES, Caller, Scope, TokenData
from apps.integration.models import ApiToken
from apps.integration.operations import note, touch
from apps.integration.policies import is_inside
from apps.integration.problems import CHALLENGE, Refused
from apps.integration.queries import as_data

INVALID = f'{CHALLENGE}, error="invalid_token"'
NO_ROLE = "The system of this token has no role in this force, or none for this. Ask the force."
# Of one address, with tokens that look like one and are not: somebody guesses, or is broken.
WRONG = Limit(person=0, address=60, seconds=60)
# A refused token is noted once in this time, so that nobody fills the record with it.
NOTED = Limit(person=1, address=0, seconds=3600)


def admit(*, header: str, address: str, scope: Scope, now: datetime) -> Caller:
    """The caller behind an `Authorization` header. Opens a context of its own. Raises Refused."""
    token = parse_authorization(header)
    if token is None:
        challenge = INVALID if header else CHALLENGE
        raise Refused(
            401,
            "token_missing",
            "Send a token of this platform as “Authorization: Bearer lfr_…”.",
            headers={"WWW-Authenticate": challenge},
        )
    try:
        force = forces.get_force_by_slug(slug=token.force_slug)
    except NotFound as unknown:
        matches(token=token, stored_sha256=NOBODYS)
        raise _wrong(address) from unknown
    with force_context(force.id):
        found = _proven(token, address)
        refusal = _refusal(found, address=address, scope=scope, now=now)
        if refusal is None:
            touch(token_id=found.id, now=now)
        else:
            _note_refusal(found, refusal, address=address, now=now)
    if refusal is not None:
        raise refusal
    return Caller(token=found, scope=scope, address=address)


def actor_of(caller: Caller) -> Actor:
    """The system, in those of its roles that the scope is for. Never re-authenticated: it is no person.

    Needs the open context of its force. Raises Refused when its roles are gone or it was deactivated.
    """
    origin = f"{caller.address} with API token {caller.token.id}"
    try:
        actor = accounts.actor_for(
            user_id=caller.token.service_id, force_id=caller.token.force_id, origin=origin
        )
    except NotPermitted as gone:
        raise Refused(403, "not_permitted", NO_ROLE) from gone
    roles = actor.roles & ROLES[caller.scope]
    if not roles:
        raise Refused(403, "not_permitted", NO_ROLE)
    return replace(actor, roles=roles, reauthenticated=False)


def address_of(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR") or ""


def _proven(token: Token, address: str) -> TokenData:
    row = ApiToken.objects.filter(id=token.id).first()
    stored = NOBODYS if row is None else bytes(row.secret_sha256)
    if not matches(token=token, stored_sha256=stored) or row is None:
        raise _wrong(address)
    return as_data(row)


def _refusal(token: TokenData, *, address: str, scope: Scope, now: datetime) -> Refused | None:
    """Why a token that is known is not good now and here."""
    state = token.state(now)
    if state != "valid":
        words = f"This token is {state}. Ask the force for another one."
        return Refused(401, f"token_{state}", words, headers={"WWW-Authenticate": INVALID})
    if not is_inside(address, token.networks):
        return Refused(403, "wrong_network", "This token may not be used from this address.")
    if scope not in token.scopes:
        challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'
        words = f"This token lacks the scope {scope}."
        return Refused(403, "scope_missing", words, headers={"WWW-Authenticate": challenge})
    return None


def _note_refusal(token: TokenData, refusal: Refused, *, address: str, now: datetime) -> None:
    if counter.take("api-refused", NOTED, person=f"{token.id}:{refusal.code}", address="") is not None:
        return
    actor = Actor(
        id=token.service_id, label=token.service_name, force_id=token.force_id, origin=address[:200]
    )
    note(token.id, "api_token.refused", actor=actor, now=now, payload={"why": refusal.code})


def _wrong(address: str) -> Refused:
    """The same for a force that is not there, a token that is not there, and a wrong secret."""
    over = counter.take("api-wrong", WRONG, person=None, address=address)
    if over is not None:
        words = "Too many wrong tokens came from this address."
        return Refused(429, "throttled", words, headers={"Retry-After": str(over.retry_after_s)})
    return Refused(401, "token_invalid", "There is no such token.", headers={"WWW-Authenticate": INVALID})
