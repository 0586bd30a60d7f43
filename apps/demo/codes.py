"""Second factors of invented people: the demonstration stands in for the telephones that they do not have."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings

from apps.accounts.factors import USED
from apps.accounts.models import User

PERIOD_S = 30


@dataclass(frozen=True, slots=True)
class ShownCode:
    """What the app of somebody shows; `used` when it has signed somebody in, and the next one is to be waited
    for. `seconds`: for so long it shows this one."""

    code: str
    used: bool
    seconds: int


def give_app(user_id: UUID) -> str:
    """An authenticator app for an invented person. Returns its secret."""
    user = User.objects.get(id=user_id)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user).mark_as_viewed()
    return str(secret)


def code_now(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_S)))


def codes_now(usernames: Collection[str]) -> dict[str, ShownCode]:
    """By name to sign in with; nothing at all outside the demonstration."""
    if not settings.LFR_DEMO:
        return {}
    now = int(time.time())
    counter, left = now // PERIOD_S, PERIOD_S - now % PERIOD_S
    rows = Authenticator.objects.filter(
        user__username__in=usernames, type=Authenticator.Type.TOTP
    ).select_related("user")
    return {
        row.user.get_username(): ShownCode(
            str(format_hotp_value(hotp_value(decrypt(row.data["secret"]), counter))),
            row.data.get(USED, 0) >= counter,
            left,
        )
        for row in rows
    }
