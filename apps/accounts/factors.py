"""Second factors: setting them up, proving them, taking them away. allauth keeps them; the rules are here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.signing import in_their_forces
from apps.core.errors import NotFound, RuleViolated

Type = Authenticator.Type
REAL = (Type.TOTP, Type.WEBAUTHN)
KIND_WORDS = {Type.TOTP: "app", Type.WEBAUTHN: "passkey", Type.RECOVERY_CODES: "recovery codes"}
USED = "last_counter"


@dataclass(frozen=True, slots=True)
class FactorData:
    id: int
    kind: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def has_factor(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=REAL).exists())


def factors_of(user: User) -> list[FactorData]:
    rows = Authenticator.objects.filter(user=user, type__in=REAL).order_by("created_at")
    return [
        FactorData(
            row.pk,
            KIND_WORDS[Type(row.type)],
            row.wrap().name if row.type == Type.WEBAUTHN else "Authenticator app",
            row.created_at,
            row.last_used_at,
        )
        for row in rows
    ]


def codes_left(user: User) -> int | None:
    """How many recovery codes are unused; None when there are none at all."""
    row = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    return None if row is None else len(row.wrap().get_unused_codes())


def accept_code(user: User, code: str) -> Authenticator | None:
    """The factor that this code proves. Each proves it once: an app's only forward in time (RFC 6238 §5.2).

    Remembered with the factor and not in a cache, so that nothing that is lost makes a code good again.
    """
    with transaction.atomic():
        rows = list(
            Authenticator.objects.select_for_update()
            .filter(user=user, type__in=(Type.TOTP, Type.RECOVERY_CODES))
            .order_by("-type")
        )
        for row in rows:
            accepted = _accept_app(row, code) if row.type == Type.TOTP else row.wrap().validate_code(code)
            if accepted:
                return Authenticator.objects.get(pk=row.pk)
    return None


def _accept_app(row: Authenticator, code: str) -> bool:
    counter = _counter_of(decrypt(row.data["secret"]), code)
    if counter is None or counter <= row.data.get(USED, 0):
        return False
    row.data[USED] = counter
    row.save(update_fields=["data"])
    return True


def _counter_of(secret: str, code: str) -> int | None:
    """The thirty seconds that a code is of; None when it is of none that is near."""
    for counter in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter))):
            return int(counter)
    return None


def add_app(user: User, *, secret: str, code: str, now: datetime, origin: str) -> Authenticator:
    """Raises RuleViolated when there is one, or for a code that is not of `secret`."""
    counter = _counter_of(secret, code)
    if counter is None:
        raise RuleViolated(
            ["This is not the code that the app shows now. Wait for the next one and type that."]
        )
    made: list[Authenticator] = []

    def change() -> None:
        _lock(user)
        if Authenticator.objects.filter(user=user, type=Type.TOTP).exists():
            raise RuleViolated(["You have an authenticator app already. Remove it first."])
        row = TOTP.activate(user, secret).instance
        row.data[USED] = counter
        row.save(update_fields=["data"])
        RecoveryCodes.activate(user)
        made.append(row)

    _recorded(user, "second_factor.added", Type.TOTP, change, now=now, origin=origin)
    return made[0]


def add_passkey(
    user: User, *, name: str, credential: dict[str, Any], now: datetime, origin: str
) -> Authenticator:
    """`credential` has been verified against the challenge of this session."""
    made: list[Authenticator] = []

    def change() -> None:
        _lock(user)
        made.append(WebAuthn.add(user, name, credential).instance)
        RecoveryCodes.activate(user)

    _recorded(user, "second_factor.added", Type.WEBAUTHN, change, now=now, origin=origin)
    return made[0]


def remove(user: User, *, factor_id: int, must_keep_one: bool, now: datetime, origin: str) -> None:
    """Raises NotFound, and RuleViolated for the last one of somebody whose roles need one."""
    row = Authenticator.objects.filter(user=user, pk=factor_id, type__in=REAL).first()
    if row is None:
        raise NotFound("there is no such second factor of yours")

    def change() -> None:
        _lock(user)
        others = Authenticator.objects.filter(user=user, type__in=REAL).exclude(pk=factor_id).exists()
        if must_keep_one and not others:
            raise RuleViolated(
                ["This is your last second factor, and your role needs one. Add another one first."]
            )
        row.delete()
        if not others:
            Authenticator.objects.filter(user=user).delete()

    _recorded(user, "second_factor.removed", Type(row.type), change, now=now, origin=origin)


def new_recovery_codes(user: User, *, now: datetime, origin: str) -> None:
    """In place of the old ones; `first_recovery_codes` shows them. Raises RuleViolated without a factor."""

    def change() -> None:
        _lock(user)
        if not has_factor(user):
            raise RuleViolated(["Recovery codes stand in for a second factor. Set one up first."])
        Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
        RecoveryCodes.activate(user)

    _recorded(user, "second_factor.added", Type.RECOVERY_CODES, change, now=now, origin=origin)


def first_recovery_codes(user: User) -> list[str]:
    """Shown once: the codes as they were made, or nothing when they were seen."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user=user, type=Type.RECOVERY_CODES).first()
        codes = row.wrap() if row else None
        if codes is None or codes.did_view:
            return []
        codes.mark_as_viewed()
        return list(codes.get_unused_codes())


def _lock(user: User) -> None:
    User.objects.select_for_update().get(pk=user.pk)


def _recorded(user: User, verb: str, kind: str, change: Any, *, now: datetime, origin: str) -> None:
    in_their_forces(
        user_id=user.id,
        verb=verb,
        payload={"kind": KIND_WORDS[kind]},
        now=now,
        origin=origin,
        change=change,
    )
